/** An ask over a session costs one round trip; one by POST costs a dial and TLS first. They are never mixed. */
export type AskKind = 'session' | 'dial';

/** The newest answers count: about two waves of each kind. */
const KEPT = 32;
/** Fewer samples say nothing about the median: the whole allowance is waited. */
const MIN_SAMPLES = 3;
/** The shortest wait. Near supernodes answer in a few ms, and twice that would cut off whoever needs one disk read or one pause. */
const MIN_WAIT_MS = 250;
/** A wave waits for those slower than the median, but not for those that hang. */
const MEDIANS = 2;

/** How long supernodes took to answer, and from that how long a wave waits. Shared by all searches of a peer. */
export class RoundTrips {
  readonly #samples: Record<AskKind, number[]> = { session: [], dial: [] };

  add(kind: AskKind, elapsedMs: number): void {
    const samples = this.#samples[kind];
    samples.push(elapsedMs);
    if (samples.length > KEPT) samples.shift();
  }

  /** Twice the median of this kind, within MIN_WAIT_MS and `maxMs`. */
  waitMs(kind: AskKind, maxMs: number): number {
    const sorted = [...this.#samples[kind]].sort((a, b) => a - b);
    const median = sorted[sorted.length >> 1];
    if (median === undefined || sorted.length < MIN_SAMPLES) return maxMs;
    return Math.min(maxMs, Math.max(MIN_WAIT_MS, MEDIANS * median));
  }
}
