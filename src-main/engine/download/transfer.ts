import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Hasher } from '../ports/hasher.ts';
import type { Headers } from '../ports/links.ts';
import type { Logger } from '../ports/logger.ts';
import type { TokenBucket } from '../token-bucket.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import type { ChunkTree } from './chunk-tree.ts';
import type { SourceDialler } from './download-deps.ts';
import type { Judgement } from './namers.ts';
import type { PartFile } from './part-file.ts';
import type { RangePlanner } from './range-planner.ts';
import type { Recorder } from './recorder.ts';
import { note, SlowSources } from './slow-sources.ts';
import type { Source } from './source.ts';
import type { SourcePool } from './source-pool.ts';
import { SourceWorker, type WorkerOutcome } from './source-worker.ts';
import type { WebSeeds } from './web-seeds.ts';

/** How often stalls and idle sources are looked at: a source that failed is replaced at once, one that idles within this. */
const TICK_MS = 250;

/** Sources connected at most, those with nothing for us among them, in times of those used at once. */
const WAITING_RATIO = 2;

/** A swarm passes chunks on within a second or two. */
const STARVED_MS = 10_000;
/** A source that has had nothing for us for so long makes room for another. */
const USELESS_MS = 2000;

export type TransferDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly logger: Logger;
  readonly dialler: SourceDialler;
  readonly webSeeds: WebSeeds;
  readonly hasher: Hasher;
  readonly buffers: ChunkBuffers;
  readonly limits: readonly TokenBucket[];
  readonly pool: SourcePool;
  readonly planner: RangePlanner;
  readonly tree: ChunkTree;
  readonly part: PartFile;
  readonly recorder: Recorder;
  /** Of this download alone; undefined: the setting holds. */
  readonly maxSources: () => number | undefined;
  readonly events: TransferEvents;
  /** What requests for this file say beside. */
  readonly headers: () => Headers;
};

export interface TransferEvents {
  /** A chunk was verified and written. */
  progress(bytes: number): void;
  /** A source sent a chunk that was verified, or one that another had sent a moment before. */
  received(source: Source, bytes: number): void;
  /** A source's state or the set of sources at work changed. */
  sourcesChanged(): void;
  complete(): void;
  /** Writing failed; the transfer has stopped. */
  diskFailed(error: unknown): void;
  /** A source proved that it was named rightly, or wrongly. */
  judged(judgement: Judgement): void;
  /** A source sent bytes that do not fit the tree. */
  sentBadBytes(source: Source): void;
}

/** Moves the chunks of one file whose tree is known: starts the best sources, verifies and writes what they send, replaces those that fail. */
export class Transfer {
  readonly #deps: TransferDeps;
  readonly #workers = new Map<Source, SourceWorker>();
  readonly #slow = new SlowSources();
  /** Since when sources that are connected have had nothing for us. */
  readonly #uselessMs = new Map<Source, number>();
  /** When bytes were last on their way from anybody. */
  #activeMs: number;
  readonly #deliveries = new Set<Promise<void>>();
  #tick: Timer | undefined;
  #isOver = false;

  constructor(deps: TransferDeps) {
    this.#deps = deps;
    this.#activeMs = deps.clock.monotonicMs();
    deps.planner.countOver(() => this.#workers.keys());
  }

  /** Bytes that came and are not verified yet. */
  get arrivingBytes(): number {
    let sum = 0;
    for (const worker of this.#workers.values()) sum += worker.arrivingBytes;
    return sum;
  }

  start(): void {
    if (this.#deps.planner.complete) {
      this.#complete();
      return;
    }
    this.#schedule();
    this.fill();
  }

  /** Idempotent; what is being written is still written and recorded. */
  stop(): void {
    this.#isOver = true;
    this.#tick?.cancel();
    for (const [source, worker] of this.#workers) {
      worker.stop();
      source.state = 'untried';
    }
    this.#workers.clear();
  }

  /** Connected, and nobody has anything for us, for a while: what one of them keeps for others may be all that is missing. */
  get isStarved(): boolean {
    const isConnected = [...this.#workers.keys()].some(({ state }) => state === 'idle');
    return isConnected && this.#deps.clock.monotonicMs() - this.#activeMs > STARVED_MS;
  }

  /** Resolves when nothing is being verified or written any more; call it after stop and before the part file is closed. */
  async settled(): Promise<void> {
    await Promise.all(this.#deliveries);
  }

  /** Starts sources up to the limit, or ends the slowest above it; called when the pool, the clock or the user may have brought something new. */
  fill(): void {
    if (this.#isOver) return;
    const { pool, planner, settings, maxSources } = this.#deps;
    const most = maxSources() ?? settings()['download.sources'];
    this.#endUnwanted(most);
    const limit = Math.min(most, planner.chunkCount - planner.doneCount);
    // Those that have nothing for us now stay, for they may get it, but hold no place of one that has.
    let useful = [...this.#workers.keys()].filter((source) => planner.hasUse(source)).length;
    const waiting = pool.startable().filter((source) => this.#mayStart(source));
    if (useful >= limit && this.#replaceSlow(waiting)) useful--;
    for (const source of waiting) {
      if (useful >= limit || !this.#hasRoom(WAITING_RATIO * most)) break;
      this.#startWorker(source);
      useful++;
    }
  }

  /** One that can only begin at the beginning is asked when that, or all of the file, is wanted of it. */
  #mayStart(source: Source): boolean {
    return !source.sendsWhole || this.#deps.planner.mayBegin(this.#isAlone(source));
  }

  /** One that failed before is not waited for while it is connecting. */
  #isAlone(source: Source): boolean {
    return [...this.#workers.keys()].every((other) => {
      const isAway = other.state === 'connecting' && other.failures > 0;
      return other === source || other.sendsWhole || isAway || !this.#deps.planner.hasUse(other);
    });
  }

  /** Whether another may be connected; one that has had nothing for us for a while makes room, however many of them there are. */
  #hasRoom(most: number): boolean {
    const { pool, planner, clock } = this.#deps;
    const nowMs = clock.monotonicMs();
    const useless = [...this.#workers.keys()].filter((source) => !planner.hasUse(source));
    note(this.#uselessMs, useless, nowMs);
    if (this.#workers.size < most) return true;
    const [longest] = [...this.#uselessMs].sort(([, a], [, b]) => a - b);
    if (!longest || nowMs - longest[1] < USELESS_MS) return false;
    this.#endWorker(longest[0]);
    this.#uselessMs.delete(longest[0]);
    pool.rest(longest[0], 'content.lacks');
    return true;
  }

  /** Whether one that was slow for long has made room. */
  #replaceSlow(waiting: readonly Source[]): boolean {
    const { pool, clock, events } = this.#deps;
    const slow = this.#slow.toReplace([...this.#workers.keys()], waiting, clock.monotonicMs());
    if (!slow) return false;
    this.#endWorker(slow);
    pool.rest(slow, 'content.slow');
    this.#pumpAll();
    events.sourcesChanged();
    return true;
  }

  /** Those that the user wants no more, and the slowest of too many. */
  #endUnwanted(most: number): void {
    const { pool, planner } = this.#deps;
    const wanted = [...this.#workers].flatMap(([source, { host }]) => (pool.mayStay(source, host) ? [source] : []));
    const byRate = wanted.sort((a, b) => b.rateBps - a.rateBps);
    const useful = byRate.filter((source) => planner.hasUse(source)).slice(0, most);
    const waiting = byRate.filter((source) => !planner.hasUse(source)).slice(0, WAITING_RATIO * most - useful.length);
    const kept = new Set([...useful, ...waiting]);
    if (kept.size === this.#workers.size) return;
    for (const source of [...this.#workers.keys()]) if (!kept.has(source)) this.#endWorker(source);
    this.#afterLoss();
  }

  #endWorker(source: Source): void {
    this.#workers.get(source)?.stop();
    this.#workers.delete(source);
    source.state = 'untried';
  }

  #startWorker(source: Source): void {
    const { tree } = this.#deps;
    const worker = new SourceWorker(source, {
      ...this.#deps,
      hash: tree.hash,
      size: tree.size,
      owner: {
        deliver: (from, chunk, buffer) => this.#track(this.#deliver(from, chunk, buffer)),
        isAlone: (other) => this.#isAlone(other),
        stopped: (stopped, outcome) => this.#stopped(stopped, outcome),
      },
    });
    this.#workers.set(source, worker);
    worker.start();
    this.#deps.events.sourcesChanged();
  }

  #track(delivery: Promise<void>): Promise<void> {
    this.#deliveries.add(delivery);
    return delivery.finally(() => this.#deliveries.delete(delivery));
  }

  async #deliver(source: Source, chunk: number, buffer: ArrayBuffer): Promise<void> {
    const { hasher, tree, part, planner, buffers } = this.#deps;
    const { start, bytes: length } = tree.span(chunk);
    let back = buffer;
    try {
      const check = { length, leaves: tree.leaves, expected: tree.node(chunk) };
      const checked = await hasher.verifyAndWrite(buffer, check, part.handle, start);
      back = checked.buffer;
      if (checked.ok) this.#settle(source, chunk, length);
      else this.#rejectChunk(source, chunk);
    } catch (error) {
      planner.dropChunk(chunk);
      if (!this.#isOver) {
        this.stop();
        this.#deps.events.diskFailed(error);
      }
    } finally {
      buffers.give(back);
    }
  }

  #settle(source: Source, chunk: number, bytes: number): void {
    const { planner, recorder, events } = this.#deps;
    const isFirst = source.bytes === 0;
    const wasDone = planner.isDone(chunk);
    planner.settleChunk(chunk);
    source.bytes += bytes;
    events.received(source, bytes);
    source.failures = 0;
    source.faults.sentGoodChunk();
    if (isFirst) this.#judged(source.proved());
    if (wasDone) return;
    recorder.add(chunk);
    events.progress(bytes);
    if (planner.complete && !this.#isOver) this.#complete();
    // Each chunk changes who would end last; waiting for the next look at the clock would cost more than the last chunk takes.
    else if (planner.isEndgame) this.#pumpAll();
  }

  #rejectChunk(source: Source, chunk: number): void {
    const { planner, pool, events } = this.#deps;
    planner.dropChunk(chunk);
    if (source.state === 'banned') return;
    this.#workers.get(source)?.stop();
    this.#workers.delete(source);
    pool.ban(source, 'content.bad-bytes');
    events.sentBadBytes(source);
    this.#afterLoss();
  }

  #stopped(worker: SourceWorker, outcome: WorkerOutcome): void {
    const { source } = worker;
    const { clock, pool } = this.#deps;
    this.#workers.delete(source);
    if (outcome.kind === 'queued') {
      source.state = 'queued';
      source.reason = 'content.queued';
      source.queuePlace = outcome.place;
      source.retryAtMs = clock.monotonicMs() + outcome.retryAfterMs;
      source.queueEndMs = outcome.waitMs === undefined ? undefined : clock.monotonicMs() + outcome.waitMs;
    } else {
      pool.rest(source, outcome.code);
      // It worked a moment ago: one try at once, before the rest.
      if (outcome.wasUseful && outcome.code === 'peer.closed') source.retryAtMs = clock.monotonicMs();
      if (outcome.isFalseHit) this.#judged(source.disproved(outcome.code));
    }
    this.#afterLoss();
  }

  #judged(judgement: Judgement | undefined): void {
    if (judgement) this.#deps.events.judged(judgement);
  }

  /** What a lost source had is free again: the others take it now. */
  #afterLoss(): void {
    this.#pumpAll();
    this.fill();
    this.#deps.events.sourcesChanged();
  }

  #pumpAll(): void {
    for (const worker of [...this.#workers.values()]) worker.pump();
  }

  #complete(): void {
    this.stop();
    this.#deps.events.complete();
  }

  #schedule(): void {
    this.#tick = this.#deps.clock.setTimer(TICK_MS, () => {
      if (this.#isOver) return;
      this.#schedule();
      for (const worker of [...this.#workers.values()]) worker.tick();
      const isActive = [...this.#workers.keys()].some(({ state }) => state === 'active');
      if (isActive) this.#activeMs = this.#deps.clock.monotonicMs();
      this.fill();
    });
  }
}
