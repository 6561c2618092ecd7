import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { readPlainRefusal } from '../../src-main/engine/download/source-answer.ts';

const read = (xQueue: string, retryAfter = '5') =>
  readPlainRefusal(503, { 'x-queue': xQueue, 'retry-after': retryAfter });

describe('what a source says of its queue', () => {
  test('place, wait and when to ask again are read, in any order', () => {
    const queued = { kind: 'queued', place: 3, retryAfterMs: 5000, waitMs: 42_000 };
    expect(read('position=3, length=7, eta=42')).toEqual(queued);
    expect(read('eta=42;position=3')).toEqual(queued);
  });

  test('without a wait none is made up', () => {
    for (const header of ['', 'position=3', 'eta=', 'eta=-1', 'eta=soon', 'beta=4', 'eta=1.5', 'eta=9999999999'])
      expect(read(header), header).not.toHaveProperty('waitMs');
  });

  test('no text makes a wait that is no number or has no end', () => {
    const text = fc.oneof(
      fc.string(),
      fc.nat(2 ** 31 - 1).map((eta) => `position=${eta}, eta=${eta}`),
    );
    fc.assert(
      fc.property(text, text, (header, retryAfter) => {
        const refusal = read(header, retryAfter);
        if (refusal.kind !== 'queued') throw new Error('not queued');
        expect(refusal.place).toBeGreaterThanOrEqual(1);
        expect(refusal.retryAfterMs).toBeGreaterThanOrEqual(1000);
        expect(refusal.retryAfterMs).toBeLessThanOrEqual(3_600_000);
        const { waitMs = 0 } = refusal;
        expect(waitMs >= 0 && waitMs <= 7 * 24 * 3_600_000).toBe(true);
      }),
    );
  });
});
