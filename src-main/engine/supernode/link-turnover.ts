import type { Settings } from '../../contract/settings.ts';
import type { HostCache } from '../overlay/host-cache.ts';
import { Pause } from '../overlay/pause.ts';
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
  readonly #pause: Pause;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: LinkTurnoverDeps) {
    this.#deps = deps;
    this.#pause = new Pause(deps);
  }

  start(): void {
    this.#loop = this.#run(this.#stopped.signal).catch((thrown: unknown) => {
      if (!this.#stopped.signal.aborted) this.#deps.logger.error('a link was not renewed', { why: String(thrown) });
    });
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#pause.end();
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    while (!signal.aborted) {
      await this.#pause.wait(LONGEST * this.#deps.settings()['overlay.turnover']);
      if (!signal.aborted) await this.#renew(signal);
    }
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
