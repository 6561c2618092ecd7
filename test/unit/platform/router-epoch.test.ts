import fc from 'fast-check';
import { expect, test } from 'vitest';
import { hasLostMappings } from '../../../src-main/platform/port-mapping/router-epoch.ts';

const at = (seconds: number, ourSeconds: number) => ({ seconds, atMs: ourSeconds * 1000 });

test('a router whose clock runs like ours, or a little faster or slower, has lost nothing', () => {
  fc.assert(
    fc.property(
      fc.nat({ max: 1e9 }),
      fc.nat({ max: 1e6 }),
      fc.double({ min: 0.95, max: 1.05, noNaN: true }),
      (start, passed, pace) => {
        expect(hasLostMappings(at(start, 7), at(Math.floor(start + passed * pace), 7 + passed))).toBe(false);
      },
    ),
  );
});

test('a router that was started again in between has lost what it had, however long ago both were', () => {
  fc.assert(
    fc.property(
      fc.integer({ min: 10, max: 1e6 }),
      fc.integer({ min: 60, max: 1e6 }),
      fc.double({ min: 0, max: 0.9, noNaN: true }),
      (start, passed, since) => {
        const running = Math.floor(passed * since);
        expect(hasLostMappings(at(start, 7), at(running, 7 + passed))).toBe(true);
      },
    ),
  );
});

test('the first answer says nothing, nor does a router without a clock', () => {
  expect(hasLostMappings(undefined, at(5, 0))).toBe(false);
  expect(hasLostMappings(at(0, 0), at(0, 1800))).toBe(false);
  expect(hasLostMappings(at(1000, 0), at(999, 0))).toBe(false);
  expect(hasLostMappings(at(1000, 0), at(998, 0))).toBe(true);
});
