import { describe, expect, test } from 'vitest';
import { estimateSeconds, freeSlots } from '../../src-main/contract/estimate.ts';
import { source } from '../support/search-fixtures.ts';

describe('what a result lets one expect', () => {
  test('free slots are those that sources told of', () => {
    const sources = [source(1, { freeSlots: 2 }), source(2), source(3, { freeSlots: 0 }), source(4, { freeSlots: 3 })];
    expect(freeSlots({ sources })).toBe(5);
    expect(freeSlots({ sources: [] })).toBe(0);
  });

  test('time comes from sources with a free slot that send now', () => {
    const busy = source(1, { freeSlots: 1, rateBps: 2000 });
    const other = source(2, { freeSlots: 2, rateBps: 6000 });
    expect(estimateSeconds({ size: 10_000, sources: [busy] })).toBe(10);
    expect(estimateSeconds({ size: 10_000, sources: [busy, other] })).toBe(2.5);
  });

  test('who is idle, full or silent tells nothing of it', () => {
    const idle = source(1, { freeSlots: 4, queueLength: 0, rateBps: 0 });
    const full = source(2, { freeSlots: 0, queueLength: 9, rateBps: 9_000_000 });
    expect(estimateSeconds({ size: 10_000, sources: [idle, full, source(3)] })).toBeNull();
    expect(estimateSeconds({ size: 10_000, sources: [] })).toBeNull();
  });

  test('more sources than a download uses make it no faster', () => {
    const sources = Array.from({ length: 200 }, (_, at) => source(at, { freeSlots: 1, rateBps: at < 100 ? 10 : 1000 }));
    expect(estimateSeconds({ size: 8000, sources })).toBe(1);
  });
});
