import { toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import { slotKey, type WantedFile } from './upload-slots.ts';

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly save: (counts: ReadonlyMap<ContentHash, number>) => Promise<void>;
};

/** Who comes back within this goes on with what it began: after its turn in the line, after a pause. */
const AGAIN_MS = 3_600_000;
/** Askers of files remembered: 2 MB. The oldest are forgotten, and count again. */
const MAX_REMEMBERED = 10_000;
/** Counts are written together after this, so that a rush of requests costs one transaction. */
const SAVE_AFTER_MS = 5000;
/** Contents counted while the database takes nothing. */
const MAX_UNSAVED = 10_000;

/** Counts how often each file was asked for: what the owner sees of what others like. */
export class AskedCounts {
  readonly #deps: Deps;
  readonly #lastMs = new Map<string, number>();
  #unsaved = new Map<ContentHash, number>();
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** An upload began. */
  began({ asker, hash }: WantedFile): void {
    const { clock } = this.#deps;
    const key = slotKey(asker, hash);
    const nowMs = clock.monotonicMs();
    const lastMs = this.#lastMs.get(key);
    this.#remember(key, nowMs);
    if (lastMs !== undefined && nowMs - lastMs < AGAIN_MS) return;
    const before = this.#unsaved.get(hash);
    if (before === undefined && this.#unsaved.size >= MAX_UNSAVED) return;
    this.#unsaved.set(hash, (before ?? 0) + 1);
    this.#timer ??= clock.setTimer(SAVE_AFTER_MS, () => this.#save());
  }

  /** Writes what was counted. */
  async stop(): Promise<void> {
    if (this.#timer) this.#save();
    await this.#saving;
  }

  #remember(key: string, nowMs: number): void {
    this.#lastMs.delete(key);
    this.#lastMs.set(key, nowMs);
    const [oldest] = this.#lastMs.keys();
    if (oldest !== undefined && this.#lastMs.size > MAX_REMEMBERED) this.#lastMs.delete(oldest);
  }

  #save(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const counts = this.#unsaved;
    this.#unsaved = new Map();
    this.#saving = this.#saving.then(async () => {
      try {
        await this.#deps.save(counts);
      } catch (thrown) {
        // Written with the next ones: this is no reason to count wrong, nor to try again and again.
        for (const [hash, times] of counts) this.#unsaved.set(hash, (this.#unsaved.get(hash) ?? 0) + times);
        this.#deps.logger.debug('what was asked for is not recorded', { why: toAppError(thrown).message });
      }
    });
  }
}
