import fc from 'fast-check';
import { expect, test } from 'vitest';
import { LineSplitter } from '../../src-main/headless/line-splitter.ts';

const MAX = 64;

test('however a stream is cut, its lines come out whole and in order', () => {
  const lines = fc.array(fc.string({ unit: 'grapheme', maxLength: 12 }).filter((line) => !line.includes('\n')));
  fc.assert(
    fc.property(lines, fc.array(fc.nat({ max: 200 })), (expected, cuts) => {
      const bytes = new TextEncoder().encode(expected.map((line) => `${line}\n`).join(''));
      const borders = [...cuts.filter((cut) => cut < bytes.length), bytes.length].sort((a, b) => a - b);
      const splitter = new LineSplitter(10_000);
      const found = borders.flatMap((border, i) => splitter.push(bytes.subarray(borders[i - 1] ?? 0, border)) ?? []);
      expect(found).toEqual(expected.map((line) => line.toWellFormed()));
    }),
  );
});

test('a line above the cap is refused, one at the cap is not', () => {
  fc.assert(
    fc.property(fc.integer({ min: 0, max: 3 * MAX }), fc.integer({ min: 1, max: MAX }), (length, step) => {
      const splitter = new LineSplitter(MAX);
      const bytes = new TextEncoder().encode(`${'x'.repeat(length)}\n`);
      let refused = false;
      for (let at = 0; at < bytes.length && !refused; at += step) {
        refused = splitter.push(bytes.subarray(at, at + step)) === undefined;
      }
      expect(refused).toBe(length > MAX);
    }),
  );
});
