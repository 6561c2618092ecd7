/** Packets about peers that are read in a second: a peer asks at most once a second, and 500 that answer take 0.1 s to do so. */
const PER_SECOND = 200;
/** From one address: a few peers on one machine that ask and answer. */
const PER_SOURCE = 20;
const SECOND_MS = 1000;

/** Who sends more than a well-behaved network does is not read: decoding for a stranger must not cost more than this. */
export class PacketBudget {
  readonly #monotonicMs: () => number;
  readonly #bySource = new Map<string, number>();
  #sinceMs = Number.NEGATIVE_INFINITY;
  #taken = 0;

  constructor(monotonicMs: () => number) {
    this.#monotonicMs = monotonicMs;
  }

  /** False: too many came within this second. */
  take(source: string): boolean {
    const nowMs = this.#monotonicMs();
    if (nowMs - this.#sinceMs >= SECOND_MS) {
      this.#sinceMs = nowMs;
      this.#taken = 0;
      this.#bySource.clear();
    }
    const ofSource = this.#bySource.get(source) ?? 0;
    if (this.#taken >= PER_SECOND || ofSource >= PER_SOURCE) return false;
    this.#taken++;
    this.#bySource.set(source, ofSource + 1);
    return true;
  }
}
