import { writeFileSync } from 'node:fs';
import { setTimeout as after } from 'node:timers/promises';
import { inFolder } from '../bench/bench-folder.ts';
import type { BenchReport } from '../bench/support.ts';
import type { MortalPeer } from './mortal-peer.ts';
import { DeedPlayer } from './soak/deeds.ts';
import { tidy } from './soak/download-deeds.ts';
import { troublesOf } from './soak/log-lines.ts';
import { descriptorsOf, type Reading, readPeer } from './soak/readings.ts';
import { SoakNetwork } from './soak/soak-network.ts';
import { isLasting, MOST_LASTING, reportOf, type Seen } from './soak/soak-report.ts';

/** Peers of the built program, users and strangers who do everything that there is to do, all the time: what memory, descriptors and logs come to. */

const FULL = {
  peers: 12,
  restarted: 2,
  largeFiles: 8,
  largeBytes: 10 * 2 ** 20,
  seed: 1,
  stayMs: 15_000,
  seconds: 1800,
  perSecond: 6,
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
  perSecond: 10,
  restartEvery: 6,
};
type Plan = typeof FULL & { readonly isShort: boolean };

const READ_EVERY_MS = 10_000;
/** Connections are closed after 65 s of idleness, threads after 30 s; what peers find out once after they met is over by then too. */
const REST_MS = 150_000;
const PATIENCE_MS = 60_000;

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
      return reportOf(plan, await soak(network, plan));
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
  const begin = (deed: Promise<void>) => {
    deeds.add(deed);
    void deed.then(() => deeds.delete(deed));
  };
  const readings = new Map<MortalPeer, Reading[]>(network.measured.map((peer) => [peer, []]));
  const reading = setInterval(() => void readAll(readings, (performance.now() - startMs) / 1000), READ_EVERY_MS);
  for (let second = 0; second < plan.seconds; second++) {
    for (let deed = 0; deed < plan.perSecond; deed++) {
      await after(Math.max(0, startMs + (second + deed / plan.perSecond) * 1000 - performance.now()));
      begin(player.playOne());
    }
    if (second % plan.restartEvery === plan.restartEvery - 1) begin(restart(network));
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

async function untilClosed(peers: readonly MortalPeer[], before: Seen['before']): Promise<Seen['after']> {
  const lasting = (map: Seen['before'], peer: MortalPeer) => map.get(peer)?.filter(isLasting) ?? [];
  const endsMs = performance.now() + PATIENCE_MS;
  for (;;) {
    const now = new Map(peers.map((peer) => [peer, descriptorsOf(peer.program.process.pid).filter(isLasting)]));
    const more = peers.map((peer) => lasting(now, peer).length - lasting(before, peer).length);
    if (Math.max(...more) <= MOST_LASTING || performance.now() > endsMs) return now;
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

const say = (text: string): void => console.error(text);
