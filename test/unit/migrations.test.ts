import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../src-main/contract/errors.ts';
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
