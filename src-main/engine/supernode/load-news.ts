import type { Clock, Timer } from '../ports/index.ts';
import type { Load } from '../wire/messages/load.ts';

export type LoadNewsDeps = {
  readonly clock: Clock;
  readonly load: () => Load;
  readonly tell: (load: Load) => void;
};

/** Load changes with every child; neighbours need to know a large change within seconds. */
const SOON_MS = 2000;
/** A small one may wait: nothing that is decided by load is decided more often. */
const LATER_MS = 30_000;
/** Of the places at full size, or of the queries a minute: less is small. */
const LARGE = 0.05;
/** Queries a minute that are small, however few there were. */
const FEW_QUERIES = 30;

/** Tells the neighbours what this supernode carries, when that has changed: with 50 of them each message is worth saving. */
export class LoadNews {
  readonly #deps: LoadNewsDeps;
  #told: Load | undefined;
  #timer: Timer | undefined;
  #isSoon = false;

  constructor(deps: LoadNewsDeps) {
    this.#deps = deps;
  }

  /** Something changed, maybe nothing that is told. */
  changed(): void {
    if (this.#timer && this.#isSoon) return;
    const isSoon = this.#isLarge();
    if (this.#timer && !isSoon) return;
    this.#timer?.cancel();
    this.#isSoon = isSoon;
    this.#timer = this.#deps.clock.setTimer(isSoon ? SOON_MS : LATER_MS, () => this.#tell());
  }

  /** Idempotent. */
  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  #tell(): void {
    this.#timer = undefined;
    this.#told = this.#deps.load();
    this.#deps.tell(this.#told);
  }

  #isLarge(): boolean {
    const told = this.#told;
    if (!told) return true;
    const now = this.#deps.load();
    const { children = 0, capacity = 0, fullCapacity = 0, queriesPerMinute = 0 } = now;
    const { children: childrenTold = 0, queriesPerMinute: queriesTold = 0 } = told;
    return (
      capacity !== told.capacity ||
      children < capacity !== childrenTold < capacity ||
      Math.abs(children - childrenTold) > LARGE * fullCapacity ||
      Math.abs(queriesPerMinute - queriesTold) > FEW_QUERIES + LARGE * queriesTold
    );
  }
}
