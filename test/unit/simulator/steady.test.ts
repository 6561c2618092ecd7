import { describe, expect, test } from 'vitest';
import { runScenario } from '../../../src-main/simulator/network/scenarios.ts';
import { SimNetwork } from '../../../src-main/simulator/network/sim-network.ts';

/** The scenario in the size that CI has time for; the large ones are run by hand, and their figures kept in docs/scale.md. */

describe('a network whose peers come and go', () => {
  test('finds what one in a thousand has, and keeps its leaves and its size', { timeout: 120_000 }, async () => {
    const report = await runScenario('steady', { peers: 300, hours: 0.5, seed: 3 }, () => {});
    expect(report?.searches).toBeGreaterThan(150);
    expect(report?.searchSuccess).toBeGreaterThanOrEqual(0.99);
    expect(report?.wavesMedian).toBeLessThanOrEqual(1);
    expect(report?.waves95).toBeLessThanOrEqual(2);
    expect(report?.askedPerBound).toBeLessThanOrEqual(1.5);
    expect(report?.orphanShare).toBeLessThan(0.002);
    expect(report?.roleChangesPerSupernodeHour).toBeLessThan(0.1);
  });

  test('does the same again by the same seed, and something else by another', { timeout: 60_000 }, async () => {
    const play = async (seed: number) => {
      const lines: string[] = [];
      const report = await runScenario('steady', { peers: 60, hours: 0.1, seed }, (line) =>
        lines.push(JSON.stringify(line)),
      );
      return JSON.stringify([lines, report]);
    };
    const [first, again, other] = [await play(5), await play(5), await play(6)];
    expect(again).toBe(first);
    expect(other).not.toBe(first);
  });
});

test('what a message says is the same whether it is handed over or read', { timeout: 60_000 }, async () => {
  const play = async (handsOver: boolean) => {
    const world = new SimNetwork({ peers: 80, seed: 7, handsOver });
    await world.grow(60_000);
    world.beginChurn();
    const searches: unknown[] = [];
    for (let i = 0; i < 30; i++) {
      void world.searchRare().then((search) => searches.push(search));
      await world.clock.advance(10_000);
    }
    await world.clock.advance(120_000);
    return { searches, sent: world.sent, sample: world.sample() };
  };
  const handedOver = await play(true);
  expect(handedOver.searches.length).toBeGreaterThan(20);
  expect(await play(false)).toEqual(handedOver);
});

test('an unknown scenario is none', async () => {
  expect(await runScenario('constructor', { peers: 2, hours: 1, seed: 1 }, () => {})).toBeUndefined();
});
