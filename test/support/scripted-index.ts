import { AppError } from '../../src-main/contract/errors.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { Hit } from '../../src-main/contract/search.ts';
import type { IndexAnswer, MetadataIndex } from '../../src-main/engine/ports/index.ts';

/** An index whose every query matches the given hits; `bad` cannot be asked. */
export class ScriptedIndex implements Pick<MetadataIndex, 'search' | 'lookup'> {
  hits: readonly Hit[] = [];
  searches = 0;

  async search(text: string, { limit }: { readonly limit: number }): Promise<IndexAnswer> {
    this.searches++;
    if (text === 'bad') throw new AppError('search.query-invalid', { why: 'scripted' });
    return this.#answer(this.hits, limit);
  }

  async lookup(hash: ContentHash, limit: number): Promise<IndexAnswer> {
    return this.#answer(
      this.hits.filter((hit) => hit.hash === hash),
      limit,
    );
  }

  #answer(hits: readonly Hit[], limit: number): IndexAnswer {
    const found = hits.slice(0, limit).map(({ hash, size, sources, ...shown }) => ({
      ...{ hash, size, holders: sources.map(({ nodeId }) => nodeId) },
      shown: JSON.stringify(shown),
    }));
    return { hits: found, more: hits.length > limit };
  }
}
