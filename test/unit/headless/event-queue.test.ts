import { expect, test } from 'vitest';
import { EventQueue } from '../../../src-main/headless/event-queue.ts';

test('gives what was pushed before and during the iteration, in order, and ends after `end`', async () => {
  const queue = new EventQueue<number>();
  queue.push(1);
  queue.push(2);
  const seen: number[] = [];
  const reading = (async () => {
    for await (const item of queue) {
      seen.push(item);
      if (item === 2) queueMicrotask(() => queue.push(3));
      if (item === 3) queue.end();
    }
  })();
  await reading;
  expect(seen).toEqual([1, 2, 3]);
});

test('what was pushed before `end` is still given', async () => {
  const queue = new EventQueue<string>();
  queue.push('last');
  queue.end();
  const seen: string[] = [];
  for await (const item of queue) seen.push(item);
  expect(seen).toEqual(['last']);
});
