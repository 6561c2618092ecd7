import type { NodeId, SearchId } from '../../contract/ids.ts';
import type { SearchPeer } from '../search/search-network.ts';
import type { WaveSearch } from '../search/wave-search.ts';

/** Searches at one supernode, running and ended; the oldest ended ones go first. */
const MAX_SEARCHES = 2000;
/** Results remembered by ended searches together: about 30 MB. */
const MAX_ENDED_RESULTS = 200_000;

/** One search of a client. `peer` is the client's newest session. */
export type ClientSearch = {
  readonly id: SearchId;
  peer: SearchPeer;
  readonly search: WaveSearch;
  /** When an ended one is forgotten; undefined while it runs. */
  keepUntilMs: number | undefined;
};

/** The searches of all clients, by who asked and id. Ended ones stay a while, so that `more` can go on with them. */
export class KeptSearches {
  readonly #searches = new Map<string, ClientSearch>();

  get(client: NodeId, id: SearchId): ClientSearch | undefined {
    return this.#searches.get(keyOf(client, id));
  }

  /** False when as many run as may be. */
  add(entry: ClientSearch): boolean {
    if (this.#searches.size >= MAX_SEARCHES) this.#forgetEnded(1);
    if (this.#searches.size >= MAX_SEARCHES) return false;
    this.#searches.set(keyOf(entry.peer.nodeId, entry.id), entry);
    return true;
  }

  running(client: NodeId): number {
    let count = 0;
    for (const { peer, search } of this.#searches.values()) if (peer.nodeId === client && search.isRunning) count++;
    return count;
  }

  /** Forgets those whose time is over, and the oldest ended ones when they hold too much. */
  tidy(nowMs: number): void {
    let results = 0;
    for (const [key, { keepUntilMs, search }] of [...this.#searches].reverse()) {
      if (keepUntilMs === undefined) continue;
      results += search.size;
      if (keepUntilMs <= nowMs || results > MAX_ENDED_RESULTS) this.#searches.delete(key);
    }
  }

  /** Those that a lost session leaves running. */
  runningOf(peer: SearchPeer): readonly WaveSearch[] {
    const own = [...this.#searches.values()].filter((entry) => entry.peer === peer && entry.search.isRunning);
    return own.map(({ search }) => search);
  }

  stop(): void {
    for (const { search } of this.#searches.values()) search.stop();
    this.#searches.clear();
  }

  #forgetEnded(count: number): void {
    let left = count;
    for (const [key, { keepUntilMs }] of this.#searches) {
      if (left === 0) return;
      if (keepUntilMs === undefined) continue;
      this.#searches.delete(key);
      left--;
    }
  }
}

const keyOf = (client: NodeId, id: SearchId) => `${client} ${id}`;
