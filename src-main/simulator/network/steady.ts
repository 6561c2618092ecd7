import { meanOf, quantile, type Sample, type SearchFigures, shortened, sumOf } from './figures.ts';
import { type ScenarioOptions, type ScenarioReport, type Told, toldEvery } from './scenario.ts';
import { SimNetwork } from './sim-network.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
const GROW_MS = 5 * MINUTE_MS;
/** Churn goes on for this before anything is counted. */
const SETTLE_MS = 15 * MINUTE_MS;
const SAMPLE_MS = 10 * SECOND_MS;

/** A network of its size, whose peers come and go as those of KaZaA did, one in five of them without a word. */
export async function runSteady(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  await world.grow(GROW_MS);
  world.beginChurn();
  await world.clock.advance(SETTLE_MS);
  const before = { ...world.sent, roleChanges: world.roleChanges, promotions: world.promotions, merges: world.merges };
  const samples: Sample[] = [];
  const searches: SearchFigures[] = [];
  const open: Promise<unknown>[] = [];
  const steps = Math.round((options.hours * HOUR_MS) / SAMPLE_MS);
  for (let step = 1; step <= steps; step++) {
    const search = world.searchRare().then((figures) => figures && searches.push(figures));
    open.push(search);
    await world.clock.advance(SAMPLE_MS);
    const sample = world.sample();
    samples.push(sample);
    if (step % toldEvery(steps) !== 0) continue;
    const minutes = shortened((step * SAMPLE_MS) / MINUTE_MS);
    told({ event: 'sample', minutes, ...sample, ...world.reasons(), ...soFar(searches) });
  }
  // The longest search ends by itself.
  await world.clock.advance(2 * MINUTE_MS);
  await Promise.all(open);
  return report({ samples, searches, world, before });
}

/** Of the searches that have ended. */
const soFar = (searches: readonly SearchFigures[]) =>
  searches.length === 0 ? {} : { searchSuccess: shortened(foundShare(searches)) };
const foundShare = (searches: readonly SearchFigures[]): number =>
  searches.filter(({ found }) => found).length / Math.max(1, searches.length);

type Course = {
  readonly samples: readonly Sample[];
  readonly searches: readonly SearchFigures[];
  readonly world: SimNetwork;
  readonly before: {
    readonly messages: number;
    readonly bytes: number;
    readonly roleChanges: number;
    readonly promotions: number;
    readonly merges: number;
  };
};

function report({ samples, searches, world, before }: Course): ScenarioReport {
  const found = searches.filter((search) => search.found);
  const online = meanOf(samples.map((sample) => sample.online));
  const supernodes = samples.map((sample) => sample.supernodes);
  const supernodeHours = (sumOf(supernodes) * SAMPLE_MS) / HOUR_MS;
  const figures = {
    searches: searches.length,
    searchSuccess: foundShare(searches),
    wavesMedian: quantile(
      found.map(({ wave }) => wave),
      0.5,
    ),
    waves95: quantile(
      found.map(({ wave }) => wave),
      0.95,
    ),
    askedMean: meanOf(found.map(({ asked }) => asked)),
    askedPerBound: sumOf(found.map(({ asked }) => asked)) / Math.max(1, sumOf(found.map(({ bound }) => bound))),
    orphanShare: sumOf(samples.map(({ orphans }) => orphans)) / Math.max(1, sumOf(samples.map(({ leaves }) => leaves))),
    online,
    supernodes: meanOf(supernodes),
    supernodesLeast: Math.min(...supernodes),
    supernodesMost: Math.max(...supernodes),
    supernodesIdeal: world.ideal,
    roleChangesPerSupernodeHour: (world.roleChanges - before.roleChanges) / supernodeHours,
    promotionsPerSupernodeHour: (world.promotions - before.promotions) / supernodeHours,
    mergesPerSupernodeHour: (world.merges - before.merges) / supernodeHours,
    messagesPerPeer: (world.sent.messages - before.messages) / online,
    bytesPerPeer: (world.sent.bytes - before.bytes) / online,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}
