import type { DownloadId } from '../../contract/ids.ts';
import type { Clock, Timer } from '../ports/clock.ts';
import type { Logger } from '../ports/logger.ts';
import type { DownloadStore, StoredSource } from '../store/download-store.ts';
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

/** Keeps the sources of one download over restarts. */
export class SourceBook {
  readonly #deps: Deps;
  #timer: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Puts what was saved into the pool. */
  async load(): Promise<void> {
    const { id, pool, store } = this.#deps;
    for (const { nodeId, addresses, reachable, through, sizes, namedBy, banned, bytes, avoided } of await store.sources(
      id,
    )) {
      const source = pool.restore({ nodeId, addresses, reachable, through });
      if (!source) continue;
      for (const size of sizes) source.sizes.add(size);
      for (const supernode of namedBy) source.namedBy.add(supernode);
      source.bytes = bytes;
      if (avoided) pool.choose(source, 'never');
      if (banned) pool.ban(source, banned);
    }
  }

  /** Something about a source changed. */
  touch(): void {
    this.#timer ??= this.#deps.clock.setTimer(SAVE_AFTER_MS, () => {
      void this.save();
    });
  }

  /** Saves now; a failure is logged only, for sources can be found again. */
  async save(): Promise<void> {
    const { id, store, logger } = this.#deps;
    await store
      .saveSources(id, this.take())
      .catch((error: unknown) => logger.warn('sources could not be saved', { id, error }));
  }

  /** What the caller saves now; a save that is due is not made. */
  take(): readonly StoredSource[] {
    this.drop();
    return this.#deps.pool.all.map(
      ({ nodeId, addresses, reachable, through, sizes, namedBy, state, reason, bytes, use }) => ({
        ...{ nodeId, addresses, reachable, through },
        sizes: [...sizes],
        namedBy: [...namedBy],
        bytes,
        avoided: use === 'never',
        banned: state === 'banned' ? reason : null,
      }),
    );
  }

  /** A save that is due is not made: the download is gone or its owner saves it. */
  drop(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
