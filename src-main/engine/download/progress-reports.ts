import type { DownloadId } from '../../contract/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';

/** At most 5 reports a second for one download (design section 13). */
const INTERVAL_MS = 200;

/** Thins out progress: the first news goes out at once, later ones together when the interval is over. */
export class ProgressReports {
  readonly #clock: Clock;
  readonly #report: (id: DownloadId) => void;
  readonly #lastMs = new Map<DownloadId, number>();
  readonly #pending = new Set<DownloadId>();
  #timer: Timer | undefined;

  constructor(clock: Clock, report: (id: DownloadId) => void) {
    this.#clock = clock;
    this.#report = report;
  }

  touch(id: DownloadId): void {
    const last = this.#lastMs.get(id);
    if (last === undefined || this.#clock.monotonicMs() - last >= INTERVAL_MS) {
      this.now(id);
      return;
    }
    this.#pending.add(id);
    this.#timer ??= this.#clock.setTimer(INTERVAL_MS, () => this.#flush());
  }

  /** Out of turn, for a change of state. */
  now(id: DownloadId): void {
    this.#pending.delete(id);
    this.#lastMs.set(id, this.#clock.monotonicMs());
    this.#report(id);
  }

  forget(id: DownloadId): void {
    this.#pending.delete(id);
    this.#lastMs.delete(id);
  }

  stop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#pending.clear();
  }

  #flush(): void {
    this.#timer = undefined;
    for (const id of [...this.#pending]) this.now(id);
  }
}
