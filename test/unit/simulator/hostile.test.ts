import { expect, test } from 'vitest';
import { runHostile } from '../../../src-main/simulator/network/hostile/hostile.ts';

test('a fifth of the supernodes drops queries, invents answers or fences newcomers in, and searches find what is there', {
  timeout: 60_000,
}, async () => {
  // Few places and few links, so that 60 peers need many supernodes.
  const settings = { 'supernode.children': 5, 'overlay.merge-children': 1, 'supernode.neighbours': 8 };
  const course: Readonly<Record<string, unknown>>[] = [];
  const report = await runHostile({ peers: 60, hours: 0.02, seed: 3, settings }, (line) => course.push(line));
  expect(report.hostileShare).toBeGreaterThan(0.15);
  expect(report.searchSuccess).toBeGreaterThan(0.95);
  expect(report.inventedShare).toBeLessThan(0.05);
  expect(course.map(({ minutes }) => minutes)).toContain(10);
});
