import type { Random } from '../ports/random.ts';
import type { PlannedSource } from './planner-types.ts';

export type FreeSearch = {
  readonly chunkCount: number;
  readonly isFree: (chunk: number) => boolean;
  readonly source: PlannedSource;
  /** The other sources at work: rarity is counted over them. */
  readonly others: readonly PlannedSource[];
  /** Chunks wanted, at least 1. */
  readonly want: number;
  /** Where this source's last run ended: going on there keeps its reads and our writes sequential. */
  readonly continueAt: number | undefined;
  /** Somebody waits for this chunk and those behind it. */
  readonly wantedFrom: number | undefined;
  readonly random: Random;
};

/** Of a very large file the rarest is looked for among so many chunks, from a random one on: it is asked for with each few MiB. */
const MOST_LOOKED = 2048;

type Span = { readonly from: number; readonly to: number };

/**
 * Free chunks for a source: in order from where somebody waits; else rarest first when some source is partial; else straight on from its
 * last run; else in the largest gap, at its middle while it is large, so that sources do not meet. The first chunk of all is random.
 */
export function pickFree(search: FreeSearch): Span | undefined {
  const usable = (chunk: number): boolean => search.isFree(chunk) && (search.source.chunks?.has(chunk) ?? true);
  for (let chunk = search.wantedFrom ?? search.chunkCount; chunk < search.chunkCount; chunk++) {
    if (usable(chunk)) return extend(search, usable, chunk);
  }
  const partial = search.others.filter((source) => source.chunks !== undefined);
  const isSwarm = partial.length > 0 || search.source.chunks !== undefined;
  const at = search.continueAt;
  if (!isSwarm && at !== undefined && at < search.chunkCount && usable(at)) return extend(search, usable, at);
  const from = isSwarm ? rarest(search, usable, partial) : inLargestGap(search, usable);
  return from === undefined ? undefined : extend(search, usable, from);
}

function extend(search: FreeSearch, usable: (chunk: number) => boolean, from: number): Span {
  let to = from + 1;
  while (to < search.chunkCount && to - from < search.want && usable(to)) to++;
  return { from, to };
}

function rarest(
  search: FreeSearch,
  usable: (chunk: number) => boolean,
  partial: readonly PlannedSource[],
): number | undefined {
  let best: { chunk: number; holders: number; ties: number } | undefined;
  let looked = 0;
  const from = search.chunkCount > MOST_LOOKED ? search.random.int(search.chunkCount) : 0;
  for (let step = 0; step < search.chunkCount && looked < MOST_LOOKED; step++) {
    const chunk = (from + step) % search.chunkCount;
    if (!usable(chunk)) continue;
    looked++;
    const holders = partial.filter((source) => source.chunks?.has(chunk)).length;
    if (!best || holders < best.holders) best = { chunk, holders, ties: 1 };
    else if (holders === best.holders) {
      // Reservoir of one: each tie is equally likely to be kept.
      best.ties++;
      if (search.random.int(best.ties) === 0) best.chunk = chunk;
    }
  }
  return best?.chunk;
}

function inLargestGap(search: FreeSearch, usable: (chunk: number) => boolean): number | undefined {
  const gap = largestGap(search.chunkCount, usable);
  if (!gap) return undefined;
  const length = gap.to - gap.from;
  if (length === search.chunkCount) return search.random.int(length);
  // Both halves should hold at least two runs of this length, or the middle only makes fragments.
  return length >= 4 * search.want ? gap.from + Math.floor(length / 2) : gap.from;
}

function largestGap(chunkCount: number, usable: (chunk: number) => boolean): Span | undefined {
  let best: Span | undefined;
  let from = -1;
  for (let chunk = 0; chunk <= chunkCount; chunk++) {
    const free = chunk < chunkCount && usable(chunk);
    if (free && from < 0) from = chunk;
    if (free || from < 0) continue;
    if (!best || chunk - from > best.to - best.from) best = { from, to: chunk };
    from = -1;
  }
  return best;
}
