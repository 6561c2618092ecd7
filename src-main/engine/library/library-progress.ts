import type { LibraryProgressView } from '../../contract/outputs.ts';
import type { Clock, Timer } from '../ports/index.ts';
import type { HashBacklog, HashJob } from './hash-queue.ts';

type Deps = {
  readonly clock: Clock;
  readonly isScanning: () => boolean;
  readonly isHashing: () => boolean;
  readonly backlog: () => HashBacklog;
};

/** At most 5 reports a second (design section 13). */
const INTERVAL_MS = 200;
/** The rate is that of about the last minute or two of work: when that is over, the past counts half. */
const MEMORY_MS = 60_000;

/** How far scanning and hashing have come, and who wants to hear of it. */
export class LibraryProgress {
  readonly #deps: Deps;
  readonly #listeners = new Set<(view: LibraryProgressView) => void>();
  #timer: Timer | undefined;
  #lastMs = Number.NEGATIVE_INFINITY;
  #wasBusy = false;
  #isStopped = false;
  #working = 0;
  /** Since when the present work has not been counted in. */
  #sinceMs = 0;
  #workedMs = 0;
  #workedBytes = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  view(): LibraryProgressView {
    const { backlog, isScanning } = this.#deps;
    const { files, bytes, current } = backlog();
    const isStillScanning = isScanning();
    const idleOrScanning = isStillScanning ? 'scanning' : 'idle';
    const rate = this.#workedMs > 0 ? (this.#workedBytes / this.#workedMs) * 1000 : 0;
    return {
      state: files > 0 ? 'hashing' : idleOrScanning,
      filesLeft: files,
      bytesLeft: bytes,
      current: current ? { path: current.path, size: current.stat.size } : null,
      rate,
      // What a scan will yet find, nobody knows.
      etaSeconds: isStillScanning || files === 0 || rate === 0 ? null : this.#secondsLeft(bytes, rate, current),
    };
  }

  /** Calls `listener` with what has changed, at most 5 times a second and when work begins or is over. Returns how to end that. */
  onChange(listener: (view: LibraryProgressView) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Something about it may have changed. */
  touch(): void {
    if (this.#isStopped) return;
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#isBusy() !== this.#wasBusy || nowMs - this.#lastMs >= INTERVAL_MS) this.#report(nowMs);
    else this.#timer ??= this.#deps.clock.setTimer(INTERVAL_MS, () => this.#report(this.#deps.clock.monotonicMs()));
  }

  /** A file is taken up. */
  began(): void {
    if (this.#working++ === 0) this.#sinceMs = this.#deps.clock.monotonicMs();
    this.touch();
  }

  /** A file is done with, whatever came of it. */
  ended({ stat }: HashJob): void {
    const nowMs = this.#deps.clock.monotonicMs();
    this.#working--;
    this.#workedMs += nowMs - this.#sinceMs;
    this.#sinceMs = nowMs;
    this.#workedBytes += stat.size;
    if (this.#workedMs > MEMORY_MS) {
      this.#workedMs /= 2;
      this.#workedBytes /= 2;
    }
    this.touch();
  }

  stop(): void {
    this.#isStopped = true;
    this.#timer?.cancel();
    this.#timer = undefined;
  }

  /** The file that is being read counts as far as it will have been read by now. */
  #secondsLeft(bytes: number, rate: number, current: HashJob | undefined): number {
    const elapsedSeconds = current ? (this.#deps.clock.monotonicMs() - this.#sinceMs) / 1000 : 0;
    const read = Math.min(current?.stat.size ?? 0, elapsedSeconds * rate);
    return (bytes - read) / rate;
  }

  #isBusy(): boolean {
    return this.#deps.isScanning() || this.#deps.isHashing();
  }

  #report(nowMs: number): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#lastMs = nowMs;
    const view = this.view();
    this.#wasBusy = view.state !== 'idle';
    for (const listener of [...this.#listeners]) listener(view);
  }
}
