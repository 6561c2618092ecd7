import { afterEach, expect, test } from 'vitest';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import { readAnswer } from '../../../src-main/engine/ports/answer-text.ts';
import type { BatchResult } from '../../../src-main/engine/ports/index.ts';
import { LeafIndex } from '../../../src-main/engine/supernode/leaf-index.ts';
import { nodeSha256 } from '../../../src-main/platform/node-sha256.ts';
import { SqliteConnection } from '../../../src-main/platform/sqlite/sqlite-connection.ts';
import { unpackGzip } from '../../../src-main/platform/unpack-gzip.ts';
import { file, node, pack } from '../../support/index-batches.ts';

const LIMITS = { files: 20_000, bytes: 16 * 2 ** 20 };
const BATCH = 500;
let sql: SqliteConnection;
afterEach(() => sql.close());

/** One shard by default, so that a few thousand rows are enough for the full text to be the cheaper way. */
function makeIndex({ shards = 1, maxUnits }: { readonly shards?: number; readonly maxUnits?: number } = {}): LeafIndex {
  sql = new SqliteConnection({ path: ':memory:', synchronous: 'off' });
  return new LeafIndex({ sql, sha256: nodeSha256, unpack: unpackGzip, shards, ...(maxUnits && { maxUnits }) });
}

function finish<T>(slices: Generator<void, T>, parts = Number.POSITIVE_INFINITY): T | undefined {
  for (let part = 0; part < parts; part++) {
    const { done, value } = slices.next();
    if (done) return value;
  }
  return undefined;
}

function apply(
  index: LeafIndex,
  child: number,
  files: readonly Descriptor[],
  removed: readonly Descriptor[] = [],
): void {
  const result: BatchResult | undefined = finish(index.apply(node(child), pack(files, removed), LIMITS));
  if (!result?.ok) throw new Error(result?.why);
}

const named = (n: number) => file(n, `song number${n % 500} common${n % 2} of many.mp3`);
const filesFrom = (from: number) => Array.from({ length: BATCH }, (_, n) => named(from + n));
const rowsInFullText = () => sql.column<number>(`SELECT count(*) FROM words_0 WHERE words_0 MATCH '"song"'`)[0] ?? 0;
const found = (index: LeafIndex, text: string) =>
  readAnswer(index.search(text, { limit: 1000, start: 0.4 }))
    .hits.map(({ size }) => size - 1000)
    .sort((a, b) => a - b);

test('rows are found at once, while the full text catches up, and from the full text', () => {
  const index = makeIndex();
  for (let from = 0; from < 16_000; from += BATCH) apply(index, Math.floor(from / 4000), filesFrom(from));
  const wanted = Array.from({ length: 32 }, (_, n) => 123 + n * 500);
  expect(rowsInFullText()).toBeLessThan(16_000);
  expect(found(index, '"number123"')).toEqual(wanted);
  const tidying = index.tidy();
  finish(tidying, 5);
  expect(rowsInFullText()).toBeLessThan(16_000);
  expect(found(index, '"number123"')).toEqual(wanted);
  finish(tidying);
  expect(rowsInFullText()).toBe(16_000);
  expect(found(index, '"number123"')).toEqual(wanted);
  expect(found(index, '"number123 common1"')).toEqual(wanted);
  expect(found(index, '"number123" -common1')).toEqual([]);
});

test('a rare word is found in all shards, whether it is looked up or row after row is passed', {
  timeout: 60_000,
}, () => {
  const index = makeIndex({ shards: 12 });
  const children = 60;
  for (let child = 0; child < children; child++) {
    for (let from = 0; from < 2000; from += BATCH) apply(index, child, filesFrom(child * 2000 + from));
    apply(index, child, [file(900_000 + child, `needle ${child}.mp3`)]);
  }
  finish(index.tidy());
  const needles = Array.from({ length: children }, (_, child) => 900_000 + child);
  expect(found(index, '"needle"')).toEqual(needles);
  expect(readAnswer(index.search('"needle"', { limit: 100, start: 0.4 })).more).toBe(false);
});

test('removed rows are no hits before the full text knows, and it forgets them', () => {
  const index = makeIndex();
  for (let from = 0; from < 16_000; from += BATCH) apply(index, Math.floor(from / 4000), filesFrom(from));
  finish(index.tidy());
  apply(index, 0, [], filesFrom(0));
  finish(index.drop(node(3)));
  const wanted = Array.from({ length: 23 }, (_, n) => 623 + n * 500);
  expect(rowsInFullText()).toBeGreaterThan(11_500);
  expect(found(index, '"number123"')).toEqual(wanted);
  finish(index.tidy());
  expect(rowsInFullText()).toBe(11_500);
  expect(found(index, '"number123"')).toEqual(wanted);
});

test('the full text is never far behind, however fast batches come', () => {
  const index = makeIndex();
  for (let from = 0; from < 8000; from += BATCH) {
    apply(index, 0, filesFrom(from));
    expect(from + BATCH - rowsInFullText()).toBeLessThanOrEqual(3100);
  }
  finish(index.drop(node(0)));
  expect(rowsInFullText()).toBeLessThanOrEqual(2500);
});

test('a child that comes and goes at once leaves nothing', () => {
  const index = makeIndex();
  apply(index, 1, filesFrom(0));
  finish(index.drop(node(1)));
  finish(index.tidy());
  expect(rowsInFullText()).toBe(0);
  expect(index.counts()).toEqual({ children: 0, rows: 0, contents: 0, bytes: 0 });
  expect(found(index, 'song')).toEqual([]);
});

test('those who have much are refused when half of the memory is taken, and those who have little are not', () => {
  const limits = { ...LIMITS, bytes: 500_000 };
  const index = makeIndex({ maxUnits: 1_000_000 });
  const add = (child: number, from: number, count = BATCH) =>
    finish(index.apply(node(child), pack(filesFrom(from).slice(0, count)), limits))?.ok;
  let from = 0;
  for (; add(1 + (from % 4), from); from += BATCH);
  expect(index.counts().bytes).toBeGreaterThan(500_000);
  expect(index.counts().bytes).toBeLessThan(700_000);
  for (let child = 100; child < 150; child++) expect(add(child, from + child * BATCH, 20)).toBe(true);
  expect(add(100, 0, 200)).toBe(false);
  const own = finish(index.apply(node(7), pack(filesFrom(from)), { files: 1e9, bytes: 1e9 }));
  expect(own?.ok).toBe(true);
});
