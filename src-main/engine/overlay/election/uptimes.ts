import type { Clock, Logger, Timer } from '../../ports/index.ts';
import type { UptimeStore } from '../../store/uptime-store.ts';

type UptimesDeps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly store: Pick<UptimeStore, 'all' | 'save'>;
};

/** Runs that count for the average: some days of usual use. */
const RUNS = 10;
/** A crash forgets at most this much of the present run. */
const SAVE_MS = 5 * 60_000;

/** How long this peer has been up, now and in its last runs, kept over restarts. By the monotonic clock: no wall clock is trusted. */
export class Uptimes {
  readonly #deps: UptimesDeps;
  readonly #startMs: number;
  #earlier: readonly number[] = [];
  #run = 1;
  #timer: Timer | undefined;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: UptimesDeps) {
    this.#deps = deps;
    this.#startMs = deps.clock.monotonicMs();
  }

  /** Of the present run, ms. */
  get nowMs(): number {
    return this.#deps.clock.monotonicMs() - this.#startMs;
  }

  /** Of the last runs, the present one as long as it is by now; ms. A run that has just begun does not pull it down. */
  get averageMs(): number {
    const now = this.nowMs;
    const before = mean(this.#earlier);
    return before === undefined ? now : Math.max(before, mean([...this.#earlier.slice(0, RUNS - 1), now]) ?? now);
  }

  async start(): Promise<void> {
    const rows = await this.#deps.store.all();
    this.#earlier = rows.slice(0, RUNS).map(({ upMs }) => upMs);
    this.#run = (rows[0]?.run ?? 0) + 1;
    this.#saveLater();
  }

  async stop(): Promise<void> {
    this.#timer?.cancel();
    this.#timer = undefined;
    this.#save();
    await this.#saving;
  }

  #saveLater(): void {
    this.#timer = this.#deps.clock.setTimer(SAVE_MS, () => {
      this.#save();
      this.#saveLater();
    });
  }

  #save(): void {
    const { store, logger } = this.#deps;
    const upMs = Math.round(this.nowMs);
    this.#saving = this.#saving
      .then(() => store.save(this.#run, upMs, this.#run - RUNS))
      .catch((thrown: unknown) => logger.warn('the time that this peer is up was not saved', { error: thrown }));
  }
}

function mean(values: readonly number[]): number | undefined {
  return values.length === 0 ? undefined : values.reduce((sum, value) => sum + value, 0) / values.length;
}
