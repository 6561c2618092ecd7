import type { ContentHash } from '../../contract/ids.ts';
import { PASSED_VOTES } from '../wire/limits.ts';
import type { ListedVote } from '../wire/votes.ts';

/** The votes that one search has passed on: of each voter only what is newer, and not without end. */
export class VotesOfSearch {
  readonly #hash: ContentHash | undefined;
  readonly #size: number | undefined;
  readonly #sequences = new Map<string, number>();
  #passed = 0;

  /** `size` undefined: none are wanted. */
  constructor({ hash, voteSize: size }: { readonly hash?: ContentHash; readonly voteSize?: number }) {
    this.#hash = hash;
    this.#size = size;
  }

  /** Those of some votes that are wanted, and were not passed on yet. */
  fresh(votes: readonly ListedVote[]): readonly ListedVote[] {
    if (this.#size === undefined) return [];
    return votes.filter(({ hash, size, key, sequence }) => {
      const isNews = (this.#sequences.get(key) ?? 0) < sequence;
      if (!isNews || hash !== this.#hash || size !== this.#size || this.#passed >= PASSED_VOTES.inSearch) return false;
      this.#sequences.set(key, sequence);
      this.#passed++;
      return true;
    });
  }
}
