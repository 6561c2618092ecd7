import { writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { inFolder } from '../bench/bench-folder.ts';
import { atLeast, atMost, type BenchReport, type Goal, median, summarize } from '../bench/support.ts';
import type { MortalPeer } from './mortal-peer.ts';
import { DeedPlayer } from './soak/deeds.ts';
import { tidy } from './soak/download-deeds.ts';
import { isExplained, type LogLine, troublesOf } from './soak/log-lines.ts';
import { descriptorsOf, medianSlope, type Reading, readPeer } from './soak/readings.ts';
import { SoakNetwork, SUPERNODES } from './soak/soak-network.ts';

/** Peers of the built program, users and strangers who do everything that there is to do, all the time: what memory, descriptors and logs come to. */

const FULL = {
  peers: 12,
  restarted: 2,
  largeFiles: 8,
  largeBytes: 10 * 2 ** 20,
  seed: 1,
  stayMs: 15_000,
  seconds: 1800,
  perSecond: 3,
  restartEvery: 240,
};
/** Too short to say anything of memory. Leaves go at the end, so that nobody has to wait for idle connections. */
const SHORT = {
  ...FULL,
  peers: 5,
  restarted: 1,
  largeFiles: 3,
  largeBytes: 3 * 2 ** 20,
  stayMs: 2000,
  seconds: 10,
  perSecond: 6,
  restartEvery: 6,
};
type Plan = typeof FULL & { readonly isShort: boolean };

/** By then caches are full, and the collector of V8 has found its pace. */
const WARM_SECONDS = 600;
const READ_EVERY_MS = 10_000;
const SLOPE_SECONDS = 600;
const MOST_SLOPE = 1;
const MOST_DESCRIPTORS = 5;
/** Connections are closed after 65 s of idleness, threads after 30 s. */
const REST_MS = 80_000;
const PATIENCE_MS = 60_000;

/** What was seen of the peers that lived all the time. */
type Seen = {
  readonly readings: ReadonlyMap<MortalPeer, readonly Reading[]>;
  readonly before: ReadonlyMap<MortalPeer, readonly string[]>;
  readonly after: ReadonlyMap<MortalPeer, readonly string[]>;
  readonly finished: number;
  readonly player: DeedPlayer;
  readonly troubles: readonly (LogLine & { readonly peer: string })[];
};

/** SOAK_SECONDS: for other lengths than half an hour. SOAK_SAMPLES: a file for every reading. */
export function run(isShort: boolean): Promise<BenchReport> {
  const chosen = isShort ? SHORT : FULL;
  const plan = { ...chosen, isShort, seconds: Number(process.env.SOAK_SECONDS ?? chosen.seconds) };
  return inFolder(async (folder) => {
    const network = await SoakNetwork.make(plan, folder);
    const killAll = () => Promise.all(network.peers.map((peer) => peer.kill()));
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void killAll().then(() => process.exit(1)));
    try {
      return report(plan, await soak(network, plan));
    } finally {
      await killAll();
    }
  });
}

async function soak(network: SoakNetwork, plan: Plan): Promise<Seen> {
  await startAll(network.supernodes);
  const counted = plan.isShort ? network.supernodes : network.measured;
  const early = plan.isShort ? descriptorsOfAll(counted) : undefined;
  await startAll(network.leaves);
  say('all have joined');
  if (!plan.isShort) await after(REST_MS);
  const before = early ?? descriptorsOfAll(counted);
  const finished = countFinished(network.measured);
  const player = new DeedPlayer(network);
  const readings = await traffic(network, player, plan);
  say('the traffic is over');
  await calm(network);
  if (plan.isShort) await Promise.all(network.leaves.map((leaf) => leaf.stop()));
  say('calm');
  const end = plan.isShort
    ? await untilClosed(counted, before)
    : await after(REST_MS).then(() => descriptorsOfAll(counted));
  say('rested');
  const troubles = network.peers.flatMap((peer) => troublesOf(peer.data).map((line) => ({ ...line, peer: peer.word })));
  const seen = { readings, before, after: end, finished: finished(), player, troubles };
  if (process.env.SOAK_SAMPLES) keep(process.env.SOAK_SAMPLES, seen);
  return seen;
}

/** Until each has its place, and its files are shared. */
async function startAll(peers: readonly MortalPeer[]): Promise<void> {
  for (const peer of peers) {
    await peer.start();
    await peer.client.command('share.add', { path: peer.shared });
  }
  for (const peer of peers) {
    await peer.joined();
    const endsMs = performance.now() + PATIENCE_MS;
    while (!(await isSettled(peer))) {
      if (performance.now() > endsMs) throw new Error(`${peer.word} does not share`);
      await after(100);
    }
  }
}

async function isSettled({ client }: MortalPeer): Promise<boolean> {
  const [{ files }, { state }] = await Promise.all([client.query('status', {}), client.query('library.progress', {})]);
  return files > 0 && state === 'idle';
}

async function traffic(network: SoakNetwork, player: DeedPlayer, plan: Plan): Promise<Seen['readings']> {
  const startMs = performance.now();
  const deeds = new Set<Promise<void>>();
  const readings = new Map<MortalPeer, Reading[]>(network.measured.map((peer) => [peer, []]));
  const reading = setInterval(() => void readAll(readings, (performance.now() - startMs) / 1000), READ_EVERY_MS);
  for (let second = 0; second < plan.seconds; second++) {
    for (let deed = 0; deed < plan.perSecond; deed++) {
      await after(Math.max(0, startMs + (second + deed / plan.perSecond) * 1000 - performance.now()));
      const played = player.playOne();
      deeds.add(played);
      void played.then(() => deeds.delete(played));
    }
    if (second % plan.restartEvery === plan.restartEvery - 1) void restart(network);
  }
  clearInterval(reading);
  await Promise.race([Promise.all(deeds), after(PATIENCE_MS, undefined, { ref: false })]);
  return readings;
}

async function readAll(readings: ReadonlyMap<MortalPeer, Reading[]>, at: number): Promise<void> {
  for (const [peer, own] of readings) own.push(await readPeer(peer, at));
  const all = [...readings.values()].map((own) => own.at(-1));
  say(`${at.toFixed()} s: ${all.map((one) => `${one?.residentMiB.toFixed()}/${one?.descriptors}`).join(' ')}`);
}

/** Without a word to anybody, or as a user ends it. */
async function restart(network: SoakNetwork): Promise<void> {
  const peer = network.oneOf(network.restarted);
  if (!peer.isRunning) return;
  await (network.random.int(2) === 0 ? peer.stop() : peer.kill());
  await peer.start();
}

/** What runs is ended, and what watches is taken away. */
async function calm({ peers }: SoakNetwork): Promise<void> {
  for (const peer of peers) {
    await tidy(peer, 0);
    for (const { id } of await peer.client.query('saved', {})) await peer.client.command('saved.remove', { id });
  }
}

function countFinished(peers: readonly MortalPeer[]): () => number {
  let finished = 0;
  for (const { client } of peers) client.on('download.done', () => finished++);
  return () => finished;
}

const descriptorsOfAll = (peers: readonly MortalPeer[]): Seen['before'] =>
  new Map(peers.map((peer) => [peer, descriptorsOf(peer.program.process.pid)]));

/** Files and connections; threads take more, and live on for a while. */
const isLasting = (name: string): boolean => name === 'socket' || name.startsWith('/');

async function untilClosed(peers: readonly MortalPeer[], before: Seen['before']): Promise<Seen['after']> {
  const lasting = (map: Seen['before'], peer: MortalPeer) => map.get(peer)?.filter(isLasting) ?? [];
  const endsMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = new Map(peers.map((peer) => [peer, descriptorsOf(peer.program.process.pid).filter(isLasting)]));
    const more = peers.map((peer) => lasting(now, peer).length - lasting(before, peer).length);
    if (Math.max(...more) <= 0 || performance.now() > endsMs) return now;
    await after(200);
  }
}

function keep(file: string, { readings, before, after: end, player, troubles }: Seen): void {
  const peers = [...readings].map(([peer, own]) => ({
    peer: peer.word,
    before: before.get(peer),
    after: end.get(peer),
    own,
  }));
  const played = { counts: Object.fromEntries(player.counts), refusals: Object.fromEntries(player.refusals) };
  writeFileSync(file, JSON.stringify({ peers, ...played, faults: player.faults, troubles }));
}

function report(plan: Plan, seen: Seen): BenchReport {
  const { readings, player } = seen;
  const unexplained = seen.troubles.filter((line) => !isExplained(line));
  for (const line of unexplained) say(JSON.stringify(line));
  for (const fault of player.faults) say(fault);
  say(JSON.stringify({ ...Object.fromEntries(player.counts), refused: Object.fromEntries(player.refusals) }));
  const slopes = [...readings.values()].map((own) => slopeOf(own, ({ residentMiB }) => residentMiB));
  const isCounted = plan.isShort ? isLasting : () => true;
  const more = [...seen.after].map(([peer, names]) => {
    const before = seen.before.get(peer) ?? [];
    return names.filter(isCounted).length - before.filter(isCounted).length;
  });
  const goals: Goal[] = [
    atMost('descriptors more or less', Math.max(...more.map(Math.abs)), MOST_DESCRIPTORS),
    atMost('lines of warnings and errors unexplained', unexplained.length, 0),
    atMost('answers that are faults of the program', player.faults.length, 0),
    atLeast('downloads finished, a minute', (seen.finished / plan.seconds) * 60, 1),
  ];
  if (slopes.every(Number.isFinite))
    goals.unshift(atMost('resident memory, worst slope, MiB in 10 min', Math.max(...slopes), MOST_SLOPE));
  return { bench: 'soak', results: { shoal: resultsOf(seen, slopes, more) }, goals };
}

function resultsOf(seen: Seen, slopes: readonly number[], more: readonly number[]): BenchReport['results'][string] {
  const all = [...seen.readings.values()];
  const one = (value: number) => summarize([value]);
  const ofKind = (values: readonly number[]) => [values.slice(0, SUPERNODES), values.slice(SUPERNODES)] as const;
  const memory: Record<string, ReturnType<typeof summarize>> = {};
  if (slopes.every(Number.isFinite)) {
    const [supernodes, leaves] = ofKind(slopes);
    memory['resident memory of a supernode, MiB in 10 min'] = summarize(supernodes);
    memory['resident memory of a leaf, MiB in 10 min'] = summarize(leaves);
    memory['heap of the main thread, MiB in 10 min'] = summarize(
      all.map((own) => slopeOf(own, ({ heapMiB }) => heapMiB)),
    );
    const ends = ofKind(all.map((own) => median(own.slice(-6).map(({ residentMiB }) => residentMiB))));
    memory['resident memory of a supernode at the end, MiB'] = summarize(ends[0]);
    memory['resident memory of a leaf at the end, MiB'] = summarize(ends[1]);
  }
  return {
    ...memory,
    'descriptors more than before': summarize(more),
    'downloads finished': one(seen.finished),
    deeds: one([...seen.player.counts.values()].reduce((sum, count) => sum + count, 0)),
    'lines of warnings explained': one(seen.troubles.filter(isExplained).length),
  };
}

/** In 10 min, from the moment on when all is warm; NaN for a shorter run. */
function slopeOf(readings: readonly Reading[], value: (reading: Reading) => number | undefined): number {
  const warm = Number(process.env.SOAK_WARM ?? WARM_SECONDS);
  const points = readings.flatMap((reading) => {
    const y = reading.at < warm ? undefined : value(reading);
    return y === undefined ? [] : [[reading.at / SLOPE_SECONDS, y] as const];
  });
  return medianSlope(points);
}

const say = (text: string): void => console.error(`${(performance.now() / 1000).toFixed(1)} ${text}`);
