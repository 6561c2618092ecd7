import type { Clock } from './ports/index.ts';

/** A wait of one at a time that may be cut short. A cut while nobody waits is not remembered. */
export class ShortWait {
  readonly #clock: Clock;
  #end: ((wasCut: boolean) => void) | undefined;

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  /** Resolves after `ms`, or never by itself when undefined; with true when it was cut short. */
  wait(ms: number | undefined): Promise<boolean> {
    return new Promise((resolve) => {
      const timer = ms === undefined ? undefined : this.#clock.setTimer(ms, () => this.#end?.(false));
      this.#end = (wasCut) => {
        this.#end = undefined;
        timer?.cancel();
        resolve(wasCut);
      };
    });
  }

  /** Ends the wait under way; false when there is none. */
  cut(): boolean {
    const isWaiting = this.#end !== undefined;
    this.#end?.(true);
    return isWaiting;
  }
}
