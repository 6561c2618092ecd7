import { expect, test } from 'vitest';
import { PacketBudget } from '../../../src-main/platform/lan/packet-budget.ts';

test('one source has 20 packets a second, all have 200, and the next second is a new one', () => {
  let nowMs = 0;
  const budget = new PacketBudget(() => nowMs);
  const taken = (sources: readonly string[], each: number) =>
    sources.flatMap((source) => Array.from({ length: each }, () => budget.take(source))).filter(Boolean).length;
  const many = Array.from({ length: 100 }, (_, at) => `10.0.0.${at}`);
  expect(taken(['10.0.1.1'], 1000)).toBe(20);
  expect(taken(many, 10)).toBe(180);
  nowMs = 1000;
  expect(taken(many, 10)).toBe(200);
});
