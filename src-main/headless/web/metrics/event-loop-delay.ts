import { monitorEventLoopDelay } from 'node:perf_hooks';

/** Seconds by which a timer came late. */
export type Delays = { readonly p50: number; readonly p99: number; readonly max: number };

/** Node's timer looks this often; what it records is the time between two looks, so this much of it is no delay. */
const RESOLUTION_MS = 20;
const NANOSECONDS = 1e9;

/** How late this process gets round to things. It measures from the first `take` on: a peer that nobody watches is not woken for it. */
export class EventLoopDelay {
  #histogram: ReturnType<typeof monitorEventLoopDelay> | undefined;

  /** Of the time since the last call; undefined the first time, and when nothing was measured yet. */
  take(): Delays | undefined {
    const histogram = this.#histogram;
    if (!histogram) {
      this.#histogram = monitorEventLoopDelay({ resolution: RESOLUTION_MS });
      this.#histogram.enable();
      return undefined;
    }
    if (histogram.count === 0) return undefined;
    const delays = {
      p50: delayOf(histogram.percentile(50)),
      p99: delayOf(histogram.percentile(99)),
      max: delayOf(histogram.max),
    };
    histogram.reset();
    return delays;
  }

  /** Idempotent. */
  stop(): void {
    this.#histogram?.disable();
    this.#histogram = undefined;
  }
}

const delayOf = (nanoseconds: number): number => Math.max(0, nanoseconds / NANOSECONDS - RESOLUTION_MS / 1000);
