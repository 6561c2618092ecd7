/** What was seen of the slots at one moment. */
export type SlotLook = {
  readonly nowMs: number;
  /** Bytes sent in all. */
  readonly sentBytes: number;
  readonly used: number;
  readonly waiting: number;
  /** Bytes a second that the line takes, or that it is limited to; undefined while that is not known. */
  readonly lineBps: number | undefined;
};

const FIRST = 4;
/** One reader that is far away must not be all that is sent to. */
const LEAST = 2;
const MOST = 40;
/** A slot that has less than this is of little use: an hour for a song of an hour. */
const USEFUL_BPS = 20 * 1024;
/** Long against the burst with which a transfer begins, short against a turn. */
const STEP_MS = 15_000;
/** A line is full above this share of what it is known to take, and has room below the other one. */
const FULL = 0.9;
const ROOM = 0.8;
/** Full for so long, the same may be had with a slot less, and each reader faster. */
const FULL_STEPS = 8;
/** After a step that brought nothing: steps until the next try, doubling. */
const REST_STEPS = 4;
const MOST_REST_STEPS = 64;
/** A further slot must bring this share of what one has had in the mean. */
const WORTH = 0.3;

type Trial = { readonly from: number; readonly bps: number };

/**
 * How many uploads at once fill the line: as few as do, so that each reader is served fast and its turn soon over. While peers wait a slot is added
 * and kept if more is sent with it; when the line has been full for a while one is taken away, and given back if less is sent without it.
 */
export class AutoSlots {
  #slots = FIRST;
  #step: { readonly startMs: number; readonly startBytes: number; isBusy: boolean } | undefined;
  #trial: Trial | undefined;
  #restSteps = 0;
  #nextRest = REST_STEPS;
  #fullSteps = 0;

  get slots(): number {
    return this.#slots;
  }

  /** Called about once a second while anything is sent or waits. */
  look({ nowMs, sentBytes, used, waiting, lineBps }: SlotLook): void {
    const isBusy = waiting > this.#slots - used;
    this.#step ??= { startMs: nowMs, startBytes: sentBytes, isBusy: true };
    if (!isBusy) this.#step.isBusy = false;
    const elapsedMs = nowMs - this.#step.startMs;
    if (elapsedMs < STEP_MS) return;
    const bps = ((sentBytes - this.#step.startBytes) / elapsedMs) * 1000;
    const wasBusy = this.#step.isBusy;
    this.#step = undefined;
    // While nobody waits but those whom a free slot is held for there are enough.
    if (wasBusy) this.#judge(bps, lineBps);
    else this.#trial = undefined;
  }

  #judge(bps: number, lineBps: number | undefined): void {
    const trial = this.#trial;
    this.#trial = undefined;
    if (trial) this.#judgeTrial(trial, bps);
    else if (this.#restSteps > 0) this.#restSteps--;
    else if (bps / this.#slots < USEFUL_BPS) this.#set(this.#slots - 1);
    else if (lineBps === undefined || bps < lineBps * ROOM) this.#try(this.#slots + 1, bps);
    else if (bps < lineBps * FULL) this.#fullSteps = 0;
    else if (++this.#fullSteps >= FULL_STEPS) this.#try(this.#slots - 1, bps);
  }

  #judgeTrial({ from, bps: before }: Trial, bps: number): void {
    const more = (bps - before) / (before / from);
    const isGood = this.#slots > from ? more >= WORTH : more > -WORTH;
    if (isGood) {
      this.#nextRest = REST_STEPS;
      return;
    }
    this.#set(from);
    this.#restSteps = this.#nextRest;
    this.#nextRest = Math.min(2 * this.#nextRest, MOST_REST_STEPS);
  }

  #try(slots: number, bps: number): void {
    const from = this.#slots;
    this.#set(slots);
    if (this.#slots !== from) this.#trial = { from, bps };
  }

  #set(slots: number): void {
    this.#slots = Math.min(Math.max(slots, LEAST), MOST);
    this.#fullSteps = 0;
  }
}
