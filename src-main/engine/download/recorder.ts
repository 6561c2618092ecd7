import type { Settings } from '../../contract/settings.ts';
import { chunkLength } from '../content/constants.ts';
import type { Clock, Timer } from '../ports/clock.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly size: number;
  /** Makes all written bytes durable. */
  readonly sync: () => Promise<void>;
  /** Stores that these chunks are whole; called only after sync. */
  readonly record: (chunks: readonly number[]) => Promise<void>;
  /** Written bytes may be lost: what was added cannot be trusted any more. */
  readonly syncFailed: (error: unknown) => void;
  /** Recording failed; the chunks are recorded with the next ones. */
  readonly recordFailed: (error: unknown) => void;
};

/**
 * Turns *verified* into *recorded* (protocol section 9): chunks that were written are recorded together after an fdatasync, at least
 * every second or 64 MiB, on pause and at the end. After a sync that failed it records nothing more: the system may hold what it could not
 * write for written, and the next sync would know nothing of it.
 */
export class Recorder {
  readonly #deps: Deps;
  #written: number[] = [];
  #bytes = 0;
  #timer: Timer | undefined;
  #running: Promise<void> = Promise.resolve();
  #lost: { readonly error: unknown } | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** A chunk was verified and its write has returned. */
  add(chunk: number): void {
    const { clock, settings, size } = this.#deps;
    this.#written.push(chunk);
    this.#bytes += chunkLength(size, chunk);
    if (this.#bytes >= settings()['download.record-bytes']) this.#flushSoon();
    else this.#timer ??= clock.setTimer(settings()['download.record'], () => this.#flushSoon());
  }

  /** Records all that was added before; fails with disk.*. */
  flush(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    const chunks = this.#written;
    this.#written = [];
    this.#bytes = 0;
    const mine = this.#running.then(() => this.#store(chunks));
    // The next flush waits for this one and fails by itself, if it does.
    this.#running = mine.catch(() => undefined);
    return mine;
  }

  async #store(chunks: readonly number[]): Promise<void> {
    if (this.#lost) throw this.#lost.error;
    if (chunks.length === 0) return;
    const { sync, record, syncFailed, recordFailed } = this.#deps;
    await sync().catch((error: unknown) => {
      this.#lost = { error };
      syncFailed(error);
      throw error;
    });
    await record(chunks).catch((error: unknown) => {
      this.#written.unshift(...chunks);
      recordFailed(error);
      throw error;
    });
  }

  #flushSoon(): void {
    // What failed was told above.
    void this.flush().catch(() => undefined);
  }
}
