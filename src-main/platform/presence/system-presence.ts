import type { Presence } from '../../engine/ports/index.ts';
import { askLineCost } from './line-cost.ts';
import { isOnBattery } from './power-supply.ts';

type Sources = {
  readonly monotonicMs: () => number;
  readonly isOnBattery: () => boolean | undefined;
  readonly askLineCost: () => Promise<boolean | undefined>;
};

/** Another line is noticed within this; asking starts a program, which costs some 10 ms of a processor on Linux and 300 on Windows. */
const ASK_MS = process.platform === 'win32' ? 5 * 60_000 : 30_000;
/** A cable that is pulled is noticed within this. */
const POWER_MS = 5000;
const SYSTEM: Sources = {
  monotonicMs: () => performance.now(),
  isOnBattery: () => isOnBattery(),
  askLineCost: () => askLineCost(),
};

/** What the system tells of its power and of its line, to programs with a window and without; looked at only while somebody reads it. */
export class SystemPresence implements Presence {
  readonly #sources: Sources;
  #onBattery: boolean | undefined;
  #isMetered: boolean | undefined;
  #powerReadMs = Number.NEGATIVE_INFINITY;
  #lineAskedMs = Number.NEGATIVE_INFINITY;
  #isAsking = false;

  constructor(sources: Sources = SYSTEM) {
    this.#sources = sources;
  }

  read(): ReturnType<Presence['read']> {
    const nowMs = this.#sources.monotonicMs();
    if (nowMs >= this.#powerReadMs + POWER_MS) {
      this.#powerReadMs = nowMs;
      this.#onBattery = this.#sources.isOnBattery();
    }
    if (!this.#isAsking && nowMs >= this.#lineAskedMs + ASK_MS) {
      this.#lineAskedMs = nowMs;
      void this.#askLine();
    }
    return { onBattery: this.#onBattery, isMetered: this.#isMetered };
  }

  async #askLine(): Promise<void> {
    this.#isAsking = true;
    this.#isMetered = await this.#sources.askLineCost();
    this.#isAsking = false;
  }
}
