import { shortened, sumOf } from './figures.ts';
import type { ScenarioOptions, ScenarioReport, Told } from './scenario.ts';
import { SimNetwork } from './sim-network.ts';
import type { SimPeer } from './sim-peer.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GROW_MS = 5 * MINUTE_MS;
/** Peers that share one file each which nobody else has, and those who search for all of them. */
const SHARERS = 300;
const SEARCHERS = 10;
/** Supernodes that a parent asks for one search, while this is measured. */
const CAP = 10;
const HOPS = 3;
const NAME = 'private tape';
const ALL = 10_000;

/**
 * What hopping to three further supernodes finds, of what the parent alone finds, where each asks few; and how many supernodes hold rows
 * of a leaf because it hopped to them.
 */
export async function runHops(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  await world.grow(GROW_MS);
  world.beginChurn();
  for (let made = 0; made < SHARERS; made++) {
    const peer = world.draw();
    if (peer) world.share(peer, world.newFile(`${NAME} number${made}`));
  }
  for (const peer of world.online()) peer.set({ 'search.max-supernodes': CAP });
  await world.clock.advance(MINUTE_MS);
  const startMs = world.clock.monotonicMs();
  const found: Compared[] = [];
  for (let searched = 0; searched < SEARCHERS; searched++) {
    const leaf = world.draw(({ peer }) => peer?.role === 'leaf' && peer.hasParent);
    if (!leaf) continue;
    const one = await compare(world, leaf);
    found.push(one);
    told({ event: 'sample', minutes: (world.clock.monotonicMs() - startMs) / MINUTE_MS, ...one });
  }
  const alone = sumOf(found.map((one) => one.alone));
  const figures = {
    searches: found.length,
    resultsAlone: alone / Math.max(1, found.length),
    hopsGain: sumOf(found.map(({ hopped }) => hopped)) / Math.max(1, alone),
    rowsLeft: sumOf(found.map(({ rowsLeft }) => rowsLeft)),
    supernodes: world.sample().supernodes,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}

type Compared = { readonly alone: number; readonly hopped: number; readonly rowsLeft: number };

async function compare(world: SimNetwork, leaf: SimPeer): Promise<Compared> {
  const search = async (hops: number) => {
    let results = 0;
    void world.searches.start(leaf, { words: NAME, limit: ALL, hops }).then((outcome) => {
      results = outcome.results;
    });
    // The longest search ends by itself.
    await world.clock.advance(MINUTE_MS + SECOND_MS);
    return results;
  };
  const alone = await search(0);
  const before = new Set(holders(world, leaf));
  const hopped = await search(HOPS);
  // A parent that was lost meanwhile has a successor, which holds them by right.
  const rowsLeft = holders(world, leaf).filter((one) => !before.has(one) && one.nodeId !== leaf.peer?.parent).length;
  return { alone, hopped, rowsLeft };
}

const holders = (world: SimNetwork, leaf: SimPeer): readonly SimPeer[] =>
  world.online().filter((one) => one !== leaf && one.holdsRowsOf(leaf.nodeId));
