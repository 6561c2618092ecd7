/** A window is counted in this many slices: exact to 5 % of its length, in constant memory. */
const SLICES = 20;

type Slice = { readonly number: number; count: number };

/** Counts what happened within the last `windowMs`; errs on the strict side, so that no window ever holds more than the limit. */
export class RateWindow {
  readonly #windowMs: number;
  readonly #sliceMs: number;
  #slices: Slice[] = [];

  constructor(windowMs: number) {
    this.#windowMs = windowMs;
    this.#sliceMs = windowMs / SLICES;
  }

  /** What counts at this moment. */
  count(nowMs: number): number {
    this.#forget(nowMs);
    return this.#slices.reduce((sum, slice) => sum + slice.count, 0);
  }

  /** Takes `cost` if it fits under `limit`; a cost above the whole limit fits into an empty window. */
  tryTake(nowMs: number, cost: number, limit: number): boolean {
    const used = this.count(nowMs);
    if (used > 0 && used + cost > limit) return false;
    const number = Math.floor(nowMs / this.#sliceMs);
    const last = this.#slices.at(-1);
    if (last?.number === number) last.count += cost;
    else this.#slices.push({ number, count: cost });
    return true;
  }

  /** Milliseconds until the oldest slice stops counting; 0 when nothing counts. */
  waitMs(nowMs: number): number {
    this.#forget(nowMs);
    const oldest = this.#slices[0];
    return oldest === undefined ? 0 : Math.max(1, this.#endMs(oldest) - nowMs);
  }

  #forget(nowMs: number): void {
    while (this.#slices[0] !== undefined && this.#endMs(this.#slices[0]) <= nowMs) this.#slices.shift();
  }

  /** When the last moment of the slice has left the window. */
  #endMs(slice: Slice): number {
    return (slice.number + 1) * this.#sliceMs + this.#windowMs;
  }
}
