import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { type HashJob, HashQueue } from '../../../src-main/engine/library/hash-queue.ts';
import type { SharedFolder } from '../../../src-main/engine/library/shared-folders.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const nothing = () => undefined;
const told = { added: nothing, began: nothing, worked: nothing };
const settings = () => DEFAULT_SETTINGS;
const toFolder = (path: string): SharedFolder => ({
  ...{ path, kept: true, real: path, identity: '1:1', reason: null },
  closing: new AbortController(),
});
const toJob = (folder: SharedFolder, i: number): HashJob => {
  const stat = { kind: 'file', size: 1, modifiedMs: 0, changedMs: 0, inode: `${i}`, device: '1' } as const;
  return { folder, path: `${folder.path}/${i}`, stat };
};

test('who waits for room is let go at once when the folder is closed, also while hashing rests', async () => {
  const clock = new VirtualClock();
  const queue = new HashQueue({ clock, settings, ...told, hash: async () => 'no-space' });
  const folder = toFolder('/s');
  for (let i = 0; i < 10_000; i++) await queue.add(toJob(folder, i));
  queue.start();
  await clock.advance(1000);
  let isLetGo = false;
  const waiting = queue.add(toJob(folder, 10_000)).then(() => {
    isLetGo = true;
  });
  await clock.advance(1000);
  expect(isLetGo).toBe(false);
  folder.closing.abort();
  await waiting;
  await queue.stop();
  expect(clock.pendingTimers).toBe(0);
});

test('a scan that goes on after its disk stopped answering keeps no files of other folders from being hashed', async () => {
  const clock = new VirtualClock();
  const [dead, live] = [toFolder('/dead'), toFolder('/live')];
  const hashed: string[] = [];
  const hash = ({ folder, path }: HashJob) => {
    if (folder === dead) return new Promise<never>(() => undefined);
    hashed.push(path);
    return Promise.resolve('done' as const);
  };
  const queue = new HashQueue({ clock, settings, ...told, hash });
  let isScanned = false;
  const scan = async () => {
    for (let i = 0; i < 10_050; i++) await queue.add(toJob(dead, i));
    isScanned = true;
  };
  const scanning = scan();
  queue.start();
  await clock.advance(60_000);
  expect(isScanned).toBe(false);
  // As the keeper of the folder does.
  dead.reason = 'disk.failed';
  queue.drop(dead);
  await scanning;
  await queue.add(toJob(live, 1));
  await clock.advance(60_000);
  expect(hashed).toEqual(['/live/1']);
  expect(queue.isBusy).toBe(false);
  await queue.stop();
});
