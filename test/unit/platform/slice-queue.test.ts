import { expect, onTestFinished, test, vi } from 'vitest';
import { SliceQueue, type Slices } from '../../../src-main/platform/workers/slice-queue.ts';

function* steps(log: string[], name: string, count: number): Slices<string> {
  for (let step = 1; step <= count; step++) {
    log.push(`${name}${step}`);
    yield;
  }
  return name;
}
function* nothing(): Slices<void> {
  yield* [];
}

test('jobs run one after the other, in order, and give their results', async () => {
  const log: string[] = [];
  const queue = new SliceQueue(nothing);
  const results = await Promise.all([queue.add(() => steps(log, 'a', 2)), queue.add(() => steps(log, 'b', 2))]);
  expect(results).toEqual(['a', 'b']);
  expect(log).toEqual(['a1', 'a2', 'b1', 'b2']);
});

test('other work of the thread comes between two parts', async () => {
  const log: string[] = [];
  const queue = new SliceQueue(nothing);
  const job = queue.add(() => steps(log, 'a', 3));
  setImmediate(() => log.push('question'));
  await job;
  expect(log.indexOf('question')).toBeLessThan(log.indexOf('a3'));
});

test('a job that fails tells its caller, and the next one runs', async () => {
  const queue = new SliceQueue(nothing);
  const failing = queue.add(function* (): Slices<void> {
    yield;
    throw new Error('no');
  });
  const next = queue.add(() => steps([], 'b', 1));
  await expect(failing).rejects.toThrow('no');
  expect(await next).toBe('b');
});

test('tidies when nothing waits, and a job interrupts that', async () => {
  const log: string[] = [];
  const begun = Promise.withResolvers<void>();
  const queue = new SliceQueue(function* () {
    begun.resolve();
    yield* steps(log, 'tidy', 3);
  });
  await queue.add(() => steps(log, 'a', 1));
  await begun.promise;
  await queue.add(() => steps(log, 'b', 1));
  await queue.settled();
  expect(log.indexOf('tidy1')).toBeLessThan(log.indexOf('b1'));
  expect(log.indexOf('b1')).toBeLessThan(log.indexOf('tidy3'));
});

test('a job that follows an answer comes before any tidying', async () => {
  // The quiet moment is 2 ms long, which a busy machine may need to come here.
  vi.useFakeTimers({ toFake: ['setTimeout', 'clearTimeout'] });
  onTestFinished(() => void vi.useRealTimers());
  const log: string[] = [];
  const queue = new SliceQueue(function* () {
    yield* steps(log, 'tidy', 1);
  });
  for (const name of ['a', 'b', 'c']) {
    await queue.add(() => steps(log, name, 1));
    // The answer goes to another thread, and the next job comes from there.
    await new Promise((resolve) => setImmediate(resolve));
  }
  expect(log).toEqual(['a1', 'b1', 'c1']);
  await vi.advanceTimersByTimeAsync(2);
  await queue.settled();
  expect(log).toEqual(['a1', 'b1', 'c1', 'tidy1']);
});

test('tidies after some jobs even while others wait', async () => {
  const log: string[] = [];
  const queue = new SliceQueue(function* () {
    yield* steps(log, 'tidy', 1);
  });
  await Promise.all(Array.from({ length: 30 }, (_, n) => queue.add(() => steps(log, `${n}-`, 1))));
  expect(log.indexOf('tidy1')).toBeLessThan(log.indexOf('10-1'));
});

test('a failure while tidying harms no job', async () => {
  const queue = new SliceQueue(function* (): Slices<void> {
    yield;
    throw new Error('disk');
  });
  expect(await queue.add(() => steps([], 'a', 1))).toBe('a');
  await queue.settled();
  expect(await queue.add(() => steps([], 'b', 1))).toBe('b');
  await queue.settled();
});
