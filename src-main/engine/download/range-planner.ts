import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { Random } from '../ports/random.ts';
import { setLast } from '../set-last.ts';
import { pickFree } from './free-chunks.ts';
import type { Assignment, PlannedSource, PlannerLimits, Run, WaitingRun } from './planner-types.ts';
import { MIN_RACE_RATIO, secondsFor } from './run-rules.ts';
import { findTail } from './take-over.ts';
import { runsInTheWay } from './wanted-first.ts';

/** A run may grow by this factor over the source's last one: a first good second proves little (protocol section 9). */
const GROWTH = 4;
/** Part of its fair share that a source gets at once: the rest is shared out again later, by the speeds measured then. */
const SHARE_AT_ONCE = 0.5;
/** A chunk is asked from at most this many sources at once (protocol section 9: "the last chunks may be asked from two"). */
const MAX_CLAIMS = 2;
/**
 * Chunks of one run from a source that has not all: it swaps little by little with many (upload's SWAP_BYTES), and what it has changes
 * while it sends.
 */
const PARTIAL_RUN = 4;
/** While somebody waits for chunks in order a run lasts no longer than this: what comes next must not lie at the end of a long one. */
const WANTED_RUN_MS = 2000;
/** Sources whose last run is remembered: more than are tried at once. One that is forgotten begins with a chunk again. */
const MAX_HISTORY = 1000;

type History = { lastLength: number; lastEnd: number };

/**
 * Decides which source fetches which chunks of one file (protocol section 9). Pure state: no clock, no network. A chunk is free,
 * claimed by one run (by two at the very end), or done.
 */
export class RangePlanner {
  readonly chunkCount: number;
  readonly #done: Uint8Array;
  readonly #doneMap: ChunkMap;
  readonly #claims: Uint8Array;
  readonly #runs = new Set<Run>();
  readonly #history = new Map<string, History>();
  readonly #random: Random;
  readonly #limits: () => PlannerLimits;
  #doneCount = 0;
  #freeCount: number;
  #wantedFrom: number | undefined;
  /** All sources at work, also those that are asked for nothing just now: rarity is counted over them. */
  #known: () => Iterable<PlannedSource> = () => [];

  constructor(chunkCount: number, random: Random, limits: () => PlannerLimits) {
    this.chunkCount = chunkCount;
    this.#random = random;
    this.#limits = limits;
    this.#done = new Uint8Array(chunkCount);
    this.#doneMap = new ChunkMap(chunkCount);
    this.#claims = new Uint8Array(chunkCount);
    this.#freeCount = chunkCount;
  }

  get doneCount(): number {
    return this.#doneCount;
  }

  get complete(): boolean {
    return this.#doneCount === this.chunkCount;
  }

  /** Chunks that are here; the same map all the time, for reading. */
  done(): ChunkMap {
    return this.#doneMap;
  }

  /** Whether a source has a chunk that is not here yet. */
  hasUse({ chunks }: PlannedSource): boolean {
    if (!chunks) return !this.complete;
    if (chunks instanceof ChunkMap) return chunks.holdsBeyond(this.#doneMap);
    for (let chunk = 0; chunk < this.chunkCount; chunk++) if (!this.isDone(chunk) && chunks.has(chunk)) return true;
    return false;
  }

  /** Whom to count over for rarity, from now on. */
  countOver(sources: () => Iterable<PlannedSource>): void {
    this.#known = sources;
  }

  /** Whether chunks are fetched in order, for somebody waits. */
  get isInOrder(): boolean {
    return this.#wantedFrom !== undefined;
  }

  /** So little is free that each chunk that arrives may change who should fetch what is left. */
  get isEndgame(): boolean {
    return this.#freeCount <= this.#runs.size;
  }

  /** What is asked of sources now: of each run the chunks from `next` on are still to come. */
  get runs(): readonly Run[] {
    return [...this.#runs];
  }

  isDone(chunk: number): boolean {
    return this.#done[chunk] === 1;
  }

  /** Chunks of `run` from its next one on that nobody has finished yet. */
  remaining(run: Run): number {
    let count = 0;
    for (let chunk = run.next; chunk < run.to; chunk++) if (!this.isDone(chunk)) count++;
    return count;
  }

  markDone(chunk: number): void {
    if (this.isDone(chunk)) return;
    if (this.#claims[chunk] === 0) this.#freeCount--;
    this.#done[chunk] = 1;
    this.#doneMap.add(chunk);
    this.#doneCount++;
  }

  /**
   * Somebody waits for this chunk and then for those behind it: they are fetched in order from there, and runs that are in the way become
   * shorter. undefined: the order is free again.
   */
  wantFrom(chunk: number | undefined): void {
    if (chunk === this.#wantedFrom) return;
    this.#wantedFrom = chunk;
    if (chunk === undefined || this.isDone(chunk)) return;
    for (const run of runsInTheWay(chunk, this.#line())) this.#shorten(run, run.next + 1);
  }

  /** The next work for `source`, or undefined when there is none that it could do sooner than those who have it. */
  next(source: PlannedSource): Assignment | undefined {
    return this.#takeFree(source) ?? this.#takeTail(source) ?? this.#duplicate(source);
  }

  /**
   * For a source that can only send the file from its beginning: as much of that as nobody else has or fetches; `isAlone`, for nobody else
   * can send the rest: all up to the last chunk that is missing.
   */
  fromStart(source: PlannedSource, isAlone: boolean): Assignment | undefined {
    if (!this.mayBegin(isAlone)) return undefined;
    const passesOver = isAlone && this.#runs.size === 0;
    let to = 0;
    for (let chunk = 0; chunk < this.chunkCount && (passesOver || this.#isFree(chunk)); chunk++) {
      if (this.#isFree(chunk)) to = chunk + 1;
    }
    return this.#assign(source, 0, to, []);
  }

  /** Whether there is anything for such a source. */
  mayBegin(isAlone: boolean): boolean {
    return this.#isFree(0) || (isAlone && this.#runs.size === 0 && this.#freeCount > 0);
  }

  /** A chunk of the run has arrived and left the connection; it counts as claimed until markDone or dropChunk. */
  advance(run: Run): void {
    run.next++;
    if (run.source.sendsWhole) this.#takeBack(run);
  }

  /** A chunk that arrived was bad or was lost: it is free again. */
  dropChunk(chunk: number): void {
    this.#unclaim(chunk);
  }

  /** A chunk that arrived is verified and written. */
  settleChunk(chunk: number): void {
    this.markDone(chunk);
    this.#unclaim(chunk);
  }

  /** The run is over: what it did not deliver is free again. */
  release(run: Run): void {
    if (!this.#runs.delete(run)) return;
    for (let chunk = run.next; chunk < run.to; chunk++) this.#unclaim(chunk);
  }

  #takeFree(source: PlannedSource): Assignment | undefined {
    if (this.#freeCount === 0) return undefined;
    const history = this.#history.get(source.id);
    const want = this.#length(source, history);
    if (want === 0) return undefined;
    const others = new Set([...this.#known(), ...[...this.#runs].map((run) => run.source)]);
    others.delete(source);
    const found = pickFree({
      chunkCount: this.chunkCount,
      isFree: (chunk) => this.#isFree(chunk),
      source,
      others: [...others],
      want,
      continueAt: history?.lastEnd,
      wantedFrom: this.#wantedFrom,
      random: this.#random,
    });
    return found && this.#assign(source, found.from, found.to, []);
  }

  #takeTail(source: PlannedSource): Assignment | undefined {
    const tail = findTail(source, this.#line(), (chunk) => this.isDone(chunk));
    if (!tail) return undefined;
    const { victim, to } = tail;
    const from = Math.max(tail.from, to - Math.floor((source.runMaxBytes ?? Infinity) / CHUNK_BYTES));
    this.#shorten(victim, from);
    return this.#assign(source, from, to, [victim]);
  }

  /** Nothing is free and no tail is worth cutting: race for the chunk that would come last, if it can be won. */
  #duplicate(source: PlannedSource): Assignment | undefined {
    if (source.rateBps <= 0) return undefined;
    const ownSeconds = secondsAfter(source, this.#pending().get(source) ?? 0);
    let best: { chunk: number; seconds: number } | undefined;
    for (const { run, ahead } of this.#line()) {
      const chunk = run.source === source ? undefined : this.#lastOpenChunk(run, source);
      if (chunk === undefined) continue;
      // On average half of the chunk that comes now is here already.
      const seconds = secondsFor((ahead + chunk - run.next + 0.5) * CHUNK_BYTES, run.source.rateBps);
      if (seconds > MIN_RACE_RATIO * ownSeconds && (!best || seconds > best.seconds)) best = { chunk, seconds };
    }
    return best && this.#assign(source, best.chunk, best.chunk + 1, []);
  }

  /** Every run with the chunks that its source has to send before it. */
  #line(): WaitingRun[] {
    const sent = new Map<string, number>();
    return [...this.#runs].map((run) => {
      const ahead = sent.get(run.source.id) ?? 0;
      sent.set(run.source.id, ahead + run.to - run.next);
      return { run, ahead };
    });
  }

  #lastOpenChunk(run: Run, source: PlannedSource): number | undefined {
    for (let chunk = run.to - 1; chunk >= run.next; chunk--) {
      if (this.isDone(chunk)) continue;
      const open = (this.#claims[chunk] ?? 0) < MAX_CLAIMS && (source.chunks?.has(chunk) ?? true);
      return open ? chunk : undefined;
    }
    return undefined;
  }

  /**
   * Chunks to ask of this source next, of those that are free: first one, then about runMs of the measured speed, and never more than half
   * of what it can fetch until all sources end together (factoring, Hummel 1992). 0: another, which has the whole file, will have fetched it sooner.
   */
  #length(source: PlannedSource, history: History | undefined): number {
    if (!history || source.rateBps <= 0) return 1;
    const { runMs, runMaxBytes } = this.#limits();
    const ms = this.#wantedFrom === undefined ? runMs : Math.min(runMs, WANTED_RUN_MS);
    const timed = Math.floor((source.rateBps * ms) / 1000 / CHUNK_BYTES);
    const pending = this.#pending();
    const own = pending.get(source) ?? 0;
    pending.set(source, own);
    let chunks = this.#freeCount;
    let rates = 0;
    for (const [other, count] of pending) {
      chunks += count;
      rates += other.rateBps;
    }
    const share = Math.floor(((chunks * source.rateBps) / rates - own) * SHARE_AT_ONCE);
    const allowed = Math.floor(Math.min(runMaxBytes, source.runMaxBytes ?? runMaxBytes) / CHUNK_BYTES);
    const limit = source.chunks ? PARTIAL_RUN : allowed;
    const most = Math.min(timed, history.lastLength * GROWTH, limit, share);
    if (most >= 1) return most;
    const seconds = secondsAfter(source, own);
    const isFirst = [...pending].every(([other, count]) => other.chunks || seconds <= secondsAfter(other, count));
    return isFirst ? 1 : 0;
  }

  /** Chunks asked of each source and still to come. */
  #pending(): Map<PlannedSource, number> {
    const pending = new Map<PlannedSource, number>();
    for (const { source, to, next } of this.#runs) pending.set(source, (pending.get(source) ?? 0) + to - next);
    return pending;
  }

  #assign(source: PlannedSource, from: number, to: number, cut: readonly Run[]): Assignment {
    const run: Run = { source, from, asked: to, to, next: from };
    for (let chunk = from; chunk < to; chunk++) this.#claim(chunk);
    this.#runs.add(run);
    setLast(this.#history, [source.id, { lastLength: to - from, lastEnd: to }], MAX_HISTORY);
    return { run, cut, last: this.#freeCount === 0 && this.#isAlone(source) };
  }

  /** What lies behind is free again; its owner stops reading there. */
  #shorten(run: Run, to: number): void {
    for (let chunk = to; chunk < run.to; chunk++) this.#unclaim(chunk);
    run.to = to;
  }

  /** What others took over of the run and gave back: a new one would begin at the beginning again. */
  #takeBack(run: Run): void {
    for (let chunk = run.to; chunk < run.asked && (this.#isFree(chunk) || this.isDone(chunk)); chunk++) {
      if (this.isDone(chunk)) continue;
      while (run.to <= chunk) this.#claim(run.to++);
    }
  }

  #isFree(chunk: number): boolean {
    return this.#claims[chunk] === 0 && !this.isDone(chunk);
  }

  #isAlone(source: PlannedSource): boolean {
    for (const run of this.#runs) if (run.source !== source && run.next < run.to) return false;
    return true;
  }

  #claim(chunk: number): void {
    const claims = this.#claims[chunk] ?? 0;
    if (claims === 0 && !this.isDone(chunk)) this.#freeCount--;
    this.#claims[chunk] = claims + 1;
  }

  #unclaim(chunk: number): void {
    const claims = this.#claims[chunk] ?? 0;
    if (claims === 0) return;
    this.#claims[chunk] = claims - 1;
    if (claims === 1 && !this.isDone(chunk)) this.#freeCount++;
  }
}

/** Until `source` has sent the chunks it owes and one more. */
const secondsAfter = (source: PlannedSource, owed: number): number =>
  secondsFor((owed + 1) * CHUNK_BYTES, source.rateBps);
