import fc from 'fast-check';
import { expect, test } from 'vitest';
import { isRangeCurrent, parseRange } from '../../src-main/contract/byte-range.ts';

const size = fc.integer({ min: 1, max: 2 ** 53 - 1 });
const position = fc.bigInt({ min: 0n, max: 2n ** 60n });
const spec = fc.oneof(
  fc.tuple(position, position).map(([a, b]) => `${a}-${b}`),
  position.map((a) => `${a}-`),
  position.map((n) => `-${n}`),
  fc.constantFrom('', '-', '1', 'a-b', '1-2-3', ' 0-0 ', '0x1-2', '+1-2', '1.5-2', '--1'),
);
const header = fc.oneof(
  fc.string({ maxLength: 60 }),
  fc.string({ unit: fc.constantFrom(...'bytes=0123456789-, \t'), maxLength: 40 }),
  fc.array(spec, { maxLength: 4 }).map((specs) => `bytes=${specs.join(',')}`),
);

/** RFC 9110, section 14.1.2, written down once more with exact numbers. */
function oracle(text: string, length: number): 'whole' | 'unsatisfiable' | readonly [bigint, bigint] {
  const match = /^\s*bytes\s*=(.*)$/is.exec(text);
  if (!match) return 'whole';
  const specs = (match[1] ?? '').split(',').flatMap((part) => (part.trim() === '' ? [] : [part.trim()]));
  const total = BigInt(length);
  const ranges = specs.map((part): 'bad' | 'none' | readonly [bigint, bigint] => {
    const [, first, last] = /^([0-9]*)-([0-9]*)$/.exec(part) ?? [];
    if (first === undefined || last === undefined || first + last === '') return 'bad';
    if (first === '') return BigInt(last) === 0n ? 'none' : [BigInt(last) > total ? 0n : total - BigInt(last), total];
    if (last !== '' && BigInt(last) < BigInt(first)) return 'bad';
    if (BigInt(first) >= total) return 'none';
    return [BigInt(first), last === '' || BigInt(last) >= total ? total : BigInt(last) + 1n];
  });
  if (ranges.length === 0 || ranges.includes('bad')) return 'whole';
  const [only] = ranges;
  return ranges.length > 1 || only === 'none' || only === 'bad' || only === undefined ? 'unsatisfiable' : only;
}

/** Two positions beyond 2^53 may look equal as doubles; then both lie behind every file's end. */
const isExact = (text: string) => (text.match(/\d+/g) ?? []).every((digits) => BigInt(digits) < 2n ** 53n);

test('any Range header is read as RFC 9110 says, whatever it holds', () => {
  fc.assert(
    fc.property(header.filter(isExact), size, (text, length) => {
      const wanted = parseRange(text, length);
      const expected = oracle(text, length);
      if (wanted.kind === 'part') expect([BigInt(wanted.range.start), BigInt(wanted.range.end)]).toEqual(expected);
      else expect(wanted.kind).toBe(expected);
    }),
    { numRuns: 3000 },
  );
});

test('a part always lies inside the file and holds at least one byte', () => {
  fc.assert(
    fc.property(header, size, (text, length) => {
      const wanted = parseRange(text, length);
      if (wanted.kind !== 'part') return;
      expect(wanted.range.start).toBeGreaterThanOrEqual(0);
      expect(wanted.range.end).toBeGreaterThan(wanted.range.start);
      expect(wanted.range.end).toBeLessThanOrEqual(length);
      expect(Number.isSafeInteger(wanted.range.start) && Number.isSafeInteger(wanted.range.end)).toBe(true);
    }),
    { numRuns: 3000 },
  );
});

test('If-Range lets a range stand for the very same strong tag only', () => {
  const etag = `"${'ab'.repeat(32)}"`;
  expect(isRangeCurrent(undefined, etag)).toBe(true);
  expect(isRangeCurrent(etag, etag)).toBe(true);
  fc.assert(
    fc.property(
      fc.oneof(fc.string(), fc.constantFrom(`W/${etag}`, etag.slice(1, -1), `${etag}, ${etag}`, '*')),
      (text) => {
        expect(isRangeCurrent(text, etag)).toBe(text.trim() === etag);
      },
    ),
  );
  expect(isRangeCurrent('Wed, 21 Oct 2026 07:28:00 GMT', etag)).toBe(false);
});
