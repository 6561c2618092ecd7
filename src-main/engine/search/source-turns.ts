import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';

const MINUTE_MS = 60_000;
/** Queries by hash that run at once: below what a supernode lets one leaf run, so that the user's searches find room. */
const RUNNING = 6;
/** Downloads that may wait for a turn; more do without this time. */
const MAX_WAITING = 1000;

type SourceTurnsDeps = { readonly clock: Clock; readonly settings: () => Settings };

/** Lets downloads ask for sources in turn, so that they leave most of this peer's query budget to its user. */
export class SourceTurns {
  readonly #deps: SourceTurnsDeps;
  readonly #started = new RateWindow(MINUTE_MS);
  readonly #waiting = new Set<(isGiven: boolean) => void>();
  #running = 0;
  #timer: Timer | undefined;

  constructor(deps: SourceTurnsDeps) {
    this.#deps = deps;
  }

  /** Resolves with true when it is the caller's turn, who then calls `done`; with false on abort, or when too many wait. */
  take(signal: AbortSignal): Promise<boolean> {
    if (signal.aborted || this.#waiting.size >= MAX_WAITING) return Promise.resolve(false);
    return new Promise((resolve) => {
      const settle = (isGiven: boolean) => {
        this.#waiting.delete(settle);
        signal.removeEventListener('abort', onAbort);
        resolve(isGiven);
      };
      const onAbort = () => settle(false);
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(settle);
      this.#serve();
    });
  }

  /** Ends a turn. */
  done(): void {
    this.#running--;
    this.#serve();
  }

  /** Turns everybody away who waits. Idempotent. */
  close(): void {
    for (const settle of [...this.#waiting]) settle(false);
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #serve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const { clock, settings } = this.#deps;
    const nowMs = clock.monotonicMs();
    for (const settle of this.#waiting) {
      if (this.#running >= RUNNING) return;
      if (!this.#started.tryTake(nowMs, 1, settings()['search.source-queries'])) {
        this.#timer = clock.setTimer(this.#started.waitMs(nowMs), () => this.#serve());
        return;
      }
      this.#running++;
      settle(true);
    }
  }
}
