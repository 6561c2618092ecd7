import { afterEach, beforeEach, expect, test } from 'vitest';
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
  await migrate(database, [first], 'p');
  expect(await version()).toBe(10);
  await migrate(database, [first, second], 'p');
  await migrate(database, [first, second], 'p');
  expect(await version()).toBe(20);
  expect(await database.all('SELECT * FROM a')).toEqual([{ x: 1, y: null }]);
});

test('a step that fails leaves the step before', async () => {
  const broken: Migration = {
    version: 20,
    name: 'broken',
    sql: ['INSERT INTO a VALUES(2)', 'INSERT INTO nowhere VALUES(1)'],
  };
  await expect(migrate(database, [first, broken], 'p')).rejects.toMatchObject({ code: 'internal' });
  expect(await version()).toBe(10);
  expect(await database.all('SELECT * FROM a')).toEqual([{ x: 1 }]);
});

test('refuses a database that a newer program wrote', async () => {
  await migrate(database, [first, second], 'p');
  await expect(migrate(database, [first], '/data')).rejects.toMatchObject({
    code: 'data.newer',
    params: { path: '/data' },
  });
});

test('refuses a database of another program', async () => {
  await database.transact([{ sql: 'CREATE TABLE theirs(x)' }]);
  await expect(migrate(database, [first], 'p')).rejects.toMatchObject({ code: 'data.unusable' });
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
  await migrate(database, [orphan], 'p');
  await database.transact([{ sql: 'INSERT INTO parent VALUES(1)' }, { sql: 'INSERT INTO child VALUES(1)' }]);
  await database.all('PRAGMA foreign_keys = OFF');
  const dropping: Migration = { version: 20, name: 'dropping', sql: ['DELETE FROM parent'] };
  await expect(migrate(database, [orphan, dropping], 'p')).rejects.toThrow('child');
});

test('refuses a list that is out of order or not in steps of 10', async () => {
  await expect(migrate(database, [second, first], 'p')).rejects.toThrow('out of order');
  await expect(migrate(database, [{ ...first, version: 15 }], 'p')).rejects.toThrow('out of order');
});

test("the program's own schema applies to an empty database", async () => {
  await migrate(database, MIGRATIONS, 'p');
  expect(await version()).toBe(MIGRATIONS.at(-1)?.version ?? 0);
});
