import type { Clock, Random } from '../ports/index.ts';
import { ShortWait } from '../short-wait.ts';

/** Half of a pause is fixed, half random: peers that lost the same supernode do not all come at once. */
const JITTER = 0.5;

/** A wait between two rounds of a loop that an event can cut short. A kick between two waits ends the next one at once. */
export class Pause {
  readonly #random: Random;
  readonly #wait: ShortWait;
  #isKicked = false;
  #isEnded = false;

  constructor({ clock, random }: { readonly clock: Clock; readonly random: Random }) {
    this.#random = random;
    this.#wait = new ShortWait(clock);
  }

  /** Waits for about `delayMs`, or without end when undefined; true when it was kicked. */
  async wait(delayMs: number | undefined): Promise<boolean> {
    if (this.#isKicked || this.#isEnded) {
      this.#isKicked = false;
      return true;
    }
    const jitter = 1 - JITTER * this.#random.float();
    return this.#wait.wait(delayMs === undefined ? undefined : delayMs * jitter);
  }

  kick(): void {
    if (!this.#wait.cut()) this.#isKicked = true;
  }

  /** Lets every wait end at once from now on. */
  end(): void {
    this.#isEnded = true;
    this.kick();
  }
}
