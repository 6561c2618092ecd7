import { mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Database } from '../../src-main/engine/ports/index.ts';
import { WorkerDatabase } from '../../src-main/platform/worker-database.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';

let folder: string;
beforeEach(() => {
  folder = mkdtempSync(join(tmpdir(), 'shoal-database-'));
});
afterEach(() => rmSync(folder, { recursive: true, force: true }));

const adapters: [string, () => Promise<Database>][] = [
  ['WorkerDatabase', () => WorkerDatabase.open({ path: join(folder, 'a.db'), synchronous: 'full' })],
  ['MemoryDatabase', async () => new MemoryDatabase()],
];

describe.each(adapters)('%s', (_, open) => {
  let database: Database;
  beforeEach(async () => {
    database = await open();
    await database.transact([{ sql: 'CREATE TABLE t(a INTEGER PRIMARY KEY, b ANY) STRICT' }]);
  });
  afterEach(() => database.close());

  test('gives back every kind of value', async () => {
    const values = ['tëxt', 1.5, 2 ** 53 - 1, null, new Uint8Array([0, 1, 255])];
    await database.transact(values.map((value, a) => ({ sql: 'INSERT INTO t VALUES(?, ?)', params: [a, value] })));
    const rows = await database.all<{ b: unknown }>('SELECT b FROM t ORDER BY a');
    expect(rows.map(({ b }) => b)).toEqual(values);
    expect(Object.getPrototypeOf(rows[4]?.b)).toBe(Uint8Array.prototype);
  });

  test('takes a bigint beyond the exact range of a double', async () => {
    await database.transact([{ sql: 'INSERT INTO t VALUES(1, ?)', params: [2n ** 62n] }]);
    expect(await database.all('SELECT CAST(b AS TEXT) AS b FROM t')).toEqual([{ b: String(2n ** 62n) }]);
  });

  test('transact gives the number of rows that each statement changed', async () => {
    const changes = await database.transact([
      { sql: 'INSERT INTO t VALUES(1, 0), (2, 0), (3, 0)' },
      { sql: 'UPDATE t SET b = 1 WHERE a > ?', params: [1] },
      { sql: 'DELETE FROM t WHERE a = 9' },
      { sql: 'DELETE FROM t WHERE a = 1 RETURNING b' },
    ]);
    expect(changes).toEqual([3, 2, 0, 1]);
  });

  test('transact does all or nothing', async () => {
    await expect(
      database.transact([{ sql: 'INSERT INTO t VALUES(1, 1)' }, { sql: 'INSERT INTO t VALUES(1, 2)' }]),
    ).rejects.toMatchObject({ code: 'internal' });
    expect(await database.all('SELECT * FROM t')).toEqual([]);
    await database.transact([{ sql: 'INSERT INTO t VALUES(1, 3)' }]);
    expect(await database.all('SELECT b FROM t')).toEqual([{ b: 3 }]);
  });

  test('calls take effect in the order they were made, without waiting between them', async () => {
    const calls: Promise<unknown>[] = [];
    for (let a = 0; a < 50; a++) calls.push(database.transact([{ sql: 'INSERT INTO t VALUES(?, 0)', params: [a] }]));
    const counted = database.all('SELECT count(*) AS n FROM t');
    calls.push(database.transact([{ sql: 'DELETE FROM t' }]));
    await Promise.all(calls);
    expect(await counted).toEqual([{ n: 50 }]);
  });

  test('keeps foreign keys', async () => {
    await database.transact([{ sql: 'CREATE TABLE child(a INTEGER REFERENCES t(a)) STRICT' }]);
    await expect(database.transact([{ sql: 'INSERT INTO child VALUES(77)' }])).rejects.toThrow('FOREIGN KEY');
  });

  test('a wrong statement fails alone', async () => {
    await expect(database.all('SELEC')).rejects.toMatchObject({ code: 'internal' });
    await expect(database.all('SELECT * FROM t WHERE a = ?', [])).rejects.toMatchObject({ code: 'internal' });
    expect(await database.all('SELECT * FROM t')).toEqual([]);
  });

  test('close can be repeated, lets earlier calls end, and later ones fail', async () => {
    const earlier = database.transact([{ sql: 'INSERT INTO t VALUES(1, 1)' }]);
    await Promise.all([database.close(), database.close()]);
    expect(await earlier).toEqual([1]);
    await expect(database.all('SELECT 1')).rejects.toMatchObject({ code: 'internal' });
    await database.close();
  });
});

describe('WorkerDatabase alone', () => {
  const SERIES = '(WITH RECURSIVE n(i) AS (SELECT 1 UNION ALL SELECT i + 1 FROM n WHERE i < 200) SELECT i FROM n)';
  const path = () => join(folder, 'kept.db');
  const fill = async () => {
    const database = await WorkerDatabase.open({ path: path() });
    await database.transact([{ sql: 'CREATE TABLE t(a TEXT) STRICT' }]);
    await database.transact([{ sql: `INSERT INTO t SELECT hex(randomblob(500)) FROM ${SERIES}` }]);
    await database.close();
  };

  test('keeps its rows over a restart, in a file for this user only, in WAL mode', async () => {
    await fill();
    if (process.platform !== 'win32') expect(statSync(path()).mode & 0o777).toBe(0o600);
    const database = await WorkerDatabase.open({ path: path(), onDamaged: () => expect.fail('it is sound') });
    expect(await database.all('SELECT count(*) AS n FROM t')).toEqual([{ n: 200 }]);
    expect(await database.all('PRAGMA journal_mode')).toEqual([{ journal_mode: 'wal' }]);
    await database.close();
  });

  test.each([
    ['normal', 1],
    ['full', 2],
  ] as const)('commits are %s', async (synchronous, level) => {
    const database = await WorkerDatabase.open({ path: path(), synchronous });
    expect(await database.all('PRAGMA synchronous')).toEqual([{ synchronous: level }]);
    await database.close();
  });

  test.each([
    ['its head', 0, 200],
    ['a page in the middle', 3 * 4096, 4096],
  ])('a file damaged in %s is kept aside, said, and replaced by an empty one', async (_, from, length) => {
    await fill();
    const damaged = readFileSync(path());
    damaged.fill(0xa5, from, from + length);
    writeFileSync(path(), damaged);
    writeFileSync(`${path()}.damaged-1`, 'an earlier one');
    const moved: string[] = [];
    const database = await WorkerDatabase.open({ path: path(), onDamaged: (movedTo) => moved.push(movedTo) });
    expect(moved).toEqual([`${path()}.damaged-2`]);
    expect(readFileSync(`${path()}.damaged-2`).equals(damaged)).toBe(true);
    expect(readFileSync(`${path()}.damaged-1`, 'utf8')).toBe('an earlier one');
    expect(await database.all('SELECT count(*) AS n FROM sqlite_schema')).toEqual([{ n: 0 }]);
    await database.close();
  });

  test('a path that cannot be a database fails with data.unusable', async () => {
    await expect(WorkerDatabase.open({ path: join(folder, 'no', 'such', 'folder.db') })).rejects.toMatchObject({
      code: 'data.unusable',
    });
    await expect(WorkerDatabase.open({ path: folder })).rejects.toMatchObject({ code: 'data.unusable' });
  });
});
