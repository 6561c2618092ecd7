import type { SavedId } from '../../contract/ids.ts';
import type { Clock, Random } from '../ports/index.ts';

type Deps = {
  readonly clock: Clock;
  readonly random: Random;
  /** The pause between two runs of the same search, ms; asked each time, so that a change is in force at once. */
  readonly everyMs: () => number;
};
/** `factor`: of the pause between two runs. `retryMs`: after a run that failed. */
type Entry = { sinceMs: number; factor: number; retryMs: number | undefined };

const MINUTE_MS = 60_000;
/** After a start the first runs are spread over this. */
const FIRST_WITHIN_MS = 5 * MINUTE_MS;
const FIRST_RETRY_MS = MINUTE_MS;
/** Pauses differ by this part to either side, so that not all peers search at the same time. */
const JITTER = 0.2;

/** When each watched search is due. */
export class WatchSchedule {
  readonly #deps: Deps;
  readonly #entries = new Map<SavedId, Entry>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** It has not been run in this session: due within minutes. */
  restored(id: SavedId): void {
    const withinMs = Math.min(FIRST_WITHIN_MS, this.#deps.everyMs());
    this.#set(id, { factor: (this.#deps.random.float() * withinMs) / this.#deps.everyMs(), retryMs: undefined });
  }

  /** Due at once. */
  now(id: SavedId): void {
    this.#set(id, { factor: 0, retryMs: undefined });
  }

  /** It was run. */
  ran(id: SavedId): void {
    if (this.#entries.has(id)) this.#set(id, { factor: this.#jitter(), retryMs: undefined });
  }

  /** A run was refused or failed: due after a pause that doubles each time, up to the usual one. */
  failed(id: SavedId): void {
    const entry = this.#entries.get(id);
    if (!entry) return;
    const retryMs = entry.retryMs === undefined ? FIRST_RETRY_MS : 2 * entry.retryMs;
    this.#set(id, { factor: this.#jitter(), retryMs: Math.min(retryMs, this.#deps.everyMs()) });
  }

  forget(id: SavedId): void {
    this.#entries.delete(id);
  }

  /** The one that has been due for longest. */
  due(): SavedId | undefined {
    const first = this.#first();
    return first && this.#dueMs(first[1]) <= this.#deps.clock.monotonicMs() ? first[0] : undefined;
  }

  /** Until the next is due; undefined when nothing is watched. */
  waitMs(): number | undefined {
    const first = this.#first();
    return first && Math.max(0, this.#dueMs(first[1]) - this.#deps.clock.monotonicMs());
  }

  #first(): [SavedId, Entry] | undefined {
    return [...this.#entries].reduce<[SavedId, Entry] | undefined>(
      (first, entry) => (first && this.#dueMs(first[1]) <= this.#dueMs(entry[1]) ? first : entry),
      undefined,
    );
  }

  #dueMs({ sinceMs, factor, retryMs }: Entry): number {
    return sinceMs + factor * (retryMs ?? this.#deps.everyMs());
  }

  #jitter(): number {
    return 1 - JITTER + 2 * JITTER * this.#deps.random.float();
  }

  #set(id: SavedId, entry: Omit<Entry, 'sinceMs'>): void {
    this.#entries.set(id, { ...entry, sinceMs: this.#deps.clock.monotonicMs() });
  }
}
