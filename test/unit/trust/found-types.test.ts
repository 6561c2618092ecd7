import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { ContentTypeStore } from '../../../src-main/engine/store/content-type-store.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { FoundTypes } from '../../../src-main/engine/trust/found-types.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';

let database: MemoryDatabase;
beforeEach(async () => {
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
});
afterEach(() => database.close());

const logger = new MemoryLogger();
const file = (number: number, size = 1) => ({ hash: number.toString(16).padStart(64, '0') as ContentHash, size });
const BYTES = Uint8Array.of(1);

/** Each look finds the next of these. */
async function start(
  finds: readonly ('audio' | 'software' | undefined)[] = [],
  store = new ContentTypeStore(database),
) {
  const left = [...finds];
  const types = new FoundTypes({ reader: { contentType: async () => left.shift() }, store, logger });
  await types.start();
  return types;
}

test('what was found is known by hash and size, in later runs too; what says nothing is not kept', async () => {
  const types = await start(['software', 'audio', undefined]);
  expect(await types.look(file(1), BYTES)).toBe('software');
  expect(await types.look(file(1, 2), BYTES)).toBe('audio');
  expect(await types.look(file(2), BYTES)).toBeUndefined();
  for (const known of [types, await start()])
    expect([known.of(file(1)), known.of(file(1, 2)), known.of(file(2))]).toEqual(['software', 'audio', undefined]);
});

test('of more than 10,000 the oldest are forgotten, and the one looked at again is not old', async () => {
  const store = new ContentTypeStore(database);
  await database.transact(
    Array.from({ length: ContentTypeStore.MOST }, (_, at) => ({
      sql: 'INSERT INTO content_types (hash, size, type) VALUES (?, 1, ?)',
      params: [file(at).hash, 'audio'],
    })),
  );
  const types = await start(['audio', 'software'], store);
  await types.look(file(0), BYTES);
  await types.look(file(99_999), BYTES);
  for (const known of [types, await start()])
    expect([known.of(file(0)), known.of(file(1)), known.of(file(99_999))]).toEqual(['audio', undefined, 'software']);
  expect((await store.load()).length).toBeLessThanOrEqual(ContentTypeStore.MOST);
});

test('what a full disk does not take is known until the end of the run', async () => {
  const full = new AppError('disk.full', { path: 'p', needed: 'space' });
  const types = await start(['software'], {
    load: async () => [],
    save: () => Promise.reject(full),
  } as unknown as ContentTypeStore);
  expect(await types.look(file(1), BYTES)).toBe('software');
  expect(types.of(file(1))).toBe('software');
});
