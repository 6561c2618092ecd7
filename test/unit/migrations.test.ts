import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../src-main/contract/errors.ts';
import type { DownloadId } from '../../src-main/contract/ids.ts';
import { DownloadStore } from '../../src-main/engine/store/download-store.ts';
import { type Migration, migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';

let database: MemoryDatabase;
beforeEach(() => {
  database = new MemoryDatabase();
});
afterEach(() => database.close());

const first: Migration = {
  version: 10,
  name: 'first',
  sql: ['CREATE TABLE a(x INTEGER) STRICT', 'INSERT INTO a VALUES(1)'],
};
const second: Migration = { version: 20, name: 'second', sql: ['ALTER TABLE a ADD COLUMN y TEXT'] };
const version = async () => (await database.all('PRAGMA user_version'))[0]?.user_version;

test('applies what is missing, once, in order', async () => {
  await migrate(database, { migrations: [first], path: 'p' });
  expect(await version()).toBe(10);
  await migrate(database, { migrations: [first, second], path: 'p' });
  await migrate(database, { migrations: [first, second], path: 'p' });
  expect(await version()).toBe(20);
  expect(await database.all('SELECT * FROM a')).toEqual([{ x: 1, y: null }]);
});

const broken: Migration = {
  version: 20,
  name: 'broken',
  sql: ['INSERT INTO a VALUES(2)', 'INSERT INTO nowhere VALUES(1)'],
};

test('a step that fails leaves the step before', async () => {
  await migrate(database, { migrations: [first], path: 'p' });
  await expect(migrate(database, { migrations: [first, broken], path: 'p' })).rejects.toMatchObject({
    code: 'internal',
  });
  expect(await version()).toBe(10);
  expect(await database.all('SELECT * FROM a')).toEqual([{ x: 1 }]);
});

test('a new database is there with its first rows, or not at all', async () => {
  const firstRows = async () => [{ sql: 'INSERT INTO a (x) VALUES (?)', params: [7] }];
  const rest = { path: 'p', firstRows };
  await expect(migrate(database, { ...rest, migrations: [first, broken] })).rejects.toMatchObject({ code: 'internal' });
  expect(await version()).toBe(0);
  expect(await migrate(database, { ...rest, migrations: [first, second] })).toBe('new');
  expect(await database.all('SELECT x FROM a ORDER BY x')).toEqual([{ x: 1 }, { x: 7 }]);
  expect(await migrate(database, { ...rest, migrations: [first, second] })).toBe('current');
  expect(await database.all('SELECT count(*) AS n FROM a')).toEqual([{ n: 2 }]);
});

test('an old database can be copied before it is changed, and is not changed when that fails', async () => {
  await migrate(database, { migrations: [first], path: 'p', beforeUpdate: () => expect.fail('it is new') });
  const plan = { migrations: [first, second], path: 'p' };
  const full = new AppError('disk.full', { path: 'p', needed: 'some space' });
  await expect(migrate(database, { ...plan, beforeUpdate: () => Promise.reject(full) })).rejects.toBe(full);
  expect(await version()).toBe(10);
  const seen: unknown[] = [];
  const beforeUpdate = async (from: number) => void seen.push(from, await version());
  expect(await migrate(database, { ...plan, beforeUpdate })).toBe('old');
  expect(seen).toEqual([10, 10]);
});

test('refuses a database that a newer program wrote', async () => {
  await migrate(database, { migrations: [first, second], path: 'p' });
  await expect(migrate(database, { migrations: [first], path: '/data' })).rejects.toMatchObject({
    code: 'data.newer',
    params: { path: '/data' },
  });
});

test('refuses a database of another program', async () => {
  await database.transact([{ sql: 'CREATE TABLE theirs(x)' }]);
  await expect(migrate(database, { migrations: [first], path: 'p' })).rejects.toMatchObject({ code: 'data.unusable' });
});

test('says when a step breaks a reference', async () => {
  const orphan: Migration = {
    version: 10,
    name: 'orphan',
    sql: [
      'CREATE TABLE parent(id INTEGER PRIMARY KEY) STRICT',
      'CREATE TABLE child(parent INTEGER REFERENCES parent DEFERRABLE INITIALLY DEFERRED) STRICT',
    ],
  };
  await migrate(database, { migrations: [orphan], path: 'p' });
  await database.transact([{ sql: 'INSERT INTO parent VALUES(1)' }, { sql: 'INSERT INTO child VALUES(1)' }]);
  await database.all('PRAGMA foreign_keys = OFF');
  const dropping: Migration = { version: 20, name: 'dropping', sql: ['DELETE FROM parent'] };
  await expect(migrate(database, { migrations: [orphan, dropping], path: 'p' })).rejects.toThrow('child');
});

test('refuses a list that is out of order or not in steps of 10', async () => {
  await expect(migrate(database, { migrations: [second, first], path: 'p' })).rejects.toThrow('out of order');
  await expect(migrate(database, { migrations: [{ ...first, version: 15 }], path: 'p' })).rejects.toThrow(
    'out of order',
  );
});

test("the program's own schema applies to an empty database", async () => {
  await migrate(database, { migrations: MIGRATIONS, path: 'p' });
  expect(await version()).toBe(MIGRATIONS.at(-1)?.version ?? 0);
});

test('bans for ever become bans with a term, which begins when they are read', async () => {
  const [id, node, honest] = ['00000001', 'ab'.repeat(32), 'ef'.repeat(32)] as [DownloadId, string, string];
  await migrate(database, { migrations: MIGRATIONS.filter(({ version }) => version <= 140), path: 'p' });
  const source = `INSERT INTO download_sources (id, node, addresses, sizes, named_by, bytes, banned, avoided)
                  VALUES (?, ?, '[]', '[]', '[]', 4, ?, 0)`;
  const url = 'http://a.example/f';
  await database.transact([
    {
      sql: `INSERT INTO downloads (id, hash, name, folder, state, place, size_given, rate_limit)
            VALUES (?, ?, 'a', '/d', 'wanted', 1, 0, 0)`,
      params: [id, 'cd'.repeat(32)],
    },
    { sql: source, params: [id, node, 'content.bad-bytes'] },
    { sql: source, params: [id, honest, null] },
    { sql: 'INSERT INTO download_web VALUES (?, ?, 0, ?, 5, 0)', params: [id, url, 'content.bad-bytes'] },
  ]);
  await migrate(database, { migrations: MIGRATIONS, path: 'p' });
  const store = new DownloadStore(database);
  const faults = { reason: 'content.bad-bytes', count: 1, ageMs: 0, keptMs: null };
  const sources = await store.sources(id);
  expect(sources.find(({ nodeId }) => nodeId === node)).toMatchObject({ bytes: 4, faults });
  expect(sources.find(({ nodeId }) => nodeId === honest)).toMatchObject({ bytes: 4, faults: null });
  const seeds = await store.webSeeds.of(id);
  expect(seeds).toMatchObject([{ url, bytes: 5, faults }]);
  // Kept again by this version.
  const kept = sources.map((one) => ({
    ...one,
    faults: one.faults && { ...one.faults, count: 3, ageMs: 7, keptMs: 9 },
  }));
  await store.saveSources(id, kept, seeds);
  expect(await store.sources(id)).toEqual(kept);
});

test('downloads and sources of before limits and choices by hand are kept, without either', async () => {
  const [id, hash, node] = ['00000001', 'cd'.repeat(32), 'ab'.repeat(32)] as [DownloadId, string, string];
  await migrate(database, { migrations: MIGRATIONS.filter(({ version }) => version <= 60), path: 'p' });
  await database.transact([
    {
      sql: `INSERT INTO downloads (id, hash, size, name, folder, state, place, max_sources, size_given)
            VALUES (?, ?, 7, 'a', '/d', 'paused', 3, 5, 1)`,
      params: [id, hash],
    },
    {
      sql: `INSERT INTO download_sources (id, node, addresses, sizes, named_by, bytes) VALUES (?, ?, '[]', '[7]', '[]', 4)`,
      params: [id, node],
    },
  ]);
  await migrate(database, { migrations: MIGRATIONS, path: 'p' });
  const store = new DownloadStore(database);
  const [old] = await store.all();
  expect(old).toMatchObject({ id, hash, state: 'paused', place: 3, maxSources: 5, rateLimit: 0, addedMs: undefined });
  expect(await store.sources(id)).toMatchObject([{ nodeId: node, sizes: [7], bytes: 4, avoided: false }]);
  if (old) await store.save({ ...old, rateLimit: 8, maxSources: undefined });
  expect(await store.all()).toMatchObject([{ id, rateLimit: 8, maxSources: undefined, addedMs: undefined }]);
});
