import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash, SavedId } from '../../../src-main/contract/ids.ts';
import type { SavedView } from '../../../src-main/contract/saved.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MAX_KNOWN, SavedStore } from '../../../src-main/engine/store/saved-store.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';

let database: MemoryDatabase;
let store: SavedStore;
beforeEach(async () => {
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
  store = new SavedStore(database);
});
afterEach(() => database.close());

const saved = (number: number, more: Partial<SavedView> = {}): SavedView => ({
  id: number.toString(16).padStart(8, '0') as SavedId,
  words: `words ${number}`,
  watch: true,
  fresh: 0,
  lastRunMs: null,
  results: 0,
  ...more,
});
const hash = (number: number) => number.toString(16).padStart(64, '0') as ContentHash;
const hashes = (first: number, count: number) => Array.from({ length: count }, (_, at) => hash(first + at));
const countKnown = async () => (await database.all('SELECT count(*) AS n FROM saved_known'))[0]?.n;

describe('saved searches', () => {
  test('are given back as they were last saved, in the order in which they were added', async () => {
    const [late, early] = [saved(1), saved(9, { words: '"; DROP TABLE saved_searches' })];
    await store.save(early);
    await store.save(late);
    const changed = { ...early, watch: false, fresh: 3, lastRunMs: 1_767_225_600_000.5, results: 70 };
    await store.save(changed);
    expect(await store.all()).toEqual([changed, late]);
    await store.remove(changed.id);
    expect(await store.all()).toEqual([late]);
  });

  test('know what their own runs found, and tell the rest in its order', async () => {
    await store.save(saved(1));
    await store.save(saved(2));
    expect(await store.unknown(saved(1).id, [hash(3), hash(1), hash(2)])).toEqual([hash(3), hash(1), hash(2)]);
    await store.ran(saved(1, { results: 1 }), [hash(1)]);
    expect(await store.unknown(saved(1).id, [hash(3), hash(1), hash(2)])).toEqual([hash(3), hash(2)]);
    expect(await store.unknown(saved(2).id, [hash(1)])).toEqual([hash(1)]);
    expect((await store.all())[0]?.results).toBe(1);
  });

  test('keep 5000 contents; those that were not found for longest go', async () => {
    const one = saved(1);
    await store.save(one);
    await store.ran(one, hashes(0, 3000));
    await store.ran(one, hashes(3000, 2000));
    // Found again: the first thousand is no longer the oldest.
    await store.ran(one, hashes(0, 1000));
    await store.ran(one, hashes(5000, 1500));
    expect(await countKnown()).toBe(MAX_KNOWN);
    expect(await store.unknown(one.id, hashes(0, 1000))).toEqual([]);
    expect(await store.unknown(one.id, hashes(3000, 3500))).toEqual([]);
    expect(await store.unknown(one.id, hashes(1000, 2000))).toHaveLength(1500);
  });

  test('leave nothing behind', async () => {
    for (const one of [saved(1), saved(2)]) {
      await store.save(one);
      await store.ran(one, hashes(0, 10));
    }
    await store.remove(saved(1).id);
    expect(await countKnown()).toBe(10);
    await store.restart(saved(2, { words: 'others' }));
    expect(await countKnown()).toBe(0);
    expect(await store.all()).toEqual([saved(2, { words: 'others' })]);
  });
});
