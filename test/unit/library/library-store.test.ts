import { beforeEach, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import type { LibraryFile } from '../../../src-main/engine/store/library-file.ts';
import { LibraryStore } from '../../../src-main/engine/store/library-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';

const hashOf = (i: number) => String(i).padStart(64, '0') as ContentHash;
const NO_LAYER = new Uint8Array(0);

function file(path: string, { content = 1, size = 10, folder = '/s' } = {}): LibraryFile {
  const stat = {
    kind: 'file',
    size,
    modifiedMs: 1.5,
    changedMs: 2.25,
    inode: '18446744073709551615',
    device: '7',
  } as const;
  const parent = path.slice(0, path.lastIndexOf('/'));
  const name = path.slice(parent.length + 1);
  return {
    ...{ path, parent, folder, stat, name, isShared: true },
    ...{ hash: hashOf(content), type: 'audio', extracted: { title: 'T', durationSeconds: 1.5 } },
  };
}

let database: MemoryDatabase;
let store: LibraryStore;
beforeEach(async () => {
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
  store = new LibraryStore(database);
});

test('a saved file comes back as it was, to the last digit', async () => {
  const saved = file('/s/a.mp3');
  await store.save(saved, NO_LAYER);
  expect(await store.byPaths(['/s/a.mp3', '/s/none'])).toEqual([saved]);
  expect(await store.bySameFile(saved.stat)).toEqual(saved);
  expect(await store.bySameFile({ ...saved.stat, changedMs: 2.251 })).toBeUndefined();
});

test('the sums of folders follow every change', async () => {
  await store.save(file('/s/a', { size: 1 }), NO_LAYER);
  await store.save(file('/s/d/b', { size: 20 }), NO_LAYER);
  await store.save(file('/t/c', { size: 300, folder: '/t' }), NO_LAYER);
  const sums = async () => Object.fromEntries((await store.sums()).map(({ folder, ...sum }) => [folder, sum]));
  expect(await sums()).toEqual({ '/s': { files: 2, bytes: 21 }, '/t': { files: 1, bytes: 300 } });
  await store.save(file('/s/a', { size: 5 }), NO_LAYER);
  expect(await sums()).toMatchObject({ '/s': { files: 2, bytes: 25 } });
  expect(await store.hideBelow('/s/d/', 1)).toBe(1);
  expect(await store.hideBelow('/s/d/', 1)).toBe(0);
  expect(await sums()).toMatchObject({ '/s': { files: 1, bytes: 5 } });
  await store.show([{ ...file('/s/d/b', { size: 20 }), folder: '/t' }]);
  expect(await sums()).toEqual({ '/s': { files: 1, bytes: 5 }, '/t': { files: 2, bytes: 320 } });
  expect(await store.hideOtherFolders(['/s'], 1)).toBe(2);
  expect(await sums()).toEqual({ '/s': { files: 1, bytes: 5 } });
});

test('hiding below a folder spares names that only begin alike', async () => {
  for (const path of ['/s/d/x', '/s/d2/x', '/s/d', '/s/d/\u{1f600}']) await store.save(file(path), NO_LAYER);
  await store.hideBelow('/s/d/', 1);
  expect((await store.page({ order: 'hash', limit: 10 })).files.map(({ path }) => path)).toEqual(['/s/d', '/s/d2/x']);
});

test('one content at two paths is one descriptor, that of the first path', async () => {
  await store.save(file('/s/b', { content: 2 }), NO_LAYER);
  await store.save(file('/s/a', { content: 2 }), NO_LAYER);
  await store.save(file('/s/c', { content: 1 }), NO_LAYER);
  const names = async () => (await store.descriptors(undefined, 10)).map(({ name }) => name);
  expect(await names()).toEqual(['c', 'a']);
  await store.hide(['/s/a'], 1);
  expect(await names()).toEqual(['c', 'b']);
});

test('chunk layers live as long as a file with that content is known', async () => {
  const layer = new Uint8Array(64).fill(9);
  await store.save(file('/s/a'), layer);
  await store.save(file('/s/b'), NO_LAYER);
  await store.hide(['/s/a', '/s/b'], 1000);
  await store.forget(1000);
  expect(await store.chunkLayer(hashOf(1), 10)).toEqual(layer);
  await store.forget(1001);
  expect(await store.chunkLayer(hashOf(1), 10)).toBeUndefined();
});
