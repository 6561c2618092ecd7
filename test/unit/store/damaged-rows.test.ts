import { beforeEach, expect, test } from 'vitest';
import type { ContentHash, DownloadId } from '../../../src-main/contract/ids.ts';
import { DownloadStore } from '../../../src-main/engine/store/download-store.ts';
import { LibraryStore } from '../../../src-main/engine/store/library-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';

const HASH = '03bc'.repeat(16) as ContentHash;
const [NODE, OTHER] = ['9a07'.repeat(16), '77aa'.repeat(16)];
const ID = '0123abcd' as DownloadId;

let database: MemoryDatabase;
beforeEach(async () => {
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
});

const saveFile = (path: string, extracted: string, edit: string | null) => ({
  sql: `INSERT INTO shared_files (path, parent, folder, size, modified_ms, changed_ms, inode, device, hash, type, name, extracted, shared,
      folded, name_key, asked, edit) VALUES (?, '/', '/', 5, 0, 0, '1', '1', ?, 'audio', 'a', ?, 1, ' a', 'a', 0, ?)`,
  params: [path, HASH, extracted, edit],
});

test.each(['', '{"title":', 'null', '{"year":"x"}'])(
  'a file whose descriptor is damaged as %j is as if it were not known',
  async (damaged) => {
    await database.transact([saveFile('/good', '{"title":"a"}', null), saveFile('/bad', damaged, null)]);
    const found = await new LibraryStore(database).byHash(HASH, undefined, 9);
    expect(found.map(({ path }) => path)).toEqual(['/good']);
  },
);

test('a damaged change of a descriptor is none', async () => {
  await database.transact([saveFile('/a', '{"title":"a"}', '{"title"')]);
  expect(await new LibraryStore(database).byHash(HASH, undefined, 9)).toMatchObject([{ extracted: { title: 'a' } }]);
});

test('a source of a download whose lists are damaged is left out, and no other', async () => {
  const save = (node: string, lists: readonly (string | null)[]) => ({
    sql: 'INSERT INTO download_sources (id, node, addresses, sizes, named_by, ways, bytes, avoided) VALUES (?, ?, ?, ?, ?, ?, 0, 0)',
    params: [ID, node, ...lists],
  });
  const download = `INSERT INTO downloads (id, hash, name, folder, state, place, size_given, rate_limit, accepted)
    VALUES (?, ?, 'a', '/', 'wanted', 1, 0, 0, 0)`;
  await database.transact([
    { sql: download, params: [ID, HASH] },
    save(NODE, ['[]', '[5]', '[]', null]),
    save(OTHER, ['[', '[5]', '[]', null]),
  ]);
  expect(await new DownloadStore(database).sources(ID)).toMatchObject([{ nodeId: NODE, sizes: [5] }]);
});
