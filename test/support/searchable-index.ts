import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { IndexAnswer, IndexHit } from '../../src-main/engine/ports/index.ts';
import { TestIndex } from './test-index.ts';

/** A TestIndex that finds what is held of the children that are present, by one word in the name. */
export class SearchableIndex extends TestIndex {
  override async search(text = '', { limit }: { readonly limit: number } = { limit: 100 }): Promise<IndexAnswer> {
    return this.#find(({ name }) => name.includes(text), limit);
  }

  override async lookup(hash?: ContentHash, limit = 100): Promise<IndexAnswer> {
    return this.#find((hit) => hit.hash === hash, limit);
  }

  #find(matches: (hit: IndexHit) => boolean, limit: number): IndexAnswer {
    const found = new Map<string, IndexHit>();
    for (const [child, files] of this.held) {
      if (!this.present.has(child)) continue;
      for (const [key, { hash, size, name, type, extracted }] of files) {
        const holders = [...(found.get(key)?.holders ?? []), child];
        found.set(key, { hash, size, name, type, extracted, holders });
      }
    }
    const hits = [...found.values()].filter(matches);
    return { hits: hits.slice(0, limit), more: hits.length > limit };
  }
}
