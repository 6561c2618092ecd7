import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { HashQueue } from '../../../src-main/engine/library/hash-queue.ts';
import type { SharedFolder } from '../../../src-main/engine/library/shared-folders.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const nothing = () => undefined;

test('who waits for room is let go at once when the folder is closed, also while hashing rests', async () => {
  const clock = new VirtualClock();
  const settings = () => DEFAULT_SETTINGS;
  const told = { added: nothing, began: nothing, worked: nothing };
  const queue = new HashQueue({ clock, settings, ...told, hash: async () => 'no-space' });
  const closing = new AbortController();
  const folder: SharedFolder = { path: '/s', kept: true, real: '/s', identity: '1:1', reason: null, closing };
  const job = (i: number) => {
    const stat = { kind: 'file', size: 1, modifiedMs: 0, changedMs: 0, inode: `${i}`, device: '1' } as const;
    return { folder, path: `/s/${i}`, stat };
  };
  for (let i = 0; i < 10_000; i++) await queue.add(job(i));
  queue.start();
  await clock.advance(1000);
  let isLetGo = false;
  const waiting = queue.add(job(10_000)).then(() => {
    isLetGo = true;
  });
  await clock.advance(1000);
  expect(isLetGo).toBe(false);
  closing.abort();
  await waiting;
  await queue.stop();
  expect(clock.pendingTimers).toBe(0);
});
