import type { ContentHash, DownloadId } from '../../contract/ids.ts';
import { swarmHeaders } from '../wire/swarm-port.ts';
import type { DownloadDeps } from './download-deps.ts';
import { GivenSources } from './given-sources.ts';
import type { FoundSource } from './source.ts';
import { SourceExchange } from './source-exchange.ts';
import type { SourcePool } from './source-pool.ts';
import { SourceSearch } from './source-search.ts';

type Deps = DownloadDeps & {
  readonly id: DownloadId;
  /** Undefined: nobody but the user can name a source. */
  readonly hash: ContentHash | undefined;
  readonly pool: SourcePool;
  readonly size: () => number | undefined;
  readonly found: (source: FoundSource) => void;
};

/** All that finds sources for one download: the user, searches by hash, and the sources themselves. */
export class SourceFinders {
  readonly given: GivenSources;
  readonly #search: SourceSearch | undefined;
  readonly #exchange: SourceExchange | undefined;

  constructor(deps: Deps) {
    const { hash, swarmPort } = deps;
    this.given = new GivenSources(deps);
    if (hash === undefined) return;
    this.#search = new SourceSearch({ ...deps, hash });
    this.#exchange = new SourceExchange({ ...deps, hash, headers: () => swarmHeaders(swarmPort()) });
  }

  /** Until the signal aborts; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    this.#exchange?.run(signal);
    await Promise.all([this.#search?.run(signal), this.given.run(signal)]);
  }

  /** A source was lost or none is left. */
  hurry(): void {
    this.#search?.hurry();
  }

  /** The user will not wait for pauses. */
  now(): void {
    this.given.hurry();
    this.#search?.now();
  }
}
