import { type SearchFigures, shortened } from './figures.ts';
import { regionOf } from './places.ts';
import type { ScenarioReport, Told } from './scenario.ts';
import { SimNetwork, type SimOptions } from './sim-network.ts';
import { successOf } from './success.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GROW_MS = 5 * MINUTE_MS;
const SETTLE_MS = 5 * MINUTE_MS;
const CUT_MS = 10 * MINUTE_MS;
/** After the heal everything is watched for this long, twice the goal. */
const WATCH_S = 600;
const BEFORE_S = 20;
/** Searches begun in each second. */
const SEARCHES_A_SECOND = 5;
/** Success is counted over so many seconds: 50 searches. */
const WINDOW_S = 10;
const SAMPLE_MS = 20 * SECOND_MS;
const GOOD = 0.95;

/**
 * Two halves of the world, by region, hear nothing of each other for 10 minutes; then the way is open again, and nobody is told. How long
 * until their supernodes are one network by their links, and searches find what the other half has.
 */
export async function runPartition(
  options: SimOptions & { readonly watchSeconds?: number },
  told: Told,
): Promise<ScenarioReport> {
  const { watchSeconds = WATCH_S } = options;
  const world = new SimNetwork(options);
  await world.grow(GROW_MS);
  await world.clock.advance(SETTLE_MS);
  const searches: SearchFigures[] = [];
  const open: Promise<unknown>[] = [];
  const searchFor = async (seconds: number, everySecond: () => void = () => {}) => {
    for (let second = 0; second < seconds; second++) {
      for (let begun = 0; begun < SEARCHES_A_SECOND; begun++) {
        open.push(world.searchRare().then((figures) => figures && searches.push(figures)));
        await world.clock.advance(SECOND_MS / SEARCHES_A_SECOND);
      }
      everySecond();
    }
  };
  const firstMs = world.clock.monotonicMs();
  const tell = (event: string, figures: Readonly<Record<string, number>>) =>
    told({ event, seconds: Math.round((world.clock.monotonicMs() - firstMs) / SECOND_MS), ...figures });
  const tellSample = () => {
    const sizes = world.islands().map(({ length }) => length);
    tell('sample', { islands: sizes.length, largestIsland: sizes[0] ?? 0, ...world.sample() });
  };
  tellSample();
  await searchFor(BEFORE_S);
  tellSample();
  world.tear((host) => regionOf(host) % 2 === 0);
  tell('cut', {});
  const cutForMs = CUT_MS - WINDOW_S * SECOND_MS;
  for (let passedMs = 0; passedMs < cutForMs; passedMs += SAMPLE_MS) {
    await world.clock.advance(Math.min(SAMPLE_MS, cutForMs - passedMs));
    tellSample();
  }
  await searchFor(WINDOW_S);
  tellSample();
  const islands = world.islands();
  const halves = new Set(islands.flat());
  world.mend();
  tell('healed', {});
  const healedMs = world.clock.monotonicMs();
  /** Second after the heal in which the supernodes were seen in more than one island last. */
  let apartS = 0;
  let watchedS = 0;
  await searchFor(watchSeconds, () => {
    watchedS++;
    // One that has just become a supernode is no island: it is on its way.
    const apart = world.islands().filter((island) => island.some((node) => halves.has(node)));
    if (apart.length > 1) apartS = watchedS;
    if ((watchedS * SECOND_MS) % SAMPLE_MS === 0) tellSample();
  });
  await world.clock.advance(2 * MINUTE_MS);
  await Promise.all(open);
  const success = Array.from({ length: watchSeconds - WINDOW_S }, (_, second) =>
    successOf(searches, healedMs + second * SECOND_MS, WINDOW_S * SECOND_MS),
  );
  // How a search ended is known after the next ones have begun. While the world was cut there were some at its end only.
  const endMs = healedMs + watchSeconds * SECOND_MS;
  for (let fromMs = firstMs; fromMs < endMs; fromMs += WINDOW_S * SECOND_MS) {
    if (!searches.some(({ startMs }) => startMs >= fromMs && startMs < fromMs + WINDOW_S * SECOND_MS)) continue;
    const searchSuccess = shortened(successOf(searches, fromMs, WINDOW_S * SECOND_MS));
    told({ event: 'sample', seconds: Math.round((fromMs - firstMs) / SECOND_MS), searchSuccess });
  }
  const badS = success.findLastIndex((share) => share < GOOD) + 1;
  const figures = {
    searchSuccess: successOf(searches, 0, healedMs - CUT_MS),
    successCut: successOf(searches, healedMs - WINDOW_S * SECOND_MS, WINDOW_S * SECOND_MS),
    successHealed: successOf(searches, healedMs + watchSeconds * SECOND_MS - MINUTE_MS, MINUTE_MS),
    islandsCut: islands.length,
    islandsAtEnd: world.islands().length,
    oneNetworkSeconds: apartS,
    foundAgainSeconds: badS,
    recoverySeconds: Math.max(apartS, badS),
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}
