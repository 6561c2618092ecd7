import { type AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { CHUNK_BYTES, chunkLength } from '../content/constants.ts';
import type { Clock } from '../ports/clock.ts';
import type { ContentConnection } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';
import type { Logger } from '../ports/logger.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { readAvailableRanges } from '../wire/available-ranges.ts';
import { Allowance } from './allowance.ts';
import { AvailabilityWatch } from './availability-watch.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import { connectSource } from './connect-source.ts';
import type { SourceDialler } from './download-deps.ts';
import type { Run } from './planner-types.ts';
import type { RangePlanner } from './range-planner.ts';
import { type RunListener, RunSink } from './run-sink.ts';
import { isPeer, type Source } from './source.ts';
import { type PlainRefusal, readRefusal } from './source-answer.ts';
import type { WebSeedConnection, WebSeeds } from './web-seeds.ts';

/** Requests under way on one connection (protocol section 9: one by one costs half the rate). */
const PIPELINE = 2;
/** The next run is asked when less than this much time, or this many bytes, of the present ones is left. */
const ASK_AHEAD_MS = 1000;
const ASK_AHEAD_BYTES = 2 * CHUNK_BYTES;
/** What others fetched first is not worth a new connection when it comes within this. */
const FORGET_MS = 500;
/** Answers in a row without a whole chunk: asked on, such a source would cost a round trip each, and others the chunk. */
const MOST_FRUITLESS = 3;
/** And refusals that name other chunks than before: in a swarm others are sent them meanwhile, twice in a row now and then (measured with eight). */
const MOST_LACKING = 8;

/** What the worker tells its download. */
export interface WorkerOwner {
  /** Verifies and writes a chunk; takes the buffer over. Never rejects. */
  deliver(source: Source, chunk: number, buffer: ArrayBuffer): Promise<void>;
  /** Whether nobody else sends any part of the file, or may, once it has answered. */
  isAlone(source: Source): boolean;
  /** The worker has stopped by itself; `falseHit`: the source was named wrongly. */
  stopped(worker: SourceWorker, outcome: WorkerOutcome): void;
}
export type WorkerOutcome =
  | { readonly kind: 'failed'; readonly code: ErrorCode; readonly isFalseHit: boolean; readonly wasUseful: boolean }
  | { readonly kind: 'queued'; readonly place: number; readonly retryAfterMs: number; readonly waitMs?: number };

type Connection = ContentConnection | WebSeedConnection;

export type WorkerDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly dialler: SourceDialler;
  readonly webSeeds: WebSeeds;
  readonly buffers: ChunkBuffers;
  readonly limits: readonly TokenBucket[];
  readonly planner: RangePlanner;
  readonly hash: ContentHash;
  readonly size: number;
  readonly owner: WorkerOwner;
  /** What requests for this file say beside. */
  readonly headers: () => Headers;
};

/** Keeps one source of one download busy: connects, asks for runs two deep, feeds arriving chunks to the download. */
export class SourceWorker implements RunListener {
  readonly source: Source;
  readonly #deps: WorkerDeps;
  readonly #abort = new AbortController();
  readonly #allowance: Allowance;
  readonly #watch: AvailabilityWatch;
  #connection: Connection | undefined;
  #sinks: RunSink[] = [];
  #held = 0;
  #heldBytes = 0;
  #hasSlot = false;
  #wasUseful = false;
  #isOver = false;
  #lastByteMs = 0;
  /** Answers without a whole chunk since the last one that had one; a chunk that is wrong bans the source anyway. */
  #fruitless = 0;

  constructor(source: Source, deps: WorkerDeps) {
    this.source = source;
    this.#deps = deps;
    this.#allowance = new Allowance(deps.limits, () => this.wake(), this.#abort.signal);
    this.#watch = new AvailabilityWatch({
      ...deps,
      changed: () => this.pump(),
      failed: ({ code }) => this.#silent(code),
    });
  }

  /** Bytes that came and are not verified yet. */
  get arrivingBytes(): number {
    return this.#sinks.reduce((sum, { filledBytes }) => sum + filledBytes, this.#heldBytes);
  }

  /** Where it is connected to; undefined while it is not, and for the web. */
  get host(): string | undefined {
    return this.#connection && 'remote' in this.#connection ? this.#connection.remote.address.host : undefined;
  }

  start(): void {
    this.source.state = 'connecting';
    this.source.reason = null;
    this.source.queuePlace = null;
    void this.#connect();
  }

  /** Ends without a word to the owner: the caller decides what becomes of the source. Idempotent. */
  stop(): void {
    this.#isOver = true;
    this.#abort.abort();
    this.#watch.stop();
    this.#drop();
  }

  /** Asks for more if there is more for this source. */
  pump(): void {
    const connection = this.#connection;
    if (this.#isOver || !connection) return;
    // Which chunks it has is being asked.
    const isKnown = !this.source.isPartial || this.source.chunks !== undefined;
    while (isKnown && this.#wantsMore()) {
      const { planner, owner } = this.#deps;
      const assignment = this.source.sendsWhole
        ? planner.fromStart(this.source, owner.isAlone(this.source))
        : planner.next(this.source);
      if (!assignment) break;
      this.#ask(connection, assignment.run, assignment.last);
    }
    const isIdle = this.#sinks.length === 0;
    this.source.reason = isIdle && !this.#deps.planner.hasUse(this.source) ? 'content.lacks' : null;
    this.source.state = isIdle ? 'idle' : 'active';
    if (isIdle) this.source.meter.pause();
    if (isIdle && this.source.sendsWhole) this.#fail('web.no-ranges');
  }

  /** Called several times a second: a source that owes bytes and sends none is given up. */
  tick(): void {
    if (this.#isOver) return;
    // While its chunks wait for our disk the connection may stand still: no fault of the source.
    if (this.#held > 0) this.#lastByteMs = this.#deps.clock.monotonicMs();
    const silentMs = this.#deps.clock.monotonicMs() - this.#lastByteMs;
    if (this.#sinks.length > 0 && silentMs > this.#deps.settings()['download.stall']) this.#fail('content.stalled');
    else this.pump();
  }

  chunk(_run: Run, chunk: number, buffer: ArrayBuffer): void {
    this.#held++;
    const bytes = chunkLength(this.#deps.size, chunk);
    this.#heldBytes += bytes;
    void this.#deps.owner.deliver(this.source, chunk, buffer).finally(() => {
      this.#held--;
      this.#heldBytes -= bytes;
      this.#wasUseful = true;
      this.wake();
      this.pump();
    });
  }

  granted(available: string | undefined): void {
    this.#hasSlot = true;
    this.source.says(this.#deps.size);
    this.source.queueEndMs = undefined;
    this.#lastByteMs = this.#deps.clock.monotonicMs();
    this.#takeAvailable(available);
    this.pump();
  }

  otherSize(run: Run, size: number): void {
    if (!this.#owns(run)) return;
    this.source.says(size);
    this.#fail('content.range');
  }

  received(bytes: number): void {
    this.#lastByteMs = this.#deps.clock.monotonicMs();
    this.source.meter.add(bytes);
    this.#allowance.use(bytes);
  }

  allowance(wanted: number): number {
    const bytes = this.#allowance.available(wanted);
    // Our own limit is no fault of the source.
    if (bytes === 0) this.#lastByteMs = this.#deps.clock.monotonicMs();
    return bytes;
  }

  buffersHeld(): number {
    return this.#held;
  }

  wake(): void {
    this.#lastByteMs = this.#deps.clock.monotonicMs();
    this.#connection?.resume();
  }

  cut(run: Run): void {
    if (!this.#owns(run)) return;
    // Others have fetched the rest: a short one is read and forgotten when more follows, which a new connection would have to ask for again.
    const restMs = (1000 * (run.to - run.next) * CHUNK_BYTES) / Math.max(this.source.rateBps, 1);
    if (run.to === run.asked && this.#sinks.length > 1 && restMs <= FORGET_MS) return;
    // The rest of the answer cannot be called off: the connection is, and the slot survives the gap (protocol section 10).
    this.#drop();
    void this.#connect();
  }

  refused(run: Run, status: number, headers: Headers): void {
    if (!this.#owns(run)) return;
    const refusal = readRefusal(status, headers);
    if (refusal.kind === 'lacks') this.#lacks(run, refusal.ranges);
    else this.#refuse(refusal);
  }

  ended(run: Run): void {
    if (this.#owns(run)) this.#answered(run, MOST_FRUITLESS);
  }

  failed(run: Run, error: Error): void {
    if (this.#owns(run)) this.#fail(toAppError(error).code);
  }

  /** What it has changed since it told, and now it has told again. */
  #lacks(run: Run, ranges: string): void {
    this.source.hasAnswered = true;
    this.#takeAvailable(ranges);
    if (this.source.chunks?.has(run.next) !== false) this.#fail('content.range');
    else this.#answered(run, MOST_LACKING);
  }

  #answered(run: Run, mostFruitless: number): void {
    this.#sinks = this.#sinks.filter((sink) => sink.run !== run);
    this.#deps.planner.release(run);
    this.#fruitless = run.next > run.from ? 0 : this.#fruitless + 1;
    if (this.#fruitless >= mostFruitless) this.#fail('content.slow');
    else this.pump();
  }

  /** While it sends it lives; else its connection may have died without a word. */
  #silent(code: ErrorCode): void {
    if (!this.#isOver && this.#sinks.length === 0) this.#fail(code);
  }

  #takeAvailable(ranges: string | undefined): void {
    const { size } = this.#deps;
    const { source } = this;
    if (!isPeer(source)) return;
    const held = ranges === undefined ? undefined : readAvailableRanges(ranges, size, source.chunks);
    source.tells(held);
    if (source.isPartial) this.#watch.start(source);
    else this.#watch.stop();
  }

  #owns(run: Run): boolean {
    return !this.#isOver && this.#sinks.some((sink) => sink.run === run);
  }

  async #connect(): Promise<void> {
    try {
      this.source.state = 'connecting';
      const connection = await connectSource(this.source, this.#deps, this.#abort.signal);
      if (this.#isOver) return 'kind' in connection ? undefined : connection.close();
      if ('kind' in connection) return this.#refuse(connection);
      this.#connection = connection;
      this.#lastByteMs = this.#deps.clock.monotonicMs();
      if (isPeer(this.source) && this.source.isPartial) this.#watch.start(this.source);
      this.pump();
    } catch (error) {
      const { code }: AppError = toAppError(error);
      if (!this.#isOver) this.#fail(code, code === 'peer.wrong-identity');
    }
  }

  #wantsMore(): boolean {
    // The next one only when the last was right.
    if (this.source.faults.isOnTrial) return this.#sinks.length === 0 && this.#held === 0;
    if (this.#sinks.length === 0) return true;
    // Before the first byte a second request might be taken for an impatient poll of the queue.
    if (!this.#hasSlot || this.#sinks.length >= PIPELINE) return false;
    let left = 0;
    for (const sink of this.#sinks) left += sink.remainingBytes;
    return left <= Math.max(ASK_AHEAD_BYTES, (this.source.rateBps * ASK_AHEAD_MS) / 1000);
  }

  #ask(connection: Connection, run: Run, last: boolean): void {
    const { planner, buffers, size, hash } = this.#deps;
    const sink = new RunSink(run, { size, planner, buffers, listener: this });
    if (this.#sinks.length === 0) this.#lastByteMs = this.#deps.clock.monotonicMs();
    this.#sinks.push(sink);
    this.source.meter.start();
    const range = { hash, start: run.from * CHUNK_BYTES, end: Math.min(run.to * CHUNK_BYTES, size) };
    connection.fetch({ ...range, headers: { ...this.#deps.headers(), ...(last && { 'X-Queue': 'last' }) } }, sink);
  }

  #refuse(refusal: PlainRefusal): void {
    if (refusal.kind === 'queued') {
      this.source.hasAnswered = true;
      this.#finish(refusal);
    } else this.#fail(refusal.code, refusal.isFalseHit);
  }

  #fail(code: ErrorCode, isFalseHit = false): void {
    this.#finish({ kind: 'failed', code, isFalseHit, wasUseful: this.#wasUseful });
  }

  #finish(outcome: WorkerOutcome): void {
    this.stop();
    this.#deps.owner.stopped(this, outcome);
  }

  /** Gives back all that was asked and not received, and closes the connection. */
  #drop(): void {
    const sinks = this.#sinks;
    this.#sinks = [];
    this.#hasSlot = false;
    this.source.meter.pause();
    for (const sink of sinks) {
      sink.abandon();
      this.#deps.planner.release(sink.run);
    }
    this.#connection?.close();
    this.#connection = undefined;
  }
}
