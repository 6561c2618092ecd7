import type { DownloadId } from '../../contract/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { DownloadStore, KeptSources, StoredSource } from '../store/download-store.ts';
import type { StoredWebSeed } from '../store/web-seed-store.ts';
import type { Source } from './source.ts';
import type { SourcePool } from './source-pool.ts';

/** News of sources are saved together after this. */
const SAVE_AFTER_MS = 1000;

type Deps = {
  readonly id: DownloadId;
  readonly pool: SourcePool;
  readonly store: DownloadStore;
  readonly clock: Clock;
  readonly logger: Logger;
};

type KeptUse = Pick<StoredSource, 'faults' | 'bytes' | 'avoided'>;

/** Keeps the sources of one download over restarts. */
export class SourceBook {
  readonly #deps: Deps;
  #timer: Timer | undefined;
  #isOver = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Puts what was saved into the pool. */
  async load(): Promise<void> {
    const { id, pool, store } = this.#deps;
    for (const { nodeId, addresses, reachable, through, sizes, namedBy, ...kept } of await store.sources(id)) {
      const source = pool.restore({ nodeId, addresses, reachable, through });
      source?.claim(sizes, namedBy);
      // Neither a supernode named it, nor did it ever send anything; what the user gave is said again (given-sources.ts).
      if (source) source.isExchanged = namedBy.length === 0 && kept.bytes === 0;
      this.#restored(source, kept);
    }
    for (const { url, isLocalAllowed, ...kept } of await store.webSeeds.of(id)) {
      this.#restored(pool.restore({ url, isLocalAllowed }), kept);
    }
  }

  #restored(source: Source | undefined, { faults, bytes, avoided }: KeptUse): void {
    if (!source) return;
    source.bytes = bytes;
    source.hasAnswered = bytes > 0;
    if (avoided) this.#deps.pool.choose(source, 'never');
    if (!faults) return;
    source.faults.restore(faults);
    // What is left of the ban counts from now.
    this.touch();
  }

  /** Something about a source changed. */
  touch(): void {
    if (this.#isOver) return;
    this.#timer ??= this.#deps.clock.setTimer(SAVE_AFTER_MS, () => {
      void this.save();
    });
  }

  /** Saves now; a failure is logged only, for sources can be found again. */
  async save(): Promise<void> {
    if (this.#isOver) return;
    const { id, store, logger } = this.#deps;
    const { sources, webSeeds } = this.take();
    await store
      .saveSources(id, sources, webSeeds)
      .catch((error: unknown) => logger.warn('sources could not be saved', { id, error }));
  }

  /** What the caller saves now; a save that is due is not made. */
  take(): KeptSources {
    this.drop();
    const sources: StoredSource[] = [];
    const webSeeds: StoredWebSeed[] = [];
    for (const source of this.#deps.pool.all) {
      const { nodeId, url, bytes, use } = source;
      const kept = { bytes, avoided: use === 'never', faults: source.faults.keep() };
      if (url !== undefined) webSeeds.push({ ...kept, url, isLocalAllowed: source.isLocalAllowed });
      if (nodeId === undefined) continue;
      const { addresses, reachable, through, sizes, namedBy } = source;
      sources.push({ ...kept, nodeId, addresses, reachable, through, sizes: [...sizes], namedBy: [...namedBy] });
    }
    return { sources, webSeeds };
  }

  /** Saves at an end of this run what has changed by itself: how long bans still last. */
  async close(): Promise<void> {
    const isDue = this.#deps.pool.all.some(({ faults }) => faults.count > 0);
    if (isDue) await this.save();
    this.drop();
  }

  /** The download goes: what searches still find for it, and the user still says of its sources, is not saved. */
  end(): void {
    this.#isOver = true;
    this.drop();
  }

  /** It stays after all. */
  reopen(): void {
    this.#isOver = false;
    this.touch();
  }

  /** A save that is due is not made: its owner saves it. */
  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
