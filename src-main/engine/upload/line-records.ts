import type { Slot, WantedFile } from './upload-slots.ts';

/** Files and peers remembered: half a megabyte. The oldest are forgotten. */
const MAX_REMEMBERED = 2000;
/** Turns and transfers that the figures are taken from: the last hour of a busy peer. */
const MAX_SAMPLES = 60;
/** A rate of less than this is of a burst out of buffers. */
const LEAST_OBSERVED_MS = 2000;
/** Assumed before anything was seen: an ordinary line. */
const FIRST_RATE_BPS = 2 ** 20;

/** `isDone`: its owner wanted no more, nothing else ended it. */
type Ended = { readonly isDone: boolean; readonly nowMs: number; readonly turnMs: number };

/** What the line has seen of those that it served: how fast they read, and how much of a file they want from here. */
export class LineRecords {
  readonly #sent = new Map<string, number>();
  readonly #rates = new Map<string, number>();
  readonly #lastRates = new Samples();
  readonly #shares = new Samples();
  readonly #turnsMs = new Samples();
  readonly #overrunsMs = new Samples();

  /** A slot has ended. */
  ended(slot: Slot, { isDone, nowMs, turnMs }: Ended): void {
    const heldMs = nowMs - slot.takenMs;
    if (heldMs >= turnMs && !isDone) this.#overrunsMs.add(heldMs - turnMs);
    const sent = (this.#sent.get(slot.key) ?? 0) + slot.sent;
    if (slot.sent > 0 && heldMs >= LEAST_OBSERVED_MS) {
      const rate = (slot.sent / heldMs) * 1000;
      remember(this.#rates, slot.asker.party, rate);
      this.#lastRates.add(rate);
    }
    this.#turnsMs.add(heldMs);
    if (!isDone) remember(this.#sent, slot.key, sent);
    else {
      this.#sent.delete(slot.key);
      if (slot.size !== undefined && sent > 0) this.#shares.add(Math.min(1, sent / slot.size));
    }
  }

  /** Bytes a second of a reader, the last time; of one that is not known, of the one in the middle. */
  rateBps(party: string): number {
    return this.#rates.get(party) ?? this.#lastRates.median() ?? FIRST_RATE_BPS;
  }

  /** Bytes a second of who is being served. */
  rateOfSlot(slot: Slot, nowMs: number): number {
    const heldMs = nowMs - slot.takenMs;
    return heldMs < LEAST_OBSERVED_MS || slot.sent === 0 ? this.rateBps(slot.asker.party) : (slot.sent / heldMs) * 1000;
  }

  /** Bytes that somebody will still ask for, beyond `now` of this turn; undefined when the size is not known. */
  neededBytes({ size }: WantedFile, key: string, now = 0): number | undefined {
    if (size === undefined) return undefined;
    const had = ((this.#sent.get(key) ?? 0) + now) / size;
    // Others who got this far: what did they want in the end?
    const share = this.#shares.median(had) ?? 1;
    return Math.max(0, share - had) * size;
  }

  /** By how much turns last longer than they should, in the middle. */
  overrunMs(): number {
    return this.#overrunsMs.median() ?? 0;
  }

  /** How long a slot was held, in the middle of the last ones. */
  turnMs(): number | undefined {
    return this.#turnsMs.median();
  }
}

function remember(map: Map<string, number>, key: string, value: number): void {
  map.delete(key);
  map.set(key, value);
  const [oldest] = map.keys();
  if (oldest !== undefined && map.size > MAX_REMEMBERED) map.delete(oldest);
}

/** The newest values, in order of size when they are looked at. */
class Samples {
  readonly #values: number[] = [];
  #sorted: readonly number[] | undefined;

  add(value: number): void {
    this.#values.push(value);
    if (this.#values.length > MAX_SAMPLES) this.#values.shift();
    this.#sorted = undefined;
  }

  /** The value in the middle of those above `least`. */
  median(least = Number.NEGATIVE_INFINITY): number | undefined {
    this.#sorted ??= this.#values.toSorted((a, b) => a - b);
    const above = this.#sorted.findIndex((value) => value > least);
    return above < 0 ? undefined : this.#sorted[(above + this.#sorted.length) >> 1];
  }
}
