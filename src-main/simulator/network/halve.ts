import { type SearchFigures, shortened } from './figures.ts';
import type { ScenarioOptions, ScenarioReport, Told } from './scenario.ts';
import { SimNetwork } from './sim-network.ts';
import { successOf } from './success.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GROW_MS = 5 * MINUTE_MS;
const SETTLE_MS = 5 * MINUTE_MS;
/** Searches begun in each second before and after. */
const SEARCHES_A_SECOND = 10;
const BEFORE_S = 20;
const AFTER_S = 120;
/** Success is counted over so many seconds. */
const WINDOW_S = 5;
const GOOD = 0.95;

/** Half of the supernodes die at once, and everybody goes on searching: how long until searches find again what is there. */
export async function runHalve(
  how: 'noticed' | 'silently',
  options: ScenarioOptions,
  told: Told,
): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  await world.grow(GROW_MS);
  await world.clock.advance(SETTLE_MS);
  const searches: SearchFigures[] = [];
  const open: Promise<unknown>[] = [];
  const firstMs = world.clock.monotonicMs();
  const searchFor = async (seconds: number) => {
    for (let begun = 0; begun < seconds * SEARCHES_A_SECOND; begun++) {
      if (begun % (WINDOW_S * SEARCHES_A_SECOND) === 0) tell('sample', { ...world.sample() });
      open.push(world.searchRare().then((figures) => figures && searches.push(figures)));
      await world.clock.advance(SECOND_MS / SEARCHES_A_SECOND);
    }
  };
  const tell = (event: string, figures: Readonly<Record<string, number>>) =>
    told({ event, seconds: Math.round((world.clock.monotonicMs() - firstMs) / SECOND_MS), ...figures });
  await searchFor(BEFORE_S);
  const before = world.sample();
  const killed = world.killSupernodes(0.5, how);
  const killedMs = world.clock.monotonicMs();
  tell('killed', { killed });
  await searchFor(AFTER_S);
  await world.clock.advance(2 * MINUTE_MS);
  await Promise.all(open);
  const success = Array.from({ length: AFTER_S - WINDOW_S }, (_, second) =>
    successOf(searches, killedMs + second * SECOND_MS, WINDOW_S * SECOND_MS),
  );
  // How a search ended is known after the next ones have begun.
  for (let seconds = 0; seconds < BEFORE_S + AFTER_S; seconds += WINDOW_S) {
    const share = successOf(searches, firstMs + seconds * SECOND_MS, WINDOW_S * SECOND_MS);
    told({ event: 'sample', seconds, searchSuccess: shortened(share) });
  }
  const lastBad = success.findLastIndex((share) => share < GOOD);
  const figures = {
    searchSuccess: successOf(searches, killedMs - BEFORE_S * SECOND_MS, BEFORE_S * SECOND_MS),
    successLeast: Math.min(...success),
    successAtEnd: success.at(-1) ?? 0,
    recoverySeconds: lastBad + 1,
    killed,
    supernodesBefore: before.supernodes,
    supernodesAfter: world.sample().supernodes,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}
