import { RateWindow } from './rate-window.ts';

type Options = {
  readonly windowMs: number;
  /** Keys remembered at most; beyond it the key that took first is forgotten. */
  readonly maxKeys: number;
};

/** One RateWindow for each key (a peer, an address block), in bounded memory. */
export class RateWindows {
  readonly #options: Options;
  readonly #windows = new Map<string, RateWindow>();

  constructor(options: Options) {
    this.#options = options;
  }

  /** Keys remembered now. */
  get size(): number {
    return this.#windows.size;
  }

  /** Takes `cost` from the window of `key` if it fits under `limit`. */
  tryTake(key: string, take: { readonly nowMs: number; readonly cost: number; readonly limit: number }): boolean {
    let window = this.#windows.get(key);
    if (!window) {
      this.#forgetOld(take.nowMs);
      this.#makeRoom(take.nowMs);
      window = new RateWindow(this.#options.windowMs);
      this.#windows.set(key, window);
    }
    return window.tryTake(take.nowMs, take.cost, take.limit);
  }

  /** Milliseconds until the window of `key` has more room. */
  waitMs(key: string, nowMs: number): number {
    return this.#windows.get(key)?.waitMs(nowMs) ?? 0;
  }

  /** The oldest keys whose windows are empty again: most are used once. */
  #forgetOld(nowMs: number): void {
    for (const [key, window] of this.#windows) {
      if (window.count(nowMs) > 0) return;
      this.#windows.delete(key);
    }
  }

  #makeRoom(nowMs: number): void {
    if (this.#windows.size < this.#options.maxKeys) return;
    for (const [key, window] of this.#windows) if (window.count(nowMs) === 0) this.#windows.delete(key);
    for (const key of this.#windows.keys()) {
      if (this.#windows.size < this.#options.maxKeys) return;
      this.#windows.delete(key);
    }
  }
}
