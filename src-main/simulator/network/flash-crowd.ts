import { quantile, shortened } from './figures.ts';
import type { ScenarioOptions, ScenarioReport, Told } from './scenario.ts';
import { SimNetwork } from './sim-network.ts';
import type { SimPeer } from './sim-peer.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const GROW_MS = 5 * MINUTE_MS;
const SETTLE_MS = 2 * MINUTE_MS;
/** As many as had heard of it before hear of it within this: the first minutes of a rumour. */
const DOUBLING_MS = 30 * SECOND_MS;
/** How long it takes to download the file and share it: between these. */
const FETCH_MS = [20 * SECOND_MS, MINUTE_MS] as const;
/** Who does not find it looks again, after this, so often. */
const RETRY_MS = MINUTE_MS;
const TRIES = 20;
const NAME = 'brandnew release flac';
const FIRST = 100;

type Want = {
  readonly peer: SimPeer;
  tries: number;
  first: { readonly found: boolean; readonly wave: number } | undefined;
  found: boolean;
};

/** One peer has a new file, and everybody wants it, twice as many every half minute: what it costs until all have it. */
export async function runFlashCrowd(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  await world.grow(GROW_MS);
  await world.clock.advance(SETTLE_MS);
  const file = world.newFile(NAME);
  const [origin, ...others] = world.online();
  if (origin) world.share(origin, file);
  await world.clock.advance(10 * SECOND_MS);
  const wants = shuffled(world, others).map((peer): Want => ({ peer, tries: 0, first: undefined, found: false }));
  const before = { ...world.sent };
  const startMs = world.clock.monotonicMs();
  for (const [at, want] of wants.entries())
    world.clock.setTimer(DOUBLING_MS * Math.log2(at + 1), () => look(world, want));
  const latestMs = DOUBLING_MS * Math.log2(wants.length + 1) + TRIES * RETRY_MS;
  while (world.clock.monotonicMs() - startMs < latestMs && wants.some(({ found }) => !found)) {
    await world.clock.advance(10 * SECOND_MS);
    const seconds = (world.clock.monotonicMs() - startMs) / SECOND_MS;
    const messages = world.sent.ofSearch - before.ofSearch;
    told({ event: 'sample', seconds, found: wants.filter((want) => want.found).length, messages });
  }
  const waves = wants.flatMap(({ first }) => (first?.found ? [first.wave] : []));
  const early = wants.slice(0, FIRST);
  const { supernodes } = world.sample();
  const figures = {
    found: wants.filter(({ found }) => found).length / wants.length,
    withinOneWave: waves.filter((wave) => wave <= 1).length / wants.length,
    firstWithinFour: early.filter(({ first }) => first?.found && first.wave <= 4).length / early.length,
    wavesMedian: quantile(waves, 0.5),
    waves95: quantile(waves, 0.95),
    wavesMost: Math.max(0, ...waves),
    // Each message is sent by one peer and received by another.
    messagesPerPeer: (2 * (world.sent.ofSearch - before.ofSearch)) / (wants.length + 1),
    secondsUntilAll: (world.clock.monotonicMs() - startMs) / SECOND_MS,
    secondsOfInterest: (DOUBLING_MS * Math.log2(wants.length)) / SECOND_MS,
    supernodes,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));

  function look({ clock, random, searches }: SimNetwork, want: Want): void {
    want.tries++;
    void searches.start(want.peer, { words: NAME, limit: 1 }).then(({ results, wave }) => {
      const found = results > 0;
      want.first ??= { found, wave };
      want.found ||= found;
      const fetchMs = FETCH_MS[0] + random.float() * (FETCH_MS[1] - FETCH_MS[0]);
      if (found) clock.setTimer(fetchMs, () => world.share(want.peer, file));
      else if (want.tries < TRIES) clock.setTimer(RETRY_MS, () => look(world, want));
    });
  }
}

function shuffled({ random }: SimNetwork, peers: readonly SimPeer[]): readonly SimPeer[] {
  const keyed = peers.map((peer) => ({ peer, key: random.float() }));
  return keyed.sort((a, b) => a.key - b.key).map(({ peer }) => peer);
}
