import type { Clock } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { LOOKS } from '../wire/limits.ts';

const MINUTE_MS = 60_000;

/** What looks may cost: they share with the user's searches and downloads what the parent does for one leaf. */
export class LookBudget {
  readonly #clock: Clock;
  readonly #begun = new RateWindow(MINUTE_MS);
  readonly #asks = new RateWindow(10 * MINUTE_MS);

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Supernodes that a look may have asked that begins now; undefined when it has to wait. */
  begin(): number | undefined {
    const nowMs = this.#clock.monotonicMs();
    const most = Math.floor((LOOKS.asksIn10Min - this.#asks.count(nowMs)) / 2);
    return most >= LOOKS.fewestAsks && this.#begun.tryTake(nowMs, 1, LOOKS.aMinute) ? most : undefined;
  }

  /** A look had so many asked. */
  asked(supernodes: number): void {
    if (supernodes > 0) this.#asks.tryTake(this.#clock.monotonicMs(), supernodes, Number.POSITIVE_INFINITY);
  }

  /** Ms until it is worth trying again. */
  waitMs(): number {
    const nowMs = this.#clock.monotonicMs();
    const isOver = LOOKS.asksIn10Min - this.#asks.count(nowMs) < 2 * LOOKS.fewestAsks;
    return (isOver ? this.#asks : this.#begun).waitMs(nowMs);
  }
}
