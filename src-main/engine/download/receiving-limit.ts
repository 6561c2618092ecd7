import type { Clock } from '../ports/clock.ts';
import { TokenBucket } from '../token-bucket.ts';

/** Burst of a rate limit, as time of its rate, and at least one read. */
const BURST_SECONDS = 0.1;
const MIN_BURST_BYTES = 64 * 1024;

/** A receiving limit; `rate` in bytes a second, 0 = none. */
export const receivingLimit = (clock: Clock, rate: () => number): TokenBucket =>
  new TokenBucket({ clock, rate, capacity: () => Math.max(MIN_BURST_BYTES, rate() * BURST_SECONDS) });
