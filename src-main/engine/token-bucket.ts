import type { Clock, Timer } from './ports/index.ts';

type TokenBucketDeps = {
  readonly clock: Clock;
  /** Tokens a second; 0 = no limit. Asked each time, so that a changed setting is in force at once. */
  readonly rate: () => number;
  /** Tokens that may be saved up for a burst; the bucket starts full. */
  readonly capacity: () => number;
};

type Waiter = { readonly tokens: number; readonly grant: () => void };

/** A changed rate reaches those who wait within this. */
const RECHECK_MS = 250;
/** Below this no host's timer is worth setting; what comes late is not lost. */
const MIN_TIMER_MS = 1;
/** A thousandth of a token forgives what doubles lose in sums of years of milliseconds. */
const ROUNDING = 1e-3;

/** Limits how much happens in a time: messages, dials, bytes. Over any time t at most capacity + rate·t tokens are given by `wait`. */
export class TokenBucket {
  readonly #deps: TokenBucketDeps;
  readonly #waiters: Waiter[] = [];
  #tokens: number;
  #filledAtMs: number;
  /** That of the last filling. */
  #rate: number;
  #timer: Timer | undefined;

  constructor(deps: TokenBucketDeps) {
    this.#deps = deps;
    this.#tokens = deps.capacity();
    this.#filledAtMs = deps.clock.monotonicMs();
    this.#rate = deps.rate();
  }

  get isUnlimited(): boolean {
    return this.#deps.rate() === 0;
  }

  /** True when nothing is owed and nothing was taken lately: such a bucket can be forgotten. */
  get isFull(): boolean {
    this.#fill();
    return this.#deps.rate() === 0 || this.#tokens >= this.#deps.capacity();
  }

  /** Takes `tokens` now, or nothing and returns false. More than the capacity is taken from a full bucket, which then owes the rest. */
  take(tokens: number): boolean {
    if (this.#deps.rate() === 0) return true;
    this.#fill();
    if (this.#waiters.length > 0 || this.#tokens + ROUNDING < Math.min(tokens, this.#deps.capacity())) return false;
    this.#tokens -= tokens;
    return true;
  }

  /** Resolves when `tokens` were taken, first come first served; rejects with the signal's reason and takes nothing. */
  wait(tokens: number, signal?: AbortSignal): Promise<void> {
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const onAbort = () => {
        this.#waiters.splice(this.#waiters.indexOf(waiter), 1);
        this.#serve();
        reject(signal?.reason);
      };
      const grant = () => {
        signal?.removeEventListener('abort', onAbort);
        resolve();
      };
      const waiter: Waiter = { tokens, grant };
      signal?.addEventListener('abort', onAbort, { once: true });
      this.#fill();
      this.#waiters.push(waiter);
      this.#serve();
    });
  }

  #serve(): void {
    this.#fill();
    let next = this.#waiters[0];
    while (next && (this.#deps.rate() === 0 || this.#tokens + ROUNDING >= next.tokens)) {
      if (this.#deps.rate() !== 0) this.#tokens -= next.tokens;
      this.#waiters.shift();
      next.grant();
      next = this.#waiters[0];
    }
    this.#timer?.cancel();
    this.#timer = undefined;
    if (!next) return;
    const missingMs = ((next.tokens - this.#tokens) * 1000) / this.#deps.rate();
    const delayMs = Math.min(Math.max(missingMs, MIN_TIMER_MS), RECHECK_MS);
    this.#timer = this.#deps.clock.setTimer(delayMs, () => this.#serve());
  }

  /**
   * Those who wait may be owed more than the capacity: else a late timer or a large wait would lose what is due. What was saved up under another rate is
   * not kept: a lowered limit would hold only when that is spent.
   */
  #fill(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    const rate = this.#deps.rate();
    const gained = ((nowMs - this.#filledAtMs) * rate) / 1000;
    const owed = this.#waiters.reduce((sum, { tokens }) => sum + tokens, 0);
    const mayHold = this.#deps.capacity() + owed;
    const most = rate === this.#rate ? Math.max(mayHold, this.#tokens) : mayHold;
    this.#filledAtMs = nowMs;
    this.#rate = rate;
    this.#tokens = Math.min(this.#tokens + gained, most);
  }
}
