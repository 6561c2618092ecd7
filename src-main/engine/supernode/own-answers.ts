import type { Hit, Source } from '../../contract/search.ts';
import type { IndexHit, MetadataIndex, Random } from '../ports/index.ts';
import type { SearchNetwork } from '../search/search-network.ts';
import type { FoundHits } from '../search/wave-search.ts';
import { shuffle } from '../shuffle.ts';
import type { Query } from '../wire/messages/query.ts';

/** Distinct contents that the index gives for one query (protocol section 8). */
const CONTENTS = 100;
/** Sources of one content in an answer: what a query by hash wants (protocol section 8), and the most that a hit may hold. */
const SOURCES = 50;

type OwnAnswersDeps = {
  readonly index: Pick<MetadataIndex, 'search' | 'lookup'>;
  readonly network: Pick<SearchNetwork, 'sourceOf'>;
  readonly random: Random;
};

/** Matches in the own index, with where each holder is now. */
export class OwnAnswers {
  readonly #deps: OwnAnswersDeps;

  constructor(deps: OwnAnswersDeps) {
    this.#deps = deps;
  }

  /** At most 100 contents, best first. Fails with search.query-invalid. */
  async find({ words, hash, limit }: Query): Promise<FoundHits> {
    const { index, random } = this.#deps;
    const contents = Math.min(limit, CONTENTS);
    const answer =
      hash === undefined
        ? await index.search(words ?? '', { limit: contents, start: random.float() })
        : await index.lookup(hash, SOURCES);
    return { hits: answer.hits.flatMap((hit) => this.#located(hit)), more: answer.more };
  }

  /** Nothing when no holder is here any more. */
  #located({ holders, ...hit }: IndexHit): readonly Hit[] {
    const sources: Source[] = [];
    // In random order, so that the holders of a popular file share its downloads.
    for (const holder of shuffle(this.#deps.random, holders)) {
      const source = sources.length < SOURCES ? this.#deps.network.sourceOf(holder) : undefined;
      if (source) sources.push(source);
    }
    return sources.length > 0 ? [{ ...hit, sources }] : [];
  }
}
