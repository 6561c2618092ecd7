import type { ErrorCode } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { SearchEndReason, SearchResult } from '../../contract/search.ts';
import type { ClientSearchSink, ClientWave, WaveRun } from './client-search.ts';
import type { RowDeps } from './result-row.ts';
import { type NamedHits, ResultSet } from './result-set.ts';

/** What a search found by its end. Not `isComplete`: nobody but this peer itself was asked, or the search was refused or stopped. */
export type Collected = {
  readonly isComplete: boolean;
  readonly results: readonly SearchResult[];
  /** Supernodes asked. */
  readonly asked: number;
};

export const NOTHING_COLLECTED: Collected = { isComplete: false, results: [], asked: 0 };

/** Keeps what a search finds until it ends. */
export class CollectingSink implements ClientSearchSink {
  readonly #results: ResultSet;
  readonly #self: NodeId;
  #asked = 0;
  #areOthersAsked = false;
  #isComplete = false;

  constructor(deps: RowDeps, self: NodeId) {
    this.#self = self;
    this.#results = new ResultSet(deps);
  }

  count(): number {
    return this.#results.count;
  }

  hits(named: NamedHits): void {
    this.#results.add(named);
  }

  wave({ asked, askedTotal }: ClientWave, { server, isOwnIndex }: WaveRun): void {
    this.#asked = askedTotal;
    if (asked > 0 && !(isOwnIndex && server === this.#self)) this.#areOthersAsked = true;
  }

  end(reason: SearchEndReason, error?: ErrorCode): void {
    this.#results.settle();
    this.#isComplete = this.#areOthersAsked && error === undefined && reason !== 'stopped';
  }

  /** Without what only this peer has, what only struck supernodes name, and what is hidden for signs of pollution. */
  collected(): Collected {
    const others = this.#results
      .all()
      .filter(({ rank, pollution }) => rank.total > 0 && !pollution.isHidden)
      .filter(({ sources }) => sources.some(({ nodeId }) => nodeId !== this.#self));
    return { isComplete: this.#isComplete, results: others, asked: this.#asked };
  }
}
