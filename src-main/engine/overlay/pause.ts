import type { Clock, Random } from '../ports/index.ts';

/** Half of a pause is fixed, half random: peers that lost the same supernode do not all come at once. */
const JITTER = 0.5;

/** A wait between two rounds of a loop that an event can cut short. A kick between two waits ends the next one at once. */
export class Pause {
  readonly #deps: { readonly clock: Clock; readonly random: Random };
  #end: ((kicked: boolean) => void) | undefined;
  #isKicked = false;
  #isEnded = false;

  constructor(deps: { readonly clock: Clock; readonly random: Random }) {
    this.#deps = deps;
  }

  /** Waits for about `delayMs`, or without end when undefined; true when it was kicked. */
  async wait(delayMs: number | undefined): Promise<boolean> {
    if (this.#isKicked || this.#isEnded) {
      this.#isKicked = false;
      return true;
    }
    const jitteredMs = (delayMs ?? 0) * (1 - JITTER * this.#deps.random.float());
    return new Promise((resolve) => {
      const timer = delayMs === undefined ? undefined : this.#deps.clock.setTimer(jitteredMs, () => this.#end?.(false));
      this.#end = (kicked) => {
        timer?.cancel();
        this.#end = undefined;
        resolve(kicked);
      };
    });
  }

  kick(): void {
    if (this.#end) this.#end(true);
    else this.#isKicked = true;
  }

  /** Lets every wait end at once from now on. */
  end(): void {
    this.#isEnded = true;
    this.kick();
  }
}
