import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { CREDIT_UNIT_BYTES, MAX_CREDIT, toCredit } from '../../../src-main/engine/upload/credit.ts';

const MIB = 2 ** 20;
const GIB = 2 ** 30;
const credit = (received: number, sent = 0) => toCredit({ received, sent });

describe('credit', () => {
  test('of a stranger is 1, and of who only took', () => {
    expect(credit(0)).toBe(1);
    expect(credit(0, 100 * GIB)).toBe(1);
  });

  test('cannot be had for small amounts', () => {
    expect(credit(MIB)).toBeLessThan(1.01);
    expect(credit(16 * MIB)).toBeLessThan(1.2);
    expect(credit(100 * MIB)).toBeLessThan(2);
  });

  test('rises with what was given, and reaches its most with what a film has', () => {
    expect(credit(GIB)).toBeCloseTo(4.12, 2);
    expect(credit(2 * GIB)).toBeCloseTo(5.74, 2);
    expect(credit(7 * GIB)).toBe(MAX_CREDIT);
  });

  test('is at most about two where as much was taken as given, and falls to 1 where twice as much was', () => {
    expect(credit(10 * GIB, 10 * GIB)).toBe(2);
    expect(credit(10 * GIB, 21 * GIB)).toBe(1);
    expect(credit(10 * GIB, 2 * GIB)).toBeCloseTo(9.76, 2);
  });

  test('lies between 1 and 10, grows with what was given and falls with what was taken', () => {
    const bytes = fc.double({ min: 0, max: 2 ** 60, noNaN: true });
    fc.assert(
      fc.property(bytes, bytes, bytes, (received, sent, more) => {
        const now = credit(received, sent);
        expect(now).toBeGreaterThanOrEqual(1);
        expect(now).toBeLessThanOrEqual(MAX_CREDIT);
        expect(credit(received + more, sent)).toBeGreaterThanOrEqual(now);
        expect(credit(received, sent + more)).toBeLessThanOrEqual(now);
      }),
    );
  });

  test('is less for many names together than for one', () => {
    fc.assert(
      fc.property(fc.integer({ min: 2, max: 100 }), fc.integer({ min: 1, max: 1000 }), (names, units) => {
        expect(credit((units * CREDIT_UNIT_BYTES) / names)).toBeLessThanOrEqual(credit(units * CREDIT_UNIT_BYTES));
      }),
    );
  });
});
