import type { TokenBucket } from '../token-bucket.ts';

/** Bytes taken from the limits at once: small enough for a fair share between connections, large enough to cost nothing. */
const QUANTUM = 32 * 1024;

/** What one connection may read under several rate limits: taken in advance in small amounts, so that a limit is never overdrawn. */
export class Allowance {
  readonly #buckets: readonly TokenBucket[];
  readonly #wake: () => void;
  readonly #signal: AbortSignal;
  #credit = 0;
  #isWaiting = false;

  constructor(buckets: readonly TokenBucket[], wake: () => void, signal: AbortSignal) {
    this.#buckets = buckets;
    this.#wake = wake;
    this.#signal = signal;
  }

  /** Bytes that may be read now, at most `wanted`; 0: wake is called when there is more. */
  available(wanted: number): number {
    if (this.#buckets.every((bucket) => bucket.isUnlimited)) return wanted;
    if (this.#credit <= 0) this.#refill();
    return Math.min(this.#credit, wanted);
  }

  use(bytes: number): void {
    this.#credit = Math.max(0, this.#credit - bytes);
  }

  #refill(): void {
    if (this.#isWaiting) return;
    this.#isWaiting = true;
    void Promise.all(this.#buckets.map((bucket) => bucket.wait(QUANTUM, this.#signal)))
      .then(() => {
        this.#credit += QUANTUM;
      })
      // Aborted: the connection is gone and nobody asks any more.
      .catch(() => undefined)
      .finally(() => {
        this.#isWaiting = false;
        if (!this.#signal.aborted) this.#wake();
      });
  }
}
