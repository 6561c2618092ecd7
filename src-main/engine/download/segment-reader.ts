import { parseContentRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RangeSink } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { Allowance } from './allowance.ts';
import type { ChunkBuffers } from './chunk-buffers.ts';
import { type PlainRefusal, readPlainRefusal } from './source-answer.ts';
import type { WebSeedConnection } from './web-seeds.ts';

/** How often a silent server is looked at. */
const LOOK_MS = 500;
/** The next segment is read while fewer than this many of the connection are being checked and written. */
const MOST_HELD = 3;

type Range = { readonly start: number; readonly end: number };
export type Segment = { readonly start: number; readonly buffer: ArrayBuffer; readonly length: number };
type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly limits: readonly TokenBucket[];
  readonly connection: WebSeedConnection;
  /** Of `segmentBytes` each. */
  readonly buffers: ChunkBuffers;
  readonly segmentBytes: number;
  /** Where the range ends by now: at the end of a segment, before or where it ended at first. */
  readonly end: () => number;
  /** Takes a whole segment over and gives the memory back, maybe another piece of it. Rejects to give the range up. */
  readonly take: (segment: Segment) => Promise<ArrayBuffer>;
  readonly received: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Reads one range of a web server segment by segment, the next one while those before it are taken. Resolves when all are, with a refusal
 * when there was one. Fails as the connection does, with content.stalled, or with what `take` fails with; the connection is closed then, and
 * also where the range became shorter.
 */
export const readSegments = (range: Range, deps: Deps): Promise<PlainRefusal | undefined> =>
  new SegmentReader(range, deps).done;

class SegmentReader implements RangeSink {
  readonly done: Promise<PlainRefusal | undefined>;
  readonly #deps: Deps;
  readonly #allowance: Allowance;
  readonly #settle: PromiseWithResolvers<PlainRefusal | undefined>;
  readonly #taking = new Set<Promise<void>>();
  readonly #end: number;
  #at: number;
  #buffer: ArrayBuffer | undefined;
  #length = 0;
  #filled = 0;
  #isOver = false;
  /** What a segment could not be taken for, maybe after the last byte had come. */
  #failure: { readonly error: unknown } | undefined;
  #refusal: PlainRefusal | undefined;
  #lastByteMs: number;
  /** It is we who do not read. */
  #isHeldUp = false;
  #timer: Timer | undefined;

  constructor({ start, end }: Range, deps: Deps) {
    this.#deps = deps;
    this.#at = start;
    this.#end = end;
    this.#settle = Promise.withResolvers();
    this.#allowance = new Allowance(deps.limits, () => this.#resume(), deps.signal);
    this.#lastByteMs = deps.clock.monotonicMs();
    const onAbort = () => this.#fail(deps.signal.reason);
    deps.signal.addEventListener('abort', onAbort, { once: true });
    this.done = this.#settle.promise.finally(() => deps.signal.removeEventListener('abort', onAbort));
    this.#watch();
    deps.connection.fetch({ start, end }, this);
  }

  head(status: number, headers: Headers): void {
    if (status !== 206) this.#refusal = readPlainRefusal(status, headers);
    else if (parseContentRange(headers['content-range'] ?? '')?.size !== this.#deps.connection.size)
      this.#fail(new AppError('content.changed'));
  }

  room(): Uint8Array | undefined {
    if (this.#isOver) return undefined;
    const buffer = this.#buffer ?? this.#open();
    const allowed = buffer ? this.#allowance.available(this.#length - this.#filled) : 0;
    // Our own limit, memory and disk are no fault of the server.
    this.#isHeldUp = allowed === 0;
    return buffer && allowed > 0 ? new Uint8Array(buffer, this.#filled, allowed) : undefined;
  }

  filled(bytes: number): void {
    const { clock, received } = this.#deps;
    this.#lastByteMs = clock.monotonicMs();
    this.#allowance.use(bytes);
    received(bytes);
    this.#filled += bytes;
    if (this.#buffer && this.#filled === this.#length) this.#give(this.#buffer);
  }

  end(): void {
    if (this.#finish()) this.#afterTaking(() => this.#settle.resolve(this.#refusal));
  }

  failed(error: Error): void {
    this.#fail(error);
  }

  /** Memory for the next segment; undefined when it has to wait for those before it, or for memory. */
  #open(): ArrayBuffer | undefined {
    const { buffers, segmentBytes } = this.#deps;
    if (this.#taking.size >= MOST_HELD) return undefined;
    this.#buffer = buffers.take(this.#taking.size === 0, () => this.#resume());
    this.#length = Math.min(segmentBytes, this.#end - this.#at);
    this.#filled = 0;
    return this.#buffer;
  }

  #give(buffer: ArrayBuffer): void {
    const { take, buffers, end } = this.#deps;
    const segment = { start: this.#at, buffer, length: this.#length };
    this.#at += this.#length;
    this.#buffer = undefined;
    const taking = take(segment)
      .then(
        (back) => buffers.give(back),
        (error: unknown) => {
          buffers.give(buffer);
          this.#failure ??= { error };
          this.#fail(error);
        },
      )
      .finally(() => {
        this.#taking.delete(taking);
        this.#resume();
      });
    this.#taking.add(taking);
    if (this.#at >= this.#end || this.#at < end()) return;
    // Of a range that became shorter the rest is still coming.
    this.end();
    this.#deps.connection.close();
  }

  #resume(): void {
    // Whether there is room now is asked only when bytes come.
    this.#isHeldUp = false;
    this.#lastByteMs = this.#deps.clock.monotonicMs();
    if (!this.#isOver) this.#deps.connection.resume();
  }

  #watch(): void {
    const { clock, settings } = this.#deps;
    this.#timer = clock.setTimer(LOOK_MS, () => {
      if (this.#isHeldUp) this.#lastByteMs = clock.monotonicMs();
      const silentMs = clock.monotonicMs() - this.#lastByteMs;
      if (silentMs <= settings()['download.stall']) this.#watch();
      else this.#fail(new AppError('content.stalled', { seconds: Math.round(silentMs / 1000) }));
    });
  }

  #fail(error: unknown): void {
    if (!this.#finish()) return;
    this.#deps.connection.close();
    // Segments before it may still be on their way to the disk.
    this.#afterTaking(() => this.#settle.reject(error));
  }

  #afterTaking(settle: () => void): void {
    void Promise.all(this.#taking).then(() => {
      if (this.#failure) this.#settle.reject(this.#failure.error);
      else settle();
    });
  }

  /** False when it was over before. */
  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer?.cancel();
    const buffer = this.#buffer;
    this.#buffer = undefined;
    if (buffer) {
      // As long as it is open the system may write what comes next into that memory, which is another's then.
      this.#deps.connection.close();
      this.#deps.buffers.give(buffer);
    }
    return true;
  }
}
