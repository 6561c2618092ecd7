import { expect, test } from 'vitest';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { type Client, LineSimulation } from '../../support/line-simulation.ts';
import { peer } from '../../support/upload-askers.ts';

/** What those who wait are told, against what comes true: strangers of all kinds, for hours, on the virtual clock. */
const MIB = 2 ** 20;
const HOUR = 3_600_000;
/** Of the first ten places, told on any poll but the first. */
const PLACES = 10;
const RIGHT = 0.2;

/** Files from 4 MiB to 1.5 GiB and readers from 200 KiB/s to 5 MiB/s that come by chance, one in so many milliseconds. */
function crowd(seed: number, everyMs: number): Client[] {
  const random = new SeededRandom(seed);
  const share = () => (random.int(1_000_000) + 0.5) / 1_000_000;
  const between = (least: number, most: number) => Math.round(least * (most / least) ** share());
  const pause = () => -Math.log(share()) * everyMs;
  const clients: Client[] = [];
  for (let arriveMs = 0; arriveMs < 6 * HOUR; arriveMs += pause()) {
    const sizeBytes = between(4 * MIB, 1500 * MIB);
    clients.push({
      asker: peer(clients.length + 1),
      arriveMs,
      sizeBytes,
      // Half of them have other sources too.
      neededBytes: Math.round(sizeBytes * (share() < 0.5 ? 1 : 0.2 + 0.8 * share())),
      rateBps: between(0.2 * MIB, 5 * MIB),
      wander: 0.3,
      credit: share() < 0.3 ? 1 + 9 * share() : 1,
      isTerse: share() < 0.1,
    });
  }
  return clients;
}

/** Estimates ÷ truth. */
function ratios({ turns }: LineSimulation): number[] {
  return turns.flatMap(({ told, grantedMs }) =>
    told
      .slice(1)
      .filter(({ position }) => position <= PLACES)
      .map(({ atMs, etaMs }) => (Math.ceil(etaMs / 1000) * 1000) / (grantedMs - atMs)),
  );
}

test('an estimate is within 20 % of the truth in 80 % of all cases', async () => {
  let cases = 0;
  let right = 0;
  for (const [seed, everyMs] of [
    [1, 110_000],
    [2, 90_000],
    [3, 70_000],
    [4, 80_000],
  ] as const) {
    const simulation = new LineSimulation(crowd(seed, everyMs), { seed });
    await simulation.run(6 * HOUR);
    const seen = ratios(simulation);
    const good = seen.filter((ratio) => Math.abs(ratio - 1) <= RIGHT).length;
    console.log(`seed ${seed}: ${good} of ${seen.length} estimates, ${Math.round((100 * good) / seen.length)} %`);
    cases += seen.length;
    right += good;
  }
  expect(cases).toBeGreaterThan(5000);
  expect(right / cases).toBeGreaterThan(0.8);
});
