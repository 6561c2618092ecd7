import type { NodeId, SearchId } from '../../contract/ids.ts';
import type { SearchPeer } from '../search/search-network.ts';
import type { WaveSearch } from '../search/wave-search.ts';

/** Searches at one supernode, running and ended; the oldest ended ones go first. */
const MAX_SEARCHES = 2000;
/** Results remembered by ended searches together: about 30 MB. */
const MAX_ENDED_RESULTS = 200_000;

/** One search of a client. `peer` is the client's newest session. */
export type ClientSearch = { readonly id: SearchId; peer: SearchPeer; readonly search: WaveSearch };
type Ended = { readonly untilMs: number; readonly results: number };

/**
 * The searches of all clients, by who asked and id. Ended ones stay a while, so that `more` can go on with them. A busy supernode looks
 * here for each of a thousand messages a second, so nothing is looked through that belongs to other clients.
 */
export class KeptSearches {
  readonly #ofClient = new Map<NodeId, Map<SearchId, ClientSearch>>();
  /** In order of their ends. */
  readonly #ended = new Map<ClientSearch, Ended>();
  #size = 0;
  #endedResults = 0;

  get(client: NodeId, id: SearchId): ClientSearch | undefined {
    return this.#ofClient.get(client)?.get(id);
  }

  /** False when as many run as may be. An ended one of the same client and id is replaced. */
  add(entry: ClientSearch): boolean {
    const client = entry.peer.nodeId;
    const replaced = this.get(client, entry.id);
    if (replaced) this.#forget(replaced);
    const [oldest] = this.#ended.keys();
    if (this.#size >= MAX_SEARCHES && oldest) this.#forget(oldest);
    if (this.#size >= MAX_SEARCHES) return false;
    const own = this.#ofClient.get(client) ?? new Map<SearchId, ClientSearch>();
    this.#ofClient.set(client, own.set(entry.id, entry));
    this.#size++;
    return true;
  }

  /** It is kept until then, if there is room. */
  ended(entry: ClientSearch, untilMs: number): void {
    this.goesOn(entry);
    const results = entry.search.size;
    this.#ended.set(entry, { untilMs, results });
    this.#endedResults += results;
  }

  /** An ended one runs again. */
  goesOn(entry: ClientSearch): void {
    this.#endedResults -= this.#ended.get(entry)?.results ?? 0;
    this.#ended.delete(entry);
  }

  running(client: NodeId): number {
    return this.#running(client).length;
  }

  /** Forgets those whose time is over, and the oldest ended ones when they hold too much. */
  tidy(nowMs: number): void {
    for (const [entry, { untilMs }] of this.#ended) {
      if (untilMs > nowMs && this.#endedResults <= MAX_ENDED_RESULTS) return;
      this.#forget(entry);
    }
  }

  /** Those that a lost session leaves running. */
  runningOf(peer: SearchPeer): readonly WaveSearch[] {
    return this.#running(peer.nodeId).flatMap((entry) => (entry.peer === peer ? entry.search : []));
  }

  stop(): void {
    for (const own of this.#ofClient.values()) for (const { search } of own.values()) search.stop();
    this.#ofClient.clear();
    this.#ended.clear();
    this.#size = 0;
    this.#endedResults = 0;
  }

  #running(client: NodeId): readonly ClientSearch[] {
    return [...(this.#ofClient.get(client)?.values() ?? [])].filter(({ search }) => search.isRunning);
  }

  #forget(entry: ClientSearch): void {
    this.goesOn(entry);
    const client = entry.peer.nodeId;
    const own = this.#ofClient.get(client);
    if (own?.delete(entry.id)) this.#size--;
    if (own?.size === 0) this.#ofClient.delete(client);
  }
}
