import type { Settings } from '../../contract/settings.ts';
import type { HostCache } from '../overlay/host-cache.ts';
import { RepeatedWork } from '../overlay/repeated-work.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import { pick } from '../shuffle.ts';
import type { NeighbourSearch } from './neighbour-search.ts';
import type { Neighbours } from './neighbours.ts';

export type LinkTurnoverDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly cache: HostCache;
  readonly neighbours: Neighbours;
  readonly search: NeighbourSearch;
};

/** A pause is cut by up to half at random: a setting is the least time between two. */
const LONGEST = 2;

/** Renews one of the links that are not near from time to time, so that those who came early do not stay among themselves. */
export class LinkTurnover {
  readonly #deps: LinkTurnoverDeps;
  readonly #work: RepeatedWork;

  constructor(deps: LinkTurnoverDeps) {
    this.#deps = deps;
    this.#work = new RepeatedWork(deps, {
      name: 'renewing a link',
      pauseMs: () => LONGEST * deps.settings()['overlay.turnover'],
      round: (signal) => this.#renew(signal),
    });
  }

  start(): void {
    this.#work.start();
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  /** The new link first: nothing is lost when there is none. */
  async #renew(signal: AbortSignal): Promise<void> {
    const { neighbours, search, cache, random } = this.#deps;
    if (neighbours.wanted > 0) return;
    const dialled = neighbours.all().filter(({ isDialled }) => isDialled);
    const byDistance = dialled.sort((a, b) => (a.session.rttMs ?? 0) - (b.session.rttMs ?? 0));
    const old = pick(random, byDistance.slice(byDistance.length >> 1));
    const fresh = pick(
      random,
      cache.nameable().filter(({ nodeId }) => !neighbours.get(nodeId)),
    );
    if (!old || !fresh) return;
    await search.link(fresh, signal);
    if (neighbours.get(fresh.nodeId)) neighbours.give(old.session.nodeId, 'another takes its turn');
  }
}
