import { atLeast, atMost, type BenchReport, type Goal, median, summarize } from '../../bench/support.ts';
import type { MortalPeer } from '../mortal-peer.ts';
import type { DeedPlayer } from './deeds.ts';
import { isExplained, type LogLine } from './log-lines.ts';
import { medianSlope, type Reading } from './readings.ts';
import { SUPERNODES } from './soak-network.ts';

/** What was seen of the peers that lived all the time. */
export type Seen = {
  readonly readings: ReadonlyMap<MortalPeer, readonly Reading[]>;
  readonly before: ReadonlyMap<MortalPeer, readonly string[]>;
  readonly after: ReadonlyMap<MortalPeer, readonly string[]>;
  readonly finished: number;
  readonly player: DeedPlayer;
  readonly troubles: readonly (LogLine & { readonly peer: string })[];
};

/** By then caches are full, and the collector of V8 has found its pace. */
const WARM_SECONDS = 600;
const SLOPE_SECONDS = 600;
const MOST_SLOPE = 1;
const MOST_DESCRIPTORS = 5;
/** In the short form: connections that two supernodes keep to each other. */
export const MOST_LASTING = 2;
/** Readings at the end whose middle counts: a minute. */
const LAST = 6;

type Played = { readonly isShort: boolean; readonly seconds: number };

/** Files and connections; threads take more, and live on for a while. */
export const isLasting = (name: string): boolean => name === 'socket' || name.startsWith('/');

export function reportOf(plan: Played, seen: Seen): BenchReport {
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
    atMost('descriptors more or less', Math.max(...more.map(Math.abs)), plan.isShort ? MOST_LASTING : MOST_DESCRIPTORS),
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
    memory['of it anonymous, MiB in 10 min'] = summarize(
      all.map((own) => slopeOf(own, ({ anonymousMiB }) => anonymousMiB)),
    );
    memory['heap of the main thread, MiB in 10 min'] = summarize(
      all.map((own) => slopeOf(own, ({ heapMiB }) => heapMiB)),
    );
    const ends = ofKind(all.map((own) => median(own.slice(-LAST).map(({ residentMiB }) => residentMiB))));
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

/**
 * In 10 min, from the moment on when all is warm; NaN for a shorter run. Between readings with as many threads: those for hashing,
 * describing and loading come with their work and end 30 s after it, and each has some 10 MiB.
 */
function slopeOf(readings: readonly Reading[], value: (reading: Reading) => number | undefined): number {
  const warm = Number(process.env.SOAK_WARM ?? WARM_SECONDS);
  const points = readings.flatMap((reading) => {
    const y = reading.at < warm ? undefined : value(reading);
    return y === undefined ? [] : [{ x: reading.at / SLOPE_SECONDS, y, kind: reading.threads }];
  });
  return medianSlope(points);
}

const say = (text: string): void => console.error(text);
