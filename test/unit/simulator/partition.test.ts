import { expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { islandsOf } from '../../../src-main/simulator/network/islands.ts';
import { runPartition } from '../../../src-main/simulator/network/partition.ts';

test('a world that was cut in two for 10 min is one network within a minute, and finds what the other half has', {
  timeout: 60_000,
}, async () => {
  // Few places and few links, so that 60 peers need many supernodes and no half misses any.
  const settings = { 'supernode.children': 10, 'supernode.neighbours': 6 };
  const cut: unknown[] = [];
  const report = await runPartition({ peers: 60, seed: 4, watchSeconds: 150, settings }, (line) => cut.push(line));
  expect(report.islandsCut).toBe(2);
  expect(report.successCut).toBeLessThan(0.95);
  expect(report.recoverySeconds).toBeLessThanOrEqual(60);
  expect([report.islandsAtEnd, report.successHealed]).toEqual([1, 1]);
  expect(cut.length).toBeGreaterThan(3);
});

test('a link that only one end holds joins nothing', () => {
  const [a, b, c, d] = ['a', 'b', 'c', 'd'] as NodeId[] as [NodeId, NodeId, NodeId, NodeId];
  const links = new Map([
    [a, [b]],
    [b, [a, c]],
    [c, [d]],
    [d, [c]],
  ]);
  expect(islandsOf(links)).toEqual([
    [a, b],
    [c, d],
  ]);
});
