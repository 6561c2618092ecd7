import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/index.ts';

type Deps = { readonly clock: Clock; readonly settings: () => Settings };

/** What failed is tried again after this, and each further time after four times as long: at once it would only fail again. */
const FIRST_MS = 10_000;
const GROWTH = 4;

/** When something of a shared folder that failed is tried again: ever more rarely, up to the rescan, which would try it by itself. */
export class RetryTimer {
  readonly #deps: Deps;
  #timer: Timer | undefined;
  #failures = 0;
  #failedAtMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Failures one after the other. One that comes long after the last counts as the first. */
  get failures(): number {
    return this.#failures;
  }

  /** It failed: calls `task` later, once for all failures until then. */
  failed(task: () => void): void {
    const { clock, settings } = this.#deps;
    const { 'library.rescan': rescanMs } = settings();
    const now = clock.monotonicMs();
    if (now - this.#failedAtMs >= 2 * rescanMs) this.#failures = 0;
    this.#failedAtMs = now;
    if (this.#timer) return;
    this.#timer = clock.setTimer(Math.min(FIRST_MS * GROWTH ** this.#failures, rescanMs), () => {
      this.#timer = undefined;
      task();
    });
    this.#failures++;
  }

  /** Does not try by itself any more. */
  cancel(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** Begins anew: what failed is another thing now. */
  reset(): void {
    this.cancel();
    this.#failures = 0;
  }
}
