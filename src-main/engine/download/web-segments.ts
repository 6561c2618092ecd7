import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import type { Pieces } from '../content/file-check.ts';
import type { StoredSegments } from '../store/file-check-store.ts';
import { WEB_RANGE_BYTES } from '../wire/limits.ts';
import { isNear, MIN_RACE_RATIO, MIN_TAIL_SECONDS, secondsFor, shareOf } from './run-rules.ts';
import type { Source } from './source.ts';

/** Longer pieces are not waited for: they are checked at the end. */
const MAX_PIECE_BYTES = 16 * 2 ** 20;
/** Versions that did not tell took as many pieces as fit into this. */
const OLD_SEGMENT_BYTES = 4 * 2 ** 20;
/** Of what is left a run has half its fair share, so that others have theirs, but at least this. */
const LEAST_RUN_BYTES = 4 * 2 ** 20;
/** While somebody waits for what comes next, all mirrors work on that. */
const WANTED_RUN_BYTES = 8 * 2 ** 20;

/**
 * Segments `next` to `to` (exclusive) of a run are still to come; `asked` is where its request ends. `loser`: whose last segment it
 * was, and who must send no more of it; its run `isLost`.
 */
export type WebRun = {
  readonly source: Source;
  readonly from: number;
  readonly asked: number;
  readonly isWhole: boolean;
  readonly loser: Source | undefined;
  isLost: boolean;
  next: number;
  to: number;
};
type Span = { readonly start: number; readonly end: number };
/** Whether there is anybody else who sends any part of the file, or may, once it has answered. */
export type Others = 'connected' | 'connecting' | 'none';
type Taker = {
  readonly source: Source;
  readonly hasRanges: boolean;
  readonly others: Others;
  readonly workers: number;
  /** How long one run is to take. */
  readonly runMs: number;
};

/** The pieces that a file is checked by while it comes: none of those that are too long. */
export const usablePieces = (pieces: Pieces | undefined): Pieces | undefined =>
  pieces && pieces.bytes <= MAX_PIECE_BYTES ? pieces : undefined;

const wholePieces = (pieces: Pieces | undefined, bytes: number): number =>
  pieces ? pieces.bytes * Math.max(1, Math.floor(bytes / pieces.bytes)) : bytes;

/** A file without a chunk layer, cut into what is asked for, checked and written together: a chunk, of pieces as many as fit into one, at least one. */
export class WebSegments {
  readonly #size: number;
  readonly #pieces: Pieces | undefined;
  /** Of each but the last, which may be short. */
  readonly bytes: number;
  readonly #fetched: ChunkMap;
  readonly #taken: ChunkMap;
  readonly #runs = new Set<WebRun>();
  #wantedFrom: number | undefined;

  constructor(size: number, pieces: Pieces | undefined) {
    this.#size = size;
    this.#pieces = pieces;
    this.bytes = wholePieces(pieces, CHUNK_BYTES);
    const count = Math.ceil(size / this.bytes);
    this.#fetched = new ChunkMap(count);
    this.#taken = new ChunkMap(count);
  }

  get isFull(): boolean {
    return this.#fetched.isFull;
  }

  /** Whether there is something to be asked of a source. */
  hasWork(source: Source, others: Others): boolean {
    if (source.sendsWhole) return this.#mayBegin(others);
    return !this.#taken.isFull || this.#toShare(source) !== undefined;
  }

  has(start: number): boolean {
    return this.#fetched.has(start / this.bytes);
  }

  /** Bytes from the beginning on without a gap. */
  get prefixBytes(): number {
    const missing = this.#fetched.nextMissing();
    return missing === undefined ? this.#size : missing * this.bytes;
  }

  span(segment: number): Span {
    const start = segment * this.bytes;
    return { start, end: Math.min(start + this.bytes, this.#size) };
  }

  /** Where the bytes of a run end by now. */
  endOf({ to }: WebRun): number {
    return this.span(to - 1).end;
  }

  /** Takes what was kept of a part of `length` bytes; gives the bytes. */
  restore({ fetched, segmentBytes }: StoredSegments, length: number): number {
    const old = segmentBytes ?? wholePieces(this.#pieces, OLD_SEGMENT_BYTES);
    const kept = ChunkMap.fromBytes(fetched, Math.ceil(this.#size / old));
    let bytes = 0;
    for (let segment = 0; kept && segment < this.#fetched.length; segment++) {
      const { start, end } = this.span(segment);
      if (end > length || !holds(kept, old, { start, end })) continue;
      this.#fetched.add(segment);
      this.#taken.add(segment);
      bytes += end - start;
    }
    return bytes;
  }

  keep(): StoredSegments {
    return { fetched: this.#fetched.toBytes(), segmentBytes: this.bytes };
  }

  /** The next work for a source: from where somebody waits, else from the beginning; when all is asked for, a part of what another is slow with. */
  take(taker: Taker): WebRun | undefined {
    const { source, hasRanges, others } = taker;
    if (!hasRanges) return this.#mayBegin(others) ? this.#takeBeginning(taker) : undefined;
    const wanted = this.#wantedFrom !== undefined ? this.#taken.nextMissing(this.#wantedFrom) : undefined;
    const from = wanted ?? this.#taken.nextMissing();
    if (from === undefined) return this.#takeOver(source);
    const most = this.#mostOf(taker);
    let to = from;
    while (to < this.#taken.length && to - from < most && !this.#taken.has(to)) this.#taken.add(to++);
    return this.#begin(source, { from, to, isWhole: false });
  }

  /** A segment of the run has arrived. */
  advance(run: WebRun): void {
    run.next++;
    if (!run.isWhole) return;
    // What others took over and gave back: a new run would begin at the beginning again.
    for (let at = run.to; at < run.asked && (this.#fetched.has(at) || !this.#taken.has(at)); at++) {
      if (this.#taken.add(at)) run.to = at + 1;
    }
  }

  /** A run is over: what of it is not here is free again. */
  give(run: WebRun): void {
    this.#runs.delete(run);
    for (let segment = run.from; segment < run.to; segment++) this.#free(segment);
  }

  /** A segment was checked and written; false when it had been before. */
  add(start: number): boolean {
    return this.#fetched.add(start / this.bytes);
  }

  clear(): void {
    for (let segment = 0; segment < this.#fetched.length; segment++) {
      this.#fetched.remove(segment);
      this.#taken.remove(segment);
    }
  }

  /** Whether all of a chunk is here. */
  isDone(chunk: number): boolean {
    const start = chunk * CHUNK_BYTES;
    return holds(this.#fetched, this.bytes, { start, end: Math.min(start + CHUNK_BYTES, this.#size) });
  }

  /** The chunks that are here. */
  chunks(): ChunkMap {
    const chunks = new ChunkMap(chunkCount(this.#size));
    for (let chunk = 0; chunk < chunks.length; chunk++) if (this.isDone(chunk)) chunks.add(chunk);
    return chunks;
  }

  /** Somebody waits for this chunk and then for those behind it: they come in order from there, and a run that is in the way becomes shorter. */
  wantFrom(chunk: number | undefined): void {
    const from = chunk === undefined ? undefined : Math.floor((chunk * CHUNK_BYTES) / this.bytes);
    if (from === this.#wantedFrom) return;
    this.#wantedFrom = from;
    const missing = from === undefined ? undefined : this.#fetched.nextMissing(from);
    if (missing === undefined) return;
    const runs = [...this.#runs].filter(({ isWhole }) => !isWhole);
    const holder = runs.find((run) => run.from <= missing && missing < run.to);
    if (holder && isNear(missing - holder.next, this.bytes, holder.source.rateBps)) return;
    const [fastest] = runs.sort((a, b) => b.source.rateBps - a.source.rateBps);
    const run = holder ?? fastest;
    if (run) this.#shorten(run, run.next + 1);
  }

  #begin(source: Source, run: Pick<WebRun, 'from' | 'to' | 'isWhole'> & Partial<Pick<WebRun, 'loser'>>): WebRun {
    const begun = { loser: undefined, isLost: false, ...run, source, next: run.from, asked: run.to };
    this.#runs.add(begun);
    return begun;
  }

  /** Whether one that can only begin at the beginning is of use: what is here it sends once more when nobody else can send the rest. */
  #mayBegin(others: Others): boolean {
    const missing = this.#taken.nextMissing();
    return missing === 0 || (missing !== undefined && this.#isLeftAlone(others));
  }

  #isLeftAlone(others: Others): boolean {
    return others === 'none' && this.#runs.size === 0;
  }

  /** The beginning as far as nobody has it, or all up to the last that is missing. */
  #takeBeginning(taker: Taker): WebRun {
    const isAlone = this.#isLeftAlone(taker.others);
    const most = isAlone ? this.#taken.length : this.#mostOf(taker);
    let to = 0;
    for (let at = 0; at < most && (isAlone || !this.#taken.has(at)); at++) if (this.#taken.add(at)) to = at + 1;
    return this.#begin(taker.source, { from: 0, to, isWhole: true });
  }

  #takeOver(source: Source): WebRun | undefined {
    const slow = this.#toShare(source);
    if (!slow) return undefined;
    const end = slow.to;
    const tail = end - slow.next - 1;
    if (tail === 0) return this.#takeLast(source, slow);
    const theirs = slow.source.rateBps;
    // Of unknown speed it is taken for one that is as fast.
    let from = end - shareOf(tail, source.rateBps || theirs, theirs);
    // Of one that sends once more what is here.
    while (this.#fetched.has(from) && from < end - 1) from++;
    slow.to = from;
    return this.#begin(source, { from, to: end, isWhole: false });
  }

  /** Asked for once more, where pieces tell right from wrong; else it is taken away from who had it. */
  #takeLast(source: Source, slow: WebRun): WebRun {
    const run = { from: slow.next, to: slow.to, isWhole: false };
    if (this.#pieces) return this.#begin(source, run);
    slow.to = slow.next;
    slow.isLost = true;
    return this.#begin(source, { ...run, loser: slow.source });
  }

  /** The run of another that lasts longest, if it is worth while to take some of it. */
  #toShare(source: Source): WebRun | undefined {
    const runs = [...this.#runs].filter((run) => run.source !== source && run.next < run.to);
    const [slowest] = runs.sort((a, b) => this.#secondsLeft(b) - this.#secondsLeft(a));
    if (!slowest || this.#secondsLeft(slowest) < MIN_TAIL_SECONDS) return undefined;
    if (slowest.to - slowest.next > 1) return slowest;
    // Who has just begun, and may be fast, is not known to be slow; who sends nothing at all is found out by that.
    if (!this.#pieces && slowest.source.rateBps === 0) return undefined;
    // One that is asked for twice is asked for no third time.
    const isAlone = runs.every((run) => run === slowest || run.to <= slowest.next || run.next > slowest.next);
    const isFaster = source.rateBps >= MIN_RACE_RATIO * slowest.source.rateBps;
    return isAlone && isFaster ? slowest : undefined;
  }

  #secondsLeft(run: WebRun): number {
    return secondsFor(this.endOf(run) - run.next * this.bytes, run.source.rateBps);
  }

  #shorten(run: WebRun, to: number): void {
    const end = run.to;
    if (to >= end) return;
    run.to = to;
    for (let segment = to; segment < end; segment++) this.#free(segment);
  }

  #free(segment: number): void {
    if (!this.#fetched.has(segment)) this.#taken.remove(segment);
  }

  #mostOf({ source, hasRanges, others, workers, runMs }: Taker): number {
    const left = this.#taken.length - this.#taken.count;
    const fair = Math.max(Math.ceil(left / (2 * Math.max(1, workers))), this.#segmentsIn(LEAST_RUN_BYTES));
    // Who can only begin at the beginning has one turn: others that can go on behind it have theirs.
    if (!hasRanges) return others === 'connected' ? fair : this.#taken.length;
    const long = Math.max(LEAST_RUN_BYTES, (source.rateBps * runMs) / 1000);
    const most = this.#wantedFrom === undefined ? WEB_RANGE_BYTES : WANTED_RUN_BYTES;
    return Math.min(fair, this.#segmentsIn(Math.min(long, most, source.runMaxBytes ?? most)));
  }

  #segmentsIn(bytes: number): number {
    return Math.max(1, Math.floor(bytes / this.bytes));
  }
}

/** Whether segments of `bytes` bytes cover a span. */
function holds(segments: ChunkMap, bytes: number, { start, end }: Span): boolean {
  for (let segment = Math.floor(start / bytes); segment * bytes < end; segment++) {
    if (!segments.has(segment)) return false;
  }
  return true;
}

/** The chunks of a file of `size` bytes that kept segments cover. */
export function keptChunks(kept: StoredSegments, size: number, pieces: Pieces | undefined): ChunkMap {
  const segments = new WebSegments(size, pieces);
  segments.restore(kept, size);
  return segments.chunks();
}
