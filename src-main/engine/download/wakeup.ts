import type { Clock } from '../ports/clock.ts';

/** Lets a loop wait for news, for a time, or for its end. News that come while nobody waits are kept. */
export class Wakeup {
  readonly #clock: Clock;
  #hasNews = false;
  #resume: (() => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  notify(): void {
    this.#hasNews = true;
    this.#resume?.();
  }

  /** Resolves on news or after `maxMs`; rejects with the signal's reason when it aborts. */
  async wait(maxMs: number, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (!this.#hasNews) {
      const news = new AbortController();
      this.#resume = () => news.abort();
      await this.#clock.sleep(maxMs, AbortSignal.any([signal, news.signal])).catch(() => undefined);
      this.#resume = undefined;
      signal.throwIfAborted();
    }
    this.#hasNews = false;
  }
}
