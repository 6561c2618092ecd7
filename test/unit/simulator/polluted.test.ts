import { expect, test } from 'vitest';
import { runPolluted } from '../../../src-main/simulator/network/polluted/polluted.ts';

const WORLD = { peers: 60, hours: 3, seed: 1, fetchesADay: 100 };
const nothing = (): void => undefined;

test('signs and votes keep people from fetching what polluters share, and hide nothing true', {
  timeout: 60_000,
}, async () => {
  const blind = await runPolluted({ ...WORLD, signs: false, votes: false }, nothing);
  const seeing = await runPolluted(WORLD, nothing);
  expect(blind.pollutedShare).toBeGreaterThan(0.3);
  expect(seeing.pollutedShare).toBeLessThan(0.6 * (blind.pollutedShare ?? 0));
  expect(seeing.honestHidden).toBeLessThan(0.02);
});
