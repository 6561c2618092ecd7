import { toAppError } from '../../contract/errors.ts';
import { addWithin } from '../add-within.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import type { StoredStrikes, StrikeStore } from '../store/strike-store.ts';

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<StrikeStore, 'load' | 'save'>;
  /** As it is now; undefined when it is forgotten. */
  readonly read: (key: string) => Omit<StoredStrikes, 'key' | 'wallMs'> | undefined;
};

/** A crash costs what came in this time. */
const SAVE_AFTER_MS = 5000;
/** Rows of one transaction: who floods this peer under many keys must not hold up the disk. */
const SAVE_ROWS = 500;
/** Keys that wait to be written, twice as many as are remembered: those who come faster, or a disk that takes nothing, must not fill memory. */
const MAX_UNSAVED = 20_000;

/** Writes what changed of the strikes, a moment later and some at once. */
export class StrikeKeeper {
  readonly #deps: Deps;
  readonly #unsaved = new Set<string>();
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();
  #isRunning = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** What was kept, oldest first. Time while the peer was off counts, as far as this machine's clock goes forward. Fails with disk.*. */
  async start(): Promise<readonly StoredStrikes[]> {
    const wallMs = this.#deps.clock.wallMs();
    const stored = await this.#deps.store.load();
    this.#isRunning = true;
    this.#watch();
    return stored
      .map((one) => {
        const awayMs = Math.max(0, wallMs - one.wallMs);
        const reasons = one.reasons.map(({ why, agoMs }) => ({ why, agoMs: agoMs + awayMs }));
        return { ...one, reasons, agoMs: one.agoMs + awayMs, bannedMs: Math.max(0, one.bannedMs - awayMs) };
      })
      .sort((a, b) => b.agoMs - a.agoMs);
  }

  changed(key: string): void {
    addWithin(this.#unsaved, key, MAX_UNSAVED);
    this.#watch();
  }

  /** Writes what is left. Idempotent. */
  async stop(): Promise<void> {
    if (!this.#isRunning) return;
    this.#isRunning = false;
    this.#timer?.cancel();
    this.#timer = undefined;
    const batches = Math.ceil(this.#unsaved.size / SAVE_ROWS);
    for (let batch = 0; batch < batches; batch++) await this.#save();
    await this.#saving;
  }

  #watch(): void {
    if (!this.#isRunning || this.#unsaved.size === 0) return;
    this.#timer ??= this.#deps.clock.setTimer(SAVE_AFTER_MS, () => {
      this.#timer = undefined;
      void this.#save();
    });
  }

  #save(): Promise<void> {
    this.#saving = this.#saving.then(() => this.#write([...this.#unsaved].slice(0, SAVE_ROWS)));
    return this.#saving;
  }

  async #write(keys: readonly string[]): Promise<void> {
    const { store, clock, read, logger } = this.#deps;
    const changed: StoredStrikes[] = [];
    const removed: string[] = [];
    for (const key of keys) {
      this.#unsaved.delete(key);
      const now = read(key);
      if (now) changed.push({ key, ...now, wallMs: clock.wallMs() });
      else removed.push(key);
    }
    try {
      await store.save(changed, removed);
    } catch (thrown) {
      // Written with the next ones: a ban holds in memory all the same.
      for (const key of keys) addWithin(this.#unsaved, key, MAX_UNSAVED);
      logger.debug('strikes are not recorded', { why: toAppError(thrown).message });
    }
    this.#watch();
  }
}
