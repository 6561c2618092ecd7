import type { ContentHash } from '../../contract/ids.ts';
import type { Source } from '../../contract/search.ts';
import type { IndexAnswer, IndexHit, MetadataIndex, Random } from '../ports/index.ts';
import type { SearchNetwork } from '../search/search-network.ts';
import type { FoundHits } from '../search/wave-search.ts';
import { shuffle } from '../shuffle.ts';
import type { HitsText } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { ListedVote } from '../wire/votes.ts';
import { fitHits } from './fit-hits.ts';
import { readShown } from './indexed-text.ts';
import type { QueryVotes } from './query-votes.ts';

/** Distinct contents that the index gives for one query (protocol section 8). */
const CONTENTS = 100;
/** Sources of one content in an answer: what a query by hash wants (protocol section 8), and the most that a hit may hold. */
const SOURCES = 50;

type OwnAnswersDeps = {
  readonly index: Pick<MetadataIndex, 'search' | 'lookup'>;
  readonly network: Pick<SearchNetwork, 'sourceOf'>;
  readonly random: Random;
  /** A content that the user of this supernode blocks: nobody is answered with it. */
  readonly isBlocked?: ((hash: ContentHash) => boolean) | undefined;
  /** Undefined in a peer that knows of no votes. */
  readonly votes?: Pick<QueryVotes, 'told'> | undefined;
};

/** Matches in the own index, with where each holder is now. */
export class OwnAnswers {
  readonly #deps: OwnAnswersDeps;
  /** What is said of a source is the same in answer after answer. */
  readonly #texts = new WeakMap<Source, string>();

  constructor(deps: OwnAnswersDeps) {
    this.#deps = deps;
  }

  /** At most 100 contents, best first. Fails with search.query-invalid. */
  async find(query: Query): Promise<FoundHits> {
    const { hits, more } = await this.#ask(query);
    const located = hits.flatMap((hit) => {
      const sources = this.#sourcesOf(hit);
      if (sources.length === 0) return [];
      return [{ ...readShown(hit.shown), hash: hit.hash, size: hit.size, sources }];
    });
    return { hits: located, more, ...this.#votesOf(query) };
  }

  /** The same as a message to another supernode; what is known of the files goes through unread. */
  async tell(query: Query, supernodes: SupernodeEntry[]): Promise<HitsText> {
    const { hits, more } = await this.#ask(query);
    const located = hits.flatMap((hit) => {
      const sources = this.#sourcesOf(hit);
      return sources.length > 0 ? [{ ...hit, sources: sources.map((source) => this.#textOf(source)) }] : [];
    });
    return fitHits({ type: 'hits', id: query.id, supernodes, ...this.#votesOf(query) }, { hits: located, more });
  }

  #votesOf({ hash, voteSize: size }: Query): { votes?: ListedVote[] } {
    const { votes } = this.#deps;
    if (!votes || hash === undefined || size === undefined) return {};
    const told = votes.told({ hash, size });
    return told.length > 0 ? { votes: [...told] } : {};
  }

  async #ask({ words, hash, limit }: Query): Promise<IndexAnswer> {
    const { index, random, isBlocked } = this.#deps;
    const answer =
      hash === undefined
        ? await index.search(words ?? '', { limit: Math.min(limit, CONTENTS), start: random.float() })
        : await index.lookup(hash, SOURCES);
    return isBlocked ? { ...answer, hits: answer.hits.filter((hit) => !isBlocked(hit.hash)) } : answer;
  }

  /** Those who are here, in random order, so that the holders of a popular file share its downloads. */
  #sourcesOf({ holders }: IndexHit): Source[] {
    const sources: Source[] = [];
    for (const holder of holders.length > 1 ? shuffle(this.#deps.random, holders) : holders) {
      const source = sources.length < SOURCES ? this.#deps.network.sourceOf(holder) : undefined;
      if (source) sources.push(source);
    }
    return sources;
  }

  #textOf(source: Source): string {
    const known = this.#texts.get(source);
    if (known !== undefined) return known;
    const text = JSON.stringify(source);
    this.#texts.set(source, text);
    return text;
  }
}
