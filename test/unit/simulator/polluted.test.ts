import { expect, test } from 'vitest';
import { runPolluted } from '../../../src-main/simulator/network/polluted/polluted.ts';

const WORLD = { peers: 40, seed: 1, fetchesADay: 150 };

test('signs and votes keep people from fetching what polluters share, and hide nothing true', {
  timeout: 120_000,
}, async () => {
  const blind = await runPolluted({ ...WORLD, hours: 2, signs: false, votes: false }, () => undefined);
  const hours: number[] = [];
  const seeing = await runPolluted({ ...WORLD, hours: 3 }, ({ pollutedShare }) => hours.push(Number(pollutedShare)));
  const share = Number(blind.pollutedShare);
  expect(share).toBeGreaterThan(0.3);
  expect(seeing.pollutedShare).toBeLessThan(0.6 * share);
  // What people have learned tells most in the last hour: 0.02 to 0.12 with eight seeds.
  expect(hours.at(-1)).toBeLessThan(0.4 * share);
  expect(seeing.honestHidden).toBeLessThan(0.02);
});
