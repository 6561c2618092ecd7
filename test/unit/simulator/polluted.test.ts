import { expect, test } from 'vitest';
import { runPolluted } from '../../../src-main/simulator/network/polluted/polluted.ts';

const WORLD = { peers: 40, hours: 2, seed: 1, fetchesADay: 150 };
const nothing = (): void => undefined;

test('signs and votes keep people from fetching what polluters share, and hide nothing true', {
  timeout: 120_000,
}, async () => {
  const blind = await runPolluted({ ...WORLD, signs: false, votes: false }, nothing);
  const seeing = await runPolluted(WORLD, nothing);
  expect(blind.pollutedShare).toBeGreaterThan(0.3);
  expect(seeing.pollutedShare).toBeLessThan(0.6 * (blind.pollutedShare ?? 0));
  expect(seeing.honestHidden).toBeLessThan(0.02);
});
