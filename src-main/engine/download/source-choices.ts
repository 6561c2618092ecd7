import type { SourceUse } from '../../contract/transfer.ts';
import type { SourceId, WebUrl } from '../../contract/web-url.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import type { SourceBook } from './source-book.ts';
import type { SourceFinders } from './source-finders.ts';
import type { SourcePool } from './source-pool.ts';

type Deps = {
  readonly pool: SourcePool;
  readonly book: SourceBook;
  readonly finders: SourceFinders;
  readonly forgive: DownloadDeps['forgive'];
  readonly change: (change: Partial<StoredDownload>) => Promise<void>;
  readonly lookAgain: () => void;
};

/** What the user wants of single sources of a download: kept before it is done. */
export class SourceChoices {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Fails with input.invalid, peer.blocked or peer.banned. */
  async use(id: SourceId, use: SourceUse): Promise<void> {
    const { pool, book, finders, change, lookAgain } = this.#deps;
    const source = pool.require(id, use);
    const wasOnly = pool.only;
    const only = use === 'only' ? id : wasOnly === id ? undefined : wasOnly;
    await change({ only });
    pool.choose(source, use);
    // While one alone was used, no other was taken in.
    if (wasOnly !== undefined && only === undefined) finders.now();
    lookAgain();
    await book.save();
  }

  /** Those that rest after a failure need not wait; nor one that is named for the end of its ban. Fails as `use` does. */
  async wake(id?: SourceId): Promise<void> {
    const { pool, book, forgive } = this.#deps;
    const named = id === undefined ? undefined : pool.require(id);
    if (named) pool.wakeOne(named);
    for (const { nodeId, addresses } of named ? [named] : pool.wake()) {
      for (const address of addresses) forgive({ address, nodeId });
    }
    if (named) await book.save();
  }

  /** Fails with input.invalid. */
  async allowLocal(url: WebUrl): Promise<void> {
    const { pool, book, lookAgain } = this.#deps;
    pool.require(url).learn({ url, isLocalAllowed: true });
    lookAgain();
    await book.save();
  }
}
