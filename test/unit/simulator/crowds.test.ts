import { expect, test } from 'vitest';
import { runScenario } from '../../../src-main/simulator/network/scenarios.ts';

/** Small sizes; the large ones are run by hand, and their figures kept in docs/scale.md. */

test('a flash crowd finds the new file at once, for a few messages each', { timeout: 60_000 }, async () => {
  const report = await runScenario('flash-crowd', { peers: 250, hours: 1, seed: 1 }, () => {});
  expect(report?.found).toBe(1);
  expect(report?.withinOneWave).toBeGreaterThanOrEqual(0.95);
  expect(report?.firstWithinFour).toBe(1);
  expect(report?.messagesPerPeer).toBeLessThan(10);
});

test('two peers that come and go find each other again', { timeout: 60_000 }, async () => {
  const report = await runScenario('two', { peers: 2, hours: 3, seed: 1 }, () => {});
  expect(report?.searches).toBeGreaterThan(300);
  expect(report?.searchSuccess).toBeGreaterThanOrEqual(0.98);
  expect(report?.roleChangesPerSupernodeHour).toBeLessThan(2);
});

test('where nobody can be reached everybody stays what it is, quietly', { timeout: 60_000 }, async () => {
  const report = await runScenario('all-shut', { peers: 40, hours: 1, seed: 1 }, () => {});
  expect(report?.online).toBe(40);
  expect(report?.roleChangesPerSupernodeHour).toBe(0);
  expect(report?.messagesPerPeer).toBeLessThan(60);
});

test('a network that began with one peer serves ten times as many', { timeout: 60_000 }, async () => {
  const report = await runScenario('growth', { peers: 200, hours: 0.5, seed: 3 }, () => {});
  expect(report?.orphanShare).toBeLessThan(0.02);
  expect(report?.supernodes).toBeLessThan(8);
  expect(report?.roleChangesPerSupernodeHour).toBeLessThan(6);
});
