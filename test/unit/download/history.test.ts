import { beforeEach, expect, it } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { historyEntrySchema } from '../../../src-main/contract/transfer.ts';
import { HistoryStore } from '../../../src-main/engine/store/history-store.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
const FILE = makeFile(4 * MIB);

let world: DownloadWorld;
let history: HistoryStore;
beforeEach(async () => {
  world = await DownloadWorld.start();
  history = new HistoryStore(world.database);
});

const entries = async () => {
  const { entries: found } = await history.page(undefined, 500);
  return found.map((entry) => historyEntrySchema.parse(entry));
};

async function finish(seed: number): Promise<DownloadId> {
  const file = makeFile(1000, seed);
  const id = await world.add(file, [await world.source(file)], { name: `${seed}` });
  await world.until(id, 'done');
  return id;
}

it('tells what was fetched whole, where it lies and when', async () => {
  const id = await world.add(FILE, [await world.source(FILE)]);
  expect(await entries()).toEqual([]);
  await world.until(id, 'done');
  const [entry, ...others] = await entries();
  expect(others).toEqual([]);
  const { hash } = FILE;
  const path = `${FOLDER}/file.bin`;
  expect(entry).toMatchObject({ hash, name: 'file.bin', size: 4 * MIB, outcome: 'done', path, bytes: 4 * MIB });
  expect(entry?.reason).toBeNull();
  expect(Math.abs((entry?.endedMs ?? 0) - world.clock.wallMs())).toBeLessThan(60_000);
});

it('tells what was cancelled and what had come of it, also when it was paused and the program had ended', async () => {
  const id = await world.add(FILE, [await world.source(FILE, MIB)]);
  await world.clock.runUntil(() => world.view(id).done >= 2 * MIB, 10_000);
  await world.downloads.pause(id);
  const { done } = world.view(id);
  await world.kill();
  await world.downloads.cancel(id);
  expect(await entries()).toMatchObject([
    { outcome: 'cancelled', reason: 'download.cancelled', path: null, bytes: done, size: 4 * MIB },
  ]);
});

it('tells what failed and why, once, and its later end when it was taken up again', async () => {
  const link = world.files.link.bind(world.files);
  world.files.link = () => Promise.reject(new Error('a bug'));
  const id = await world.add(FILE, [await world.source(FILE)]);
  await world.until(id, 'failed');
  expect(await entries()).toMatchObject([{ outcome: 'failed', reason: 'internal', path: null, bytes: 4 * MIB }]);
  world.files.link = link;
  await world.downloads.retry(id);
  await world.until(id, 'done');
  expect((await entries()).map(({ outcome }) => outcome)).toEqual(['done', 'failed']);
});

it('stays when ended downloads are cleared or cancelled, and gets no second entry by that', async () => {
  await finish(1);
  world.files.link = () => Promise.reject(new Error('a bug'));
  const failed = await world.add(FILE, [await world.source(FILE)]);
  await world.until(failed, 'failed');
  const before = await entries();
  expect(before).toHaveLength(2);
  await world.downloads.cancel(failed);
  expect(await world.downloads.clear()).toBe(1);
  await world.kill();
  expect(await entries()).toEqual(before);
});

it('of a download that was killed in its cancelling has one entry', async () => {
  const id = await world.add(FILE, [await world.source(FILE, MIB)]);
  await world.clock.runUntil(() => world.view(id).done >= MIB, 10_000);
  const remove = world.files.remove.bind(world.files);
  world.files.remove = () => new Promise(() => {});
  void world.downloads.cancel(id);
  await world.clock.advance(1000);
  world.files.remove = remove;
  await world.kill();
  await world.kill();
  expect((await entries()).map(({ outcome }) => outcome)).toEqual(['cancelled']);
});

it('keeps the newest so many as the setting says, and none at 0', async () => {
  world.set({ 'download.history': 2 });
  for (const seed of [1, 2, 3]) await finish(seed);
  expect((await entries()).map(({ name }) => name)).toEqual(['3', '2']);
  await history.prune(1);
  expect((await entries()).map(({ name }) => name)).toEqual(['3']);
  world.set({ 'download.history': 0 });
  await finish(4);
  expect(await entries()).toEqual([]);
});

it('is read in pages, newest first, and an id is never given again', async () => {
  for (const seed of [1, 2, 3, 4]) await finish(seed);
  const first = await history.page(undefined, 2);
  expect(first.entries.map(({ name }) => name)).toEqual(['4', '3']);
  await finish(5);
  const second = await history.page(first.next ?? 0, 2);
  expect(second.entries.map(({ name }) => name)).toEqual(['2', '1']);
  expect(second.next).toBeNull();
  const newest = (await entries())[0]?.id ?? 0;
  expect(await history.clear()).toBe(5);
  expect(await history.page(undefined, 2)).toEqual({ entries: [], next: null });
  await finish(6);
  expect((await entries())[0]?.id).toBeGreaterThan(newest);
});
