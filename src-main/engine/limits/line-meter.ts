import type { LimitView } from '../../contract/limits.ts';

/** Longer than a burst or what systems buffer before a connection is as fast as the line. */
const STEP_MS = 5000;
/** So fast goes what a limit holds back. */
const AT_LIMIT = 0.8;
/** What a share of the line holds back is let go for so long, and so often, to see how fast it would be. */
const LIFT_MS = 10_000;
const LIFT_EVERY_MS = 10 * 60_000;
/** After that the line may be another one. */
const KEPT_MS = 24 * 3_600_000;

/** The fastest that files travelled in one direction: the line is at least as fast, whatever limit held. */
export class LineMeter {
  #since: { readonly atMs: number; readonly bytes: number } | undefined;
  #best: { readonly atMs: number; readonly rateBps: number } | undefined;
  #liftedMs = Number.NEGATIVE_INFINITY;

  /** Bytes a second; 0 while nothing was measured. */
  get rateBps(): number {
    return this.#best?.rateBps ?? 0;
  }

  /** Whether no share of the line holds now. */
  isLifted(nowMs: number): boolean {
    return nowMs - this.#liftedMs < LIFT_MS;
  }

  /** `bytes`: all so far; `limit`: what held since the last look. */
  look(nowMs: number, bytes: number, limit: LimitView | undefined): void {
    const since = this.#since ?? { atMs: nowMs, bytes };
    const elapsedMs = nowMs - since.atMs;
    if (elapsedMs < STEP_MS) {
      this.#since = since;
      return;
    }
    this.#since = { atMs: nowMs, bytes };
    const rateBps = ((bytes - since.bytes) * 1000) / elapsedMs;
    if (!this.#best || rateBps >= this.#best.rateBps || nowMs - this.#best.atMs > KEPT_MS)
      this.#best = { atMs: nowMs, rateBps };
    const isHeldBack = limit?.why === 'line' && rateBps > AT_LIMIT * limit.rate;
    if (isHeldBack && nowMs - this.#liftedMs >= LIFT_EVERY_MS) this.#liftedMs = nowMs;
  }
}
