import fc from 'fast-check';
import { expect, test } from 'vitest';
import { ChunkMap } from '../../src-main/engine/content/chunk-map.ts';
import { CHUNK_BYTES } from '../../src-main/engine/content/constants.ts';
import {
  formatAvailableRanges,
  MAX_AVAILABLE_RANGES,
  readAvailableRanges,
} from '../../src-main/engine/wire/available-ranges.ts';

/** A file of some chunks, the last one short or not; which of them are held, and which were before. */
const partial = fc
  .record({
    chunks: fc.array(fc.tuple(fc.boolean(), fc.boolean()), { minLength: 1, maxLength: 300 }),
    short: fc.integer({ min: 0, max: 999 }),
  })
  .map(({ chunks, short }) => {
    const [map, before] = [new ChunkMap(chunks.length), new ChunkMap(chunks.length)];
    for (const [chunk, [isHeld, wasHeld]] of chunks.entries()) {
      if (isHeld) map.add(chunk);
      if (wasHeld) before.add(chunk);
    }
    return { map, before, size: chunks.length * CHUNK_BYTES - short };
  });

const chunksOf = (map: ChunkMap) => Array.from({ length: map.length }, (_, chunk) => map.has(chunk));

test('what is written is read, as far as a header reaches', () => {
  fc.assert(
    fc.property(partial, fc.nat(299), ({ map, size }, asked) => {
      const text = formatAvailableRanges(map, size, asked);
      const ranges = [...map.heldRanges()];
      const read = readAvailableRanges(text, size, undefined);
      if (!read) throw new Error(text);
      if (ranges.length <= MAX_AVAILABLE_RANGES) {
        expect(chunksOf(read)).toEqual(chunksOf(map));
        return;
      }
      // The chunk that was asked for lies in or beside what is told, and nothing is told that is not so.
      for (const { start, end } of read.heldRanges())
        for (let at = start; at < end; at++) expect(map.has(at)).toBe(true);
      expect([...read.heldRanges()]).toHaveLength(MAX_AVAILABLE_RANGES);
      if (map.length > asked && map.has(asked)) expect(read.has(asked)).toBe(true);
    }),
  );
});

test('a full header says nothing of what lies outside, and all of what lies between', () => {
  fc.assert(
    fc.property(partial, fc.nat(299), ({ map, before, size }, asked) => {
      const read = readAvailableRanges(formatAvailableRanges(map, size, asked), size, before);
      const ranges = [...map.heldRanges()];
      if (ranges.length < MAX_AVAILABLE_RANGES) {
        expect(read && chunksOf(read)).toEqual(chunksOf(map));
        return;
      }
      const told = [
        ...(readAvailableRanges(formatAvailableRanges(map, size, asked), size, undefined)?.heldRanges() ?? []),
      ];
      const [from, to] = [told[0]?.start ?? 0, told.at(-1)?.end ?? 0];
      for (let at = 0; at < map.length; at++) {
        expect(read?.has(at)).toBe((at >= from && at < to ? map : before).has(at));
      }
    }),
  );
});

test('anything else is refused, and never claims more than the file has', () => {
  const text = fc.oneof(
    fc.string({ maxLength: 80 }),
    fc.string({ unit: fc.constantFrom(...'bytes=0123456789-, \t'), maxLength: 80 }),
    fc
      .array(fc.tuple(fc.nat(5 * CHUNK_BYTES), fc.nat(5 * CHUNK_BYTES)), { maxLength: 40 })
      .map((ranges) => `bytes ${ranges.map(([a, b]) => `${a}-${b}`).join(', ')}`),
  );
  fc.assert(
    fc.property(text, fc.integer({ min: 1, max: 4 * CHUNK_BYTES }), (header, size) => {
      const read = readAvailableRanges(header, size, undefined);
      if (!read) return;
      expect(read.length).toBe(Math.ceil(size / CHUNK_BYTES));
      if (read.count > 0) expect(header.trim()).toMatch(/^bytes \d/);
    }),
  );
  for (const bad of ['bytes 5-4', 'bytes 0-99999999', 'bytes 0-1048575, 0-1048575', 'bits 0-1048575', 'bytes']) {
    expect(readAvailableRanges(bad, 2 * CHUNK_BYTES, undefined)).toBeUndefined();
  }
  // Half a chunk is none.
  expect(readAvailableRanges('bytes 10-2097151', 2 * CHUNK_BYTES, undefined)?.has(0)).toBe(false);
});
