import { type Sample, type SearchFigures, shortened, sumOf } from './figures.ts';
import { type ScenarioOptions, type ScenarioReport, type Told, toldEvery } from './scenario.ts';
import { SimNetwork } from './sim-network.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
const HOUR_MS = 60 * MINUTE_MS;
/** A tenth of all peers come in this, to one that was alone; the others in the hours after it. */
const START_MS = 15 * MINUTE_MS;
const SAMPLE_MS = 10 * SECOND_MS;
const TENTH = 0.1;

/** How a network of few peers, or of many that began as one, fares. */
async function course(
  world: SimNetwork,
  forMs: number,
  told: Told,
  search: () => Promise<SearchFigures | undefined> = () => world.searchRare(),
): Promise<ScenarioReport> {
  const samples: Sample[] = [];
  const searches: SearchFigures[] = [];
  const before = { ...world.sent, changes: changesOf(world), stepDowns: world.roleChanges };
  const steps = Math.floor(forMs / SAMPLE_MS);
  for (let step = 1; step <= steps; step++) {
    void search().then((figures) => figures && searches.push(figures));
    await world.clock.advance(SAMPLE_MS);
    const sample = world.sample();
    samples.push(sample);
    if (step % toldEvery(steps) === 0)
      told({ event: 'sample', minutes: shortened((step * SAMPLE_MS) / MINUTE_MS), ...sample });
  }
  await world.clock.advance(2 * MINUTE_MS);
  const last = world.sample();
  const supernodeHours = Math.max(1e-9, (sumOf(samples.map(({ supernodes }) => supernodes)) * SAMPLE_MS) / HOUR_MS);
  const peerHours = Math.max(1e-9, (sumOf(samples.map(({ online }) => online)) * SAMPLE_MS) / HOUR_MS);
  const figures = {
    searches: searches.length,
    searchSuccess: searches.filter(({ found }) => found).length / Math.max(1, searches.length),
    orphanShare: sumOf(samples.map(({ orphans }) => orphans)) / Math.max(1, sumOf(samples.map(({ leaves }) => leaves))),
    online: last.online,
    supernodes: last.supernodes,
    supernodesIdeal: world.ideal,
    // All of them: by need, for want of a place, merged, stepped down.
    roleChangesPerSupernodeHour: (changesOf(world) - before.changes) / supernodeHours,
    stepDownsPerSupernodeHour: (world.roleChanges - before.stepDowns) / supernodeHours,
    messagesPerPeer: (world.sent.messages - before.messages) / peerHours,
  };
  return Object.fromEntries(Object.entries(figures).map(([name, value]) => [name, shortened(value)]));
}

const changesOf = ({ promotions, roleChanges, merges }: SimNetwork): number => promotions + roleChanges + merges;

/** One peer, then a tenth of all within 15 minutes, then ten times as many over the hours, with churn from the beginning. */
export async function runGrowth(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  world.beginChurn();
  await world.found();
  const small = Math.max(1, Math.round(options.peers * TENTH));
  world.admit(small - 1, START_MS);
  await world.clock.advance(START_MS);
  world.admit(options.peers - small, options.hours * HOUR_MS);
  return course(world, options.hours * HOUR_MS, told);
}

/** Two peers, of whom one knows the other's address; both come and go. */
export async function runTwo(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork({ ...options, peers: 2 });
  await world.found();
  world.admit(1, SECOND_MS, 1, () => world.drawOpen());
  await world.clock.advance(MINUTE_MS);
  const files = world.online().map((peer, at) => {
    const file = world.newFile(`file${at} of its own`);
    world.share(peer, file);
    return file;
  });
  world.beginChurn();
  await world.clock.advance(MINUTE_MS);
  const search = async () => {
    const file = files[world.random.int(files.length)];
    return world.online().length === 2 && file ? world.searchFor(file) : undefined;
  };
  return course(world, options.hours * HOUR_MS, told, search);
}

/** Nobody can open a connection to anybody. */
export async function runAllShut(options: ScenarioOptions, told: Told): Promise<ScenarioReport> {
  const world = new SimNetwork(options);
  await world.found(world.drawShut());
  world.admit(options.peers - 1, MINUTE_MS, 1, () => world.drawShut());
  await world.clock.advance(2 * MINUTE_MS);
  return course(world, options.hours * HOUR_MS, told);
}
