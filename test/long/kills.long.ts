import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { inFolder } from '../bench/bench-folder.ts';
import { atLeast, type BenchReport, summarize } from '../bench/support.ts';
import { MortalPeer } from './mortal-peer.ts';
import { type Try, trySearch } from './search-tries.ts';

/** Of 30 peers that elect their supernodes one supernode is killed every 10 s, and started again 10 s later; who runs is searched for. */

/** What is needed of a supernode is set down to what peers of a few seconds can have, and how many are needed up; all else is as users have it. */
const THRESHOLDS: Readonly<Record<string, number>> = {
  'supernode.children': 4,
  'overlay.merge-children': 4,
  'election.uptime': 5000,
  'election.average-uptime': 2000,
  'election.look': 1000,
  'election.check': 5000,
  'election.rest-min': 10_000,
  'election.step-down-wait': 5000,
  // 30 peers share the processors of one machine.
  'election.processor': 100,
};
const FULL = { peers: 30, seconds: 180, supernodes: 5, goal: 0.99 };
/** Each kill takes half of the supernodes, and each search counts for a twentieth: this shows that it works, not how well. */
const SHORT = { peers: 9, seconds: 22, supernodes: 2, goal: 0.85 };
const KILL_EVERY_MS = 10_000;
const DOWN_MS = 10_000;
const SEARCH_EVERY_MS = 1000;
const PATIENCE_MS = 10_000;
const SETTLE_MS = 120_000;
/** Peers set up at once. */
const LANES = 2;
/** Below those that systems give to whoever asks for any: a port stays free while its peer is down. */
const FIRST_PORT = 21_000 + (process.pid % 100) * 100;
/** The first peers' addresses are what everybody starts from; nothing else is said of them. */
const KNOWN = 3;

type Plan = typeof FULL;

export function run(isShort: boolean): Promise<BenchReport> {
  const plan = isShort ? SHORT : FULL;
  return inFolder(async (folder) => {
    const peers: MortalPeer[] = [];
    const killAll = () => Promise.all(peers.map((peer) => peer.kill()));
    for (const signal of ['SIGINT', 'SIGTERM'] as const)
      process.once(signal, () => void killAll().then(() => process.exit(1)));
    try {
      await startAll(peers, folder, plan);
      await untilElected(peers, plan);
      return await play(peers, plan);
    } finally {
      await killAll();
    }
  });
}

async function startAll(peers: MortalPeer[], folder: string, plan: Plan): Promise<void> {
  const known = Array.from({ length: KNOWN }, (_, at) => ['--bootstrap', `127.0.0.1:${FIRST_PORT + at}`]).flat();
  for (let at = 0; at < plan.peers; at++) {
    const options = { folder: join(folder, `peer ${at}`), port: FIRST_PORT + at, words: known };
    peers.push(await MortalPeer.make(`diver${String(at).padStart(2, '0')}x`, options));
  }
  const waiting = [...peers];
  const lane = async () => {
    for (let peer = waiting.shift(); peer; peer = waiting.shift()) {
      await peer.start();
      for (const [key, value] of Object.entries(THRESHOLDS)) await peer.shoal('settings', key, String(value));
      await peer.share();
      say(`${peer.word} is set up`);
    }
  };
  await Promise.all(Array.from({ length: LANES }, lane));
}

/** Until there are as many supernodes as so many peers need at least, and everybody else has a parent. */
async function untilElected(peers: readonly MortalPeer[], plan: Plan): Promise<void> {
  const endsMs = performance.now() + SETTLE_MS;
  for (;;) {
    const networks = await Promise.all(peers.map((peer) => peer.network()));
    const supernodes = networks.filter(({ role }) => role === 'supernode');
    const elected = supernodes.filter(({ why }) => why === 'invited');
    const isWhole = networks.every(({ role, parent }) => role === 'supernode' || parent);
    say(
      `${supernodes.length} supernodes, ${elected.length} of them invited, ${isWhole ? 'all' : 'not all'} have a parent`,
    );
    if (isWhole && supernodes.length >= plan.supernodes && elected.length > 0) return;
    if (performance.now() > endsMs) throw new Error('no supernodes were elected');
    await after(1000);
  }
}

async function play(peers: readonly MortalPeer[], plan: Plan): Promise<BenchReport> {
  const startMs = performance.now();
  const atMs = () => Math.round(performance.now() - startMs);
  const tries: Promise<Try>[] = [];
  const revivals: Promise<number>[] = [];
  const counts: number[] = [];
  const risesBefore = sum(peers.map(({ rises }) => rises));
  for (let second = 0; second < plan.seconds; second++) {
    await after(Math.max(0, startMs + second * SEARCH_EVERY_MS - performance.now()));
    if (second > 0 && (second * SEARCH_EVERY_MS) % KILL_EVERY_MS === 0) revivals.push(killOne(peers, atMs()));
    counts.push(peers.filter(({ isRunning, isSupernode }) => isRunning && isSupernode).length);
    tries.push(searchOnce(peers, atMs));
  }
  const all = await Promise.all(tries);
  const joinedMs = (await Promise.all(revivals)).filter(Number.isFinite);
  return report(all, {
    goal: plan.goal,
    counts,
    joinedMs,
    kills: revivals.length,
    rises: sum(peers.map(({ rises }) => rises)) - risesBefore,
  });
}

/** At a random moment of its second: kills come on the full one, and a search at that very moment says nothing of the others. */
async function searchOnce(peers: readonly MortalPeer[], now: () => number): Promise<Try> {
  await after(Math.random() * SEARCH_EVERY_MS);
  const [by, of] = twoOf(peers.filter(({ isRunning }) => isRunning));
  const atMs = now();
  const made = { ...(await trySearch(by, of, PATIENCE_MS)), atMs };
  if (made.outcome !== 'found') say(`${made.atMs} ms: ${made.by} for ${made.of} ${made.outcome}: ${made.why ?? ''}`);
  return made;
}

/** A supernode dies, and comes back; gives how long it then looked for a parent, ms. */
async function killOne(peers: readonly MortalPeer[], atMs: number): Promise<number> {
  const victim = oneOf(peers.filter(({ isRunning, isSupernode }) => isRunning && isSupernode));
  say(`${atMs} ms: ${victim.word} is killed`);
  await victim.kill();
  await after(DOWN_MS);
  await victim.start();
  await victim.joined();
  return victim.upMs;
}

type Run = {
  readonly goal: number;
  readonly counts: readonly number[];
  readonly joinedMs: readonly number[];
  readonly kills: number;
  readonly rises: number;
};

function report(all: readonly Try[], { goal, counts, joinedMs, kills, rises }: Run): BenchReport {
  const counted = all.filter(({ outcome }) => outcome !== 'void');
  const found = counted.filter(({ outcome }) => outcome === 'found');
  const share = found.length / counted.length;
  const slowest = found.map(({ tookMs }) => tookMs);
  const one = (value: number) => summarize([value]);
  const shoal = {
    'found share': one(share),
    'until found, ms': summarize(slowest),
    searches: one(counted.length),
    'searches cut short by a kill': one(all.length - counted.length),
    kills: one(kills),
    'until a restarted one is in its place, ms': summarize(joinedMs),
    'became supernode': one(rises),
    supernodes: summarize(counts),
  };
  return { bench: 'kills', results: { shoal }, goals: [atLeast('found share', share, goal)] };
}

const say = (text: string): void => console.error(text);
const sum = (values: readonly number[]): number => values.reduce((total, value) => total + value, 0);

function oneOf<T>(values: readonly T[]): T {
  const chosen = values[Math.floor(Math.random() * values.length)];
  if (chosen === undefined) throw new Error('nothing to choose from');
  return chosen;
}

function twoOf<T>(values: readonly T[]): readonly [T, T] {
  const first = oneOf(values);
  return [first, oneOf(values.filter((value) => value !== first))];
}
