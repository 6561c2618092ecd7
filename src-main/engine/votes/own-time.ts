import type { Clock } from '../ports/index.ts';

/** The wall clock counts for at most this between two runs: one that is set forward must not make everybody old. */
const MAX_AWAY_MS = 30 * 24 * 60 * 60_000;

/** This peer's own time over all its runs: the monotonic one, and between two runs the wall clock's, as far as that goes forward. */
export class OwnTime {
  readonly #clock: Clock;
  #offsetMs: number;

  constructor(clock: Clock) {
    this.#clock = clock;
    this.#offsetMs = -clock.monotonicMs();
  }

  /** Goes on from where an earlier run was when the wall clock said `wallMs`. */
  resume({ atMs, wallMs }: { readonly atMs: number; readonly wallMs: number }): void {
    const awayMs = Math.min(Math.max(this.#clock.wallMs() - wallMs, 0), MAX_AWAY_MS);
    this.#offsetMs = atMs + (wallMs === 0 ? 0 : awayMs) - this.#clock.monotonicMs();
  }

  nowMs(): number {
    return this.#clock.monotonicMs() + this.#offsetMs;
  }
}
