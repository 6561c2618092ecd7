import type { LibrarySums, LibraryTotals } from './library-sums.ts';

type Deps = {
  readonly sums: Pick<LibrarySums, 'settled' | 'totals'>;
  /** Every folder is scanned, and nothing is left to hash. */
  readonly isIdle: () => boolean;
};

/** Tells when all that is shared was looked at, once for each time that something came of it. */
export class ScanNews {
  readonly #deps: Deps;
  readonly #listeners = new Set<(totals: LibraryTotals) => void>();
  #isUntold = false;
  #told: LibraryTotals | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  onScanned(listener: (totals: LibraryTotals) => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  /** Call when anything ended. `isScanEnd`: told even when nothing changed. */
  announce(isScanEnd = false): void {
    this.#isUntold ||= isScanEnd;
    if (this.#deps.isIdle()) void this.#tell();
  }

  async #tell(): Promise<void> {
    const { sums, isIdle } = this.#deps;
    await sums.settled();
    const totals = sums.totals();
    const isNews = this.#isUntold || this.#told?.files !== totals.files || this.#told.bytes !== totals.bytes;
    if (!isNews || !isIdle()) return;
    this.#isUntold = false;
    this.#told = totals;
    for (const listener of [...this.#listeners]) listener(totals);
  }
}
