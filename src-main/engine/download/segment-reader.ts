import { parseContentRange } from '../../contract/content-range.ts';
import { AppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { RangeSink } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';
import type { TokenBucket } from '../token-bucket.ts';
import { Allowance } from './allowance.ts';
import { type PlainRefusal, readPlainRefusal } from './source-answer.ts';
import type { WebSeedConnection } from './web-seeds.ts';

/** How often a silent server is looked at. */
const LOOK_MS = 500;

type Range = { readonly start: number; readonly end: number };
type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly limits: readonly TokenBucket[];
  readonly connection: WebSeedConnection;
  readonly segmentBytes: number;
  /** Takes a whole segment over; the next bytes are read when it resolves. Rejects to give the range up. */
  readonly take: (start: number, bytes: Uint8Array<ArrayBuffer>) => Promise<void>;
  readonly received: (bytes: number) => void;
  readonly signal: AbortSignal;
};

/**
 * Reads one range of a web server segment by segment, one of them in memory. Resolves with a refusal when there was one. Fails as the
 * connection does, with content.stalled, or with what `take` fails with.
 */
export const readSegments = (range: Range, deps: Deps): Promise<PlainRefusal | undefined> =>
  new SegmentReader(range, deps).done;

class SegmentReader implements RangeSink {
  readonly done: Promise<PlainRefusal | undefined>;
  readonly #deps: Deps;
  readonly #allowance: Allowance;
  readonly #settle: PromiseWithResolvers<PlainRefusal | undefined>;
  #at: number;
  readonly #end: number;
  #segment: Uint8Array<ArrayBuffer> | undefined;
  #filled = 0;
  #taking: Promise<void> = Promise.resolve();
  #isTaking = false;
  #isOver = false;
  #refusal: PlainRefusal | undefined;
  #lastByteMs: number;
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
    if (this.#isOver || this.#isTaking) return undefined;
    this.#segment ??= new Uint8Array(Math.min(this.#deps.segmentBytes, this.#end - this.#at));
    const allowed = this.#allowance.available(this.#segment.length - this.#filled);
    // Our own limit is no fault of the server.
    if (allowed === 0) this.#lastByteMs = this.#deps.clock.monotonicMs();
    return allowed > 0 ? this.#segment.subarray(this.#filled, this.#filled + allowed) : undefined;
  }

  filled(bytes: number): void {
    const { clock, received } = this.#deps;
    this.#lastByteMs = clock.monotonicMs();
    this.#allowance.use(bytes);
    received(bytes);
    this.#filled += bytes;
    if (this.#segment && this.#filled === this.#segment.length) this.#give(this.#segment);
  }

  end(): void {
    void this.#taking.then(() => {
      if (this.#finish()) this.#settle.resolve(this.#refusal);
    });
  }

  failed(error: Error): void {
    this.#fail(error);
  }

  #give(segment: Uint8Array<ArrayBuffer>): void {
    this.#isTaking = true;
    const start = this.#at;
    this.#at += segment.length;
    this.#segment = undefined;
    this.#filled = 0;
    this.#taking = this.#deps.take(start, segment).then(
      () => {
        this.#isTaking = false;
        this.#resume();
      },
      (error: unknown) => this.#fail(error),
    );
  }

  #resume(): void {
    this.#lastByteMs = this.#deps.clock.monotonicMs();
    if (!this.#isOver) this.#deps.connection.resume();
  }

  #watch(): void {
    const { clock, settings } = this.#deps;
    this.#timer = clock.setTimer(LOOK_MS, () => {
      // While a segment waits for our disk the connection may stand still.
      if (this.#isTaking) this.#lastByteMs = clock.monotonicMs();
      const silentMs = clock.monotonicMs() - this.#lastByteMs;
      if (silentMs <= settings()['download.stall']) this.#watch();
      else this.#fail(new AppError('content.stalled', { seconds: Math.round(silentMs / 1000) }));
    });
  }

  #fail(error: unknown): void {
    // The segment before it may still be on its way to the disk.
    if (this.#finish()) void this.#taking.then(() => this.#settle.reject(error));
  }

  /** False when it was over before. */
  #finish(): boolean {
    if (this.#isOver) return false;
    this.#isOver = true;
    this.#timer?.cancel();
    return true;
  }
}
