import type { SearchNetwork } from './search-network.ts';

/** So many false sources since the last good one are too many: a supernode vets what it passes on. */
const MOST_FALSE = 3;

/**
 * What the parent passes on. It may say that others named what it invents, so that they are blamed; but whoever passes on nothing but
 * false hits is of no use, whosever they are.
 */
export class PassedOn {
  readonly #network: Pick<SearchNetwork, 'parent' | 'dismiss'>;
  #wrong = 0;

  constructor(network: Pick<SearchNetwork, 'parent' | 'dismiss'>) {
    this.#network = network;
  }

  /** What became of a source that a search named. */
  tried(outcome: 'good' | 'false'): void {
    this.#wrong = outcome === 'good' ? 0 : this.#wrong + 1;
    const parent = this.#network.parent();
    if (parent && this.#wrong >= MOST_FALSE) this.#network.dismiss(parent.nodeId, 'what it passes on is not there');
  }

  /** Another one passes on from now. */
  parentChanged(): void {
    this.#wrong = 0;
  }
}
