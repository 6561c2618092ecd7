import { beforeEach, expect, test } from 'vitest';
import type { ContentHash, DownloadId, NodeId, SavedId } from '../../../src-main/contract/ids.ts';
import { SHARED_FILE_ORDERS } from '../../../src-main/contract/shared-files.ts';
import type { Database } from '../../../src-main/engine/ports/index.ts';
import { CreditStore } from '../../../src-main/engine/store/credit-store.ts';
import { DownloadStore } from '../../../src-main/engine/store/download-store.ts';
import { HistoryStore } from '../../../src-main/engine/store/history-store.ts';
import { HostCacheStore } from '../../../src-main/engine/store/host-cache-store.ts';
import { IndexStore } from '../../../src-main/engine/store/index-store.ts';
import type { LibraryFile } from '../../../src-main/engine/store/library-file.ts';
import { LibraryStore } from '../../../src-main/engine/store/library-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { SavedStore } from '../../../src-main/engine/store/saved-store.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { UploadQueueStore } from '../../../src-main/engine/store/upload-queue-store.ts';
import { SqliteConnection } from '../../../src-main/platform/sqlite/sqlite-connection.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { explainingConnection, explainingDatabase } from '../../support/explaining-database.ts';

/** What runs again and again, while peers wait or for each chunk, reads rows by an index: tables grow to millions of rows. */

const HASH = 'ab'.repeat(32) as ContentHash;
const NODE = 'cd'.repeat(32) as NodeId;
const ID = '00000001' as DownloadId;
const stat = { kind: 'file', size: 1, modifiedMs: 1, changedMs: 1, inode: '1', device: '1' } as const;
const FILE: LibraryFile = {
  ...{ path: '/s/a', parent: '/s', folder: '/s', name: 'a', stat, hash: HASH },
  ...{ type: 'audio', extracted: {}, isShared: true },
};

let plans: string[];
let database: Database;
beforeEach(async () => {
  const memory = new MemoryDatabase();
  await migrate(memory, { migrations: MIGRATIONS, path: 'memory' });
  plans = [];
  database = explainingDatabase(memory, plans);
});

const starting = (what: string) => plans.filter((plan) => plan.startsWith(what));
/** `json_each` is the list that was asked for. */
const scans = () => starting('SCAN').filter((plan) => !plan.startsWith('SCAN json_each'));

test('of shared files', async () => {
  const store = new LibraryStore(database);
  await store.save(FILE, new Uint8Array(32));
  await store.show([FILE]);
  await store.byPaths(['/s/a']);
  await store.bySameFile(stat);
  await store.byHash(HASH, undefined, 1);
  for (const order of SHARED_FILE_ORDERS) {
    const { next } = await store.page({ order, limit: 1 });
    await store.page({ order, after: next, words: 'a', limit: 1 });
  }
  await store.descriptors(HASH, 1);
  await store.childPaths('/s', '', 1);
  await store.countChildren('/s');
  await store.parents('/s', '', 1);
  await store.chunkLayer(HASH, 1);
  await store.hide(['/s/a'], 1);
  await store.hideFolder('/s', 1);
  await store.hideChildren('/s', 1);
  await store.hideBelow('/s/', 1);
  expect(starting('SEARCH shared_files').length).toBeGreaterThanOrEqual(20);
  // The words of all files are looked through, in an index that holds nothing else.
  const words = scans().filter((plan) => plan.includes('COVERING INDEX shared_files_by_words'));
  expect(words).toHaveLength(SHARED_FILE_ORDERS.length);
  expect(scans()).toEqual(words);
  // A page must not sort all that comes after it.
  expect(starting('USE TEMP B-TREE')).toEqual([]);
});

test('of downloads', async () => {
  const store = new DownloadStore(database);
  await store.save({
    ...{ id: ID, hash: HASH, size: 1, name: 'a', output: undefined, folder: '/d', state: 'wanted', reason: null },
    ...{ place: 1, maxSources: undefined, only: undefined, finalPath: undefined, sizeGiven: true },
    ...{ rateLimit: 0, isAccepted: false, addedMs: 1 },
  });
  await store.saveLayer(ID, new Uint8Array(32), new Uint8Array(1));
  await store.progress(ID);
  await store.saveRecorded(ID, new Uint8Array(1));
  const source = { nodeId: NODE, addresses: [], sizes: [], namedBy: [], faults: null, bytes: 0, avoided: false };
  await store.saveSources(ID, [source]);
  await store.sources(ID);
  await store.saveGiven(ID, [{ address: { host: 'h', port: 1 } }]);
  await store.given(ID);
  await store.recorded(ID);
  await store.remove(ID);
  await new HistoryStore(database).page(9, 9);
  expect(starting('SEARCH').length).toBeGreaterThanOrEqual(5);
  expect(scans()).toEqual([]);
});

test('of what watched searches have found', async () => {
  const saved = { id: ID as string as SavedId, words: 'a', watch: true, fresh: 0, lastRunMs: null, results: 0 };
  const store = new SavedStore(database);
  await store.save(saved);
  await store.ran(saved, [HASH]);
  await store.unknown(saved.id, [HASH]);
  await store.restart(saved);
  await store.remove(saved.id);
  expect(starting('SEARCH saved_known').length).toBeGreaterThanOrEqual(4);
  expect(scans()).toEqual([]);
});

test('of known supernodes and of those who wait', async () => {
  const supernode = { nodeId: NODE, address: { host: 'h', port: 1 }, tried: true, servedMs: 1, source: '' };
  await new HostCacheStore(database).save([supernode], [NODE]);
  const place = { node: NODE, hash: HASH, name: 'a', sinceMs: 1, polledMs: 1 };
  await new UploadQueueStore(database).save([place], [place]);
  await new CreditStore(database).save({ atMs: 1, wallMs: 1, changed: [], removed: [NODE] });
  expect(starting('SEARCH')).toHaveLength(3);
  expect(scans()).toEqual([]);
});

test("of a supernode's index", () => {
  const connection = new SqliteConnection({ path: ':memory:', synchronous: 'off' });
  const store = new IndexStore(explainingConnection(connection, plans), 2);
  store.insert(0, [{ id: 1, tokens: 'w' }]);
  expect(store.matchIds(0, [{ token: 'w', prefix: true }], { from: 0, to: 10, limit: 1 })).toEqual([1]);
  // A full-text table is read by its own index, which says so.
  expect(scans()).toEqual([expect.stringMatching(/^SCAN words_0 VIRTUAL TABLE INDEX \d+:\S*M/)]);
  connection.close();
});
