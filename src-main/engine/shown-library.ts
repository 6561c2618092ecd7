import type { Descriptor } from '../contract/descriptor.ts';
import type { ContentHash } from '../contract/ids.ts';
import type { SharedLibrary } from './overlay/metadata-upload.ts';

type Deps = {
  readonly library: SharedLibrary;
  readonly isBlocked: (hash: ContentHash) => boolean;
};

/** The library as others see it: without the contents that the user blocks. */
export class ShownLibrary implements SharedLibrary {
  readonly #deps: Deps;
  readonly #listeners = new Set<() => void>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Fewer than `limit` only at the end. */
  async descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    const { library, isBlocked } = this.#deps;
    const shown: Descriptor[] = [];
    let last = after;
    while (shown.length < limit) {
      const wanted = limit - shown.length;
      const page = await library.descriptors(last, wanted);
      shown.push(...page.filter(({ hash }) => !isBlocked(hash)));
      if (page.length < wanted) break;
      last = page.at(-1)?.hash;
    }
    return shown;
  }

  totals(): ReturnType<SharedLibrary['totals']> {
    return this.#deps.library.totals();
  }

  onChange(listener: () => void): () => void {
    const stop = this.#deps.library.onChange(listener);
    this.#listeners.add(listener);
    return () => {
      stop();
      this.#listeners.delete(listener);
    };
  }

  /** Other contents are blocked than before. */
  blocksChanged(): void {
    for (const listener of this.#listeners) listener();
  }
}
