import { toAppError } from '../../contract/errors.ts';
import type { Logger } from '../ports/index.ts';
import type { FolderSum, LibraryStore } from '../store/library-store.ts';

export type LibraryTotals = { readonly files: number; readonly bytes: number };
type Deps = { readonly store: LibraryStore; readonly logger: Logger };

const NOTHING: LibraryTotals = { files: 0, bytes: 0 };

/** How much is shared, as the database counts it, at hand without asking it; and who wants to hear of changes. */
export class LibrarySums {
  readonly #deps: Deps;
  readonly #listeners = new Set<() => void>();
  #sums: readonly FolderSum[] = [];
  #isStale = false;
  #reading: Promise<void> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  of(folder: string): LibraryTotals {
    const { files, bytes } = this.#sums.find((sum) => sum.folder === folder) ?? NOTHING;
    return { files, bytes };
  }

  totals(): LibraryTotals {
    return this.#sums.reduce(
      (total, { files, bytes }) => ({ files: total.files + files, bytes: total.bytes + bytes }),
      NOTHING,
    );
  }

  /** Something shared changed. Many calls while the sums are read cost one more reading. */
  changed(): void {
    this.#isStale = true;
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined;
    });
  }

  /** Resolves when the sums are as the database has them now. */
  async settled(): Promise<void> {
    while (this.#reading) await this.#reading;
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  async #read(): Promise<void> {
    const { store, logger } = this.#deps;
    while (this.#isStale) {
      this.#isStale = false;
      try {
        this.#sums = await store.sums();
      } catch (thrown) {
        logger.error('the library cannot be read', { error: toAppError(thrown) });
        return;
      }
      for (const listener of [...this.#listeners]) listener();
    }
  }
}
