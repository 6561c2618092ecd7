import type { CommandInput, Events } from '../../contract/api.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { SavedId } from '../../contract/ids.ts';
import type { SavedView } from '../../contract/saved.ts';
import type { SearchResult } from '../../contract/search.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import type { Collected } from '../search/collecting-sink.ts';
import { ShortWait } from '../short-wait.ts';
import { randomId } from '../shuffle.ts';
import type { SavedStore } from '../store/saved-store.ts';
import { WatchSchedule } from './watch-schedule.ts';

export type SavedSearchesDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly store: SavedStore;
  /** Fails with search.query-invalid. */
  readonly check: (words: string) => unknown;
  /** Runs a search that no face sees. */
  readonly search: (words: string, signal: AbortSignal) => Promise<Collected>;
  readonly found: (event: Events['saved.found']) => void;
};

const MAX_SAVED = 100;
const ID_BYTES = 4;
/** Names in an announcement. */
const MAX_NAMES = 3;
/** A change of the setting is in force within this. */
const LOOK_MS = 60_000;
/** Between two runs, so that watching takes at most a third of the queries that go unseen. */
const LEAST_GAP_MS = 10_000;
/** Runs that ask many supernodes follow each other slowly: all of them ask at most this part of what a leaf may ask in 10 minutes. */
const ASKS_PART = 1 / 3;
const ASKS_WINDOW_MS = 600_000;

/** Searches that the user keeps; the watched ones are run quietly, one at a time, and what is new is announced once. */
export class SavedSearches {
  readonly #deps: SavedSearchesDeps;
  readonly #saved = new Map<SavedId, SavedView>();
  readonly #schedule: WatchSchedule;
  readonly #pause: ShortWait;
  /** Changes are made one after the other. */
  #changing: Promise<unknown> = Promise.resolve();
  #running: AbortController | undefined;
  #run: { readonly id: SavedId; readonly abort: AbortController } | undefined;
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: SavedSearchesDeps) {
    this.#deps = deps;
    this.#pause = new ShortWait(deps.clock);
    this.#schedule = new WatchSchedule({ ...deps, everyMs: () => deps.settings()['search.watch-every'] });
  }

  async start(): Promise<void> {
    if (this.#running) return;
    const running = new AbortController();
    this.#running = running;
    for (const saved of await this.#deps.store.all()) {
      this.#saved.set(saved.id, saved);
      if (saved.watch) this.#schedule.restored(saved.id);
    }
    this.#loop = this.#watch(running.signal).catch((thrown: unknown) => {
      if (!running.signal.aborted) this.#deps.logger.error('watching searches failed', { why: String(thrown) });
    });
  }

  /** Idempotent. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#run?.abort.abort();
    this.#pause.cut();
    await this.#loop;
    await this.#changing;
  }

  /** In the order in which they were added. */
  list(): readonly SavedView[] {
    return [...this.#saved.values()];
  }

  /** Fails with search.query-invalid, saved.exists or saved.too-many. */
  add({ words: given, watch }: CommandInput<'saved.add'>): Promise<SavedId> {
    const words = this.#checked(given);
    return this.#change(async () => {
      if (this.#saved.size >= MAX_SAVED) throw new AppError('saved.too-many', { most: MAX_SAVED });
      this.#refuseTwice(words);
      const id = randomId(this.#deps.random, ID_BYTES) as SavedId;
      const saved = { ...NEVER_RUN, id, words, watch };
      await this.#deps.store.save(saved);
      this.#set(saved);
      if (watch) this.#watchNow(id);
      return id;
    });
  }

  /** Fails with saved.unknown, saved.exists or search.query-invalid. */
  set({ id, words: given, watch }: CommandInput<'saved.set'>): Promise<void> {
    const words = given === undefined ? undefined : this.#checked(given);
    return this.#change(async () => {
      const old = this.#get(id);
      const isOther = words !== undefined && words !== old.words;
      if (isOther) this.#refuseTwice(words);
      const saved = { ...old, ...(isOther ? { ...NEVER_RUN, words } : {}), watch: watch ?? old.watch };
      if (isOther) await this.#deps.store.restart(saved);
      else await this.#deps.store.save(saved);
      this.#set(saved);
      if (isOther || !saved.watch) this.#endRun(id);
      if (saved.watch && (isOther || !old.watch)) this.#watchNow(id);
    });
  }

  /** Fails with saved.unknown. */
  remove(id: SavedId): Promise<void> {
    return this.#change(async () => {
      this.#get(id);
      await this.#deps.store.remove(id);
      this.#saved.delete(id);
      this.#endRun(id);
    });
  }

  /** Nothing is fresh any more. Fails with saved.unknown. */
  seen(id: SavedId): Promise<void> {
    return this.#change(async () => {
      const saved = { ...this.#get(id), fresh: 0 };
      await this.#deps.store.save(saved);
      this.#set(saved);
    });
  }

  async #watch(signal: AbortSignal): Promise<void> {
    const { clock } = this.#deps;
    while (!signal.aborted) {
      const id = this.#schedule.due();
      if (id === undefined) {
        const waitMs = this.#schedule.waitMs();
        await this.#pause.wait(waitMs === undefined ? undefined : Math.min(waitMs, LOOK_MS));
      } else {
        const asked = await this.#runOne(id);
        if (!signal.aborted) await clock.sleep(this.#gapMs(asked), signal);
      }
    }
  }

  /** Gives how many supernodes were asked. */
  async #runOne(id: SavedId): Promise<number> {
    const run = { id, abort: new AbortController() };
    this.#run = run;
    const { signal } = run.abort;
    try {
      const { isComplete, results, asked } = await this.#deps.search(this.#get(id).words, signal);
      if (isComplete) await this.#change(() => this.#take(id, results, signal));
      else if (!signal.aborted) this.#schedule.failed(id);
      return asked;
    } catch (thrown) {
      this.#deps.logger.warn('a watched search was not run', { saved: id, why: toAppError(thrown).message });
      if (!signal.aborted) this.#schedule.failed(id);
      return 0;
    } finally {
      this.#run = undefined;
    }
  }

  /** What is new is recorded before it is announced: a peer that ends in between says it never rather than twice. */
  async #take(id: SavedId, results: readonly SearchResult[], signal: AbortSignal): Promise<void> {
    if (signal.aborted) return;
    const { store, clock, found } = this.#deps;
    const old = this.#get(id);
    const byHash = new Map(results.map((result) => [result.hash, result]));
    const isFirst = old.lastRunMs === null;
    const fresh = isFirst ? [] : await store.unknown(id, [...byHash.keys()]);
    const ran = { lastRunMs: clock.wallMs(), results: byHash.size, fresh: old.fresh + fresh.length };
    const saved = { ...old, ...ran };
    await store.ran(saved, [...byHash.keys()]);
    this.#set(saved);
    this.#schedule.ran(id);
    if (fresh.length === 0) return;
    const names = fresh.slice(0, MAX_NAMES).flatMap((hash) => byHash.get(hash)?.name ?? []);
    found({ id, words: saved.words, names, fresh: saved.fresh });
  }

  #gapMs(asked: number): number {
    const mayAsk = this.#deps.settings()['search.leaf-asks'] * ASKS_PART;
    return Math.max(LEAST_GAP_MS, (asked / mayAsk) * ASKS_WINDOW_MS);
  }

  #watchNow(id: SavedId): void {
    this.#schedule.now(id);
    this.#pause.cut();
  }

  #endRun(id: SavedId): void {
    this.#schedule.forget(id);
    if (this.#run?.id === id) this.#run.abort.abort();
  }

  #checked(given: string): string {
    const words = given.trim();
    this.#deps.check(words);
    return words;
  }

  #refuseTwice(words: string): void {
    const same = this.list().find((saved) => saved.words === words);
    if (same) throw new AppError('saved.exists', { id: same.id });
  }

  #get(id: SavedId): SavedView {
    const saved = this.#saved.get(id);
    if (!saved) throw new AppError('saved.unknown', { id });
    return saved;
  }

  #set(saved: SavedView): void {
    this.#saved.set(saved.id, saved);
  }

  #change<T>(work: () => Promise<T>): Promise<T> {
    const done = this.#changing.then(work);
    // Who asked for the change is told of its failure; the next one is made all the same.
    this.#changing = done.catch(() => undefined);
    return done;
  }
}

const NEVER_RUN = { fresh: 0, lastRunMs: null, results: 0 } as const;
