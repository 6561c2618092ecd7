import type { Clock } from './ports/clock.ts';

/** Weight of the past falls to 1/e in this time: long enough to smooth TCP's bursts, short enough to follow a change within seconds. */
const TIME_CONSTANT_MS = 4000;
/** Less observed time than this says nothing: a burst out of a buffer would look like any speed. */
const MIN_OBSERVED_MS = 20;

/** Smoothed rate of a transfer, counted over the time in which it was running only. */
export class RateMeter {
  readonly #clock: Clock;
  #bytes = 0;
  #observedMs = 0;
  #since: number | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Time counts from now on. */
  start(): void {
    this.#since ??= this.#clock.monotonicMs();
  }

  /** Time does not count until start. */
  pause(): void {
    this.#settle();
    this.#since = undefined;
  }

  add(bytes: number): void {
    this.start();
    this.#bytes += bytes;
  }

  /** Bytes a second; 0 while too little was seen. */
  rateBps(): number {
    this.#settle();
    return this.#observedMs < MIN_OBSERVED_MS ? 0 : (this.#bytes / this.#observedMs) * 1000;
  }

  #settle(): void {
    if (this.#since === undefined) return;
    const now = this.#clock.monotonicMs();
    const elapsed = now - this.#since;
    // Below this the arithmetic would cost more than it tells.
    if (elapsed < 1) return;
    this.#since = now;
    const keep = this.#observedMs + elapsed > MIN_OBSERVED_MS ? Math.exp(-elapsed / TIME_CONSTANT_MS) : 1;
    this.#bytes *= keep;
    this.#observedMs = (this.#observedMs + elapsed) * keep;
  }
}
