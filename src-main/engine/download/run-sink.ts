import { parseContentRange } from '../../contract/content-range.ts';
import { CHUNK_BYTES, chunkLength } from '../content/constants.ts';
import type { RangeSink } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';
import { AVAILABLE_HEADER } from '../wire/available-ranges.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import type { Run } from './planner-types.ts';
import type { RangePlanner } from './range-planner.ts';

/**
 * A connection begins a chunk while fewer than this many of its chunks are being verified: what a kill costs is at most 2 MiB of each
 * source, however fast it sends and slow the disk is.
 */
const MOST_HELD = 2;
/** Bytes of chunks that another source finished first are read into this much and forgotten. */
const DROP_BYTES = 64 * 1024;

/** What happens to a run, told to the worker of its source. */
export interface RunListener {
  /** A whole chunk has arrived; the listener owns the buffer from now on. */
  chunk(run: Run, chunk: number, buffer: ArrayBuffer): void;
  /** The source has begun to answer with bytes: it has a slot for us. `available` is its X-Available-Ranges. */
  granted(available: string | undefined): void;
  /** The source has a file of that hash and another size: one of the two sizes is wrong. */
  otherSize(run: Run, size: number): void;
  /** Bytes came, of whatever use. */
  received(bytes: number): void;
  /** How many bytes the rate limits allow now; with 0 the worker will resume the connection later. */
  allowance(wanted: number): number;
  /** Chunks of this connection that are being verified or written; `wake` is called when there is one less. */
  buffersHeld(): number;
  /** There is memory again: the connection may go on. */
  wake(): void;
  /** The rest of the run is not wanted from this source: its bytes must not be waited for. */
  cut(run: Run): void;
  /** Another status than 206. */
  refused(run: Run, status: number, headers: Headers): void;
  ended(run: Run): void;
  failed(run: Run, error: Error): void;
}

type Deps = {
  readonly size: number;
  readonly planner: RangePlanner;
  readonly buffers: ChunkBuffers;
  readonly listener: RunListener;
};

/** Gathers the bytes of one run into chunks. */
export class RunSink implements RangeSink {
  readonly run: Run;
  readonly #deps: Deps;
  #buffer: ArrayBuffer | undefined;
  #drop: Uint8Array | undefined;
  #filled = 0;
  #status = 0;
  #headers: Headers = {};
  #over = false;

  constructor(run: Run, deps: Deps) {
    this.run = run;
    this.#deps = deps;
  }

  /** Bytes of this run that are still to come. */
  get remainingBytes(): number {
    const { next, to } = this.run;
    if (this.#over || next >= to) return 0;
    return Math.min(to * CHUNK_BYTES, this.#deps.size) - next * CHUNK_BYTES - this.#filled;
  }

  /** Bytes of a chunk that is not whole yet. */
  get filledBytes(): number {
    return this.#over ? 0 : this.#filled;
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#headers = headers;
    if (status !== 206) return;
    const total = parseContentRange(headers['content-range'] ?? '')?.size;
    if (total === undefined || total === this.#deps.size) this.#deps.listener.granted(headers[AVAILABLE_HEADER]);
    else this.#deps.listener.otherSize(this.run, total);
  }

  room(): Uint8Array | undefined {
    const { run } = this;
    if (this.#over || run.next >= run.to) return undefined;
    const wanted = chunkLength(this.#deps.size, run.next) - this.#filled;
    const allowed = this.#deps.listener.allowance(wanted);
    if (allowed <= 0) return undefined;
    if (this.#filled === 0 && !this.#open()) return undefined;
    if (this.#drop) return this.#drop.subarray(0, Math.min(allowed, this.#drop.length));
    return this.#buffer && new Uint8Array(this.#buffer, this.#filled, allowed);
  }

  filled(bytes: number): void {
    this.#filled += bytes;
    this.#deps.listener.received(bytes);
    if (this.#filled < chunkLength(this.#deps.size, this.run.next)) return;
    this.#finishChunk();
  }

  end(): void {
    this.abandon();
    if (this.#status === 206) this.#deps.listener.ended(this.run);
    else this.#deps.listener.refused(this.run, this.#status, this.#headers);
  }

  failed(error: Error): void {
    this.abandon();
    this.#deps.listener.failed(this.run, error);
  }

  /** Gives the memory of an unfinished chunk back. Idempotent. */
  abandon(): void {
    this.#over = true;
    this.#drop = undefined;
    if (this.#buffer) this.#deps.buffers.give(this.#buffer);
    this.#buffer = undefined;
  }

  /** Prepares for the next chunk; false when it has to wait for those before it, or for memory. */
  #open(): boolean {
    if (this.#buffer || this.#drop) return true;
    if (this.#deps.planner.isDone(this.run.next)) {
      this.#drop = new Uint8Array(DROP_BYTES);
      return true;
    }
    const { listener } = this.#deps;
    if (listener.buffersHeld() >= MOST_HELD) return false;
    this.#buffer = this.#deps.buffers.take(listener.buffersHeld() === 0, () => listener.wake());
    return this.#buffer !== undefined;
  }

  #finishChunk(): void {
    const { run } = this;
    const chunk = run.next;
    const buffer = this.#buffer;
    this.#buffer = undefined;
    this.#drop = undefined;
    this.#filled = 0;
    this.#deps.planner.advance(run);
    if (buffer) this.#deps.listener.chunk(run, chunk, buffer);
    else this.#deps.planner.dropChunk(chunk);
    if (run.next >= run.to && run.to < run.asked) this.#deps.listener.cut(run);
    else if (run.next < run.to && this.#deps.planner.remaining(run) === 0) this.#deps.listener.cut(run);
  }
}
