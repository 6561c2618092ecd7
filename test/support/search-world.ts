import type { EventName, Events } from '../../src-main/contract/api.ts';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { fold } from '../../src-main/engine/fold.ts';
import type { SearchHandler } from '../../src-main/engine/overlay/overlay-deps.ts';
import { FalseHits } from '../../src-main/engine/search/false-hits.ts';
import { Searches } from '../../src-main/engine/search/searches.ts';
import { QueryService } from '../../src-main/engine/supernode/query-service.ts';
import { searchHandler } from '../../src-main/engine/supernode/search-handler.ts';
import type { SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { judgeOf } from './judges.ts';
import { OverlayWorld, type PeerOptions, type TestPeer } from './overlay-world.ts';

/** A peer whose overlay carries the real search. */
export class SearchingPeer {
  readonly peer: TestPeer;
  readonly searches: Searches;
  readonly queries: QueryService;
  /** Search messages that came, and queries that other supernodes sent. */
  readonly messages: SessionMessage[] = [];
  readonly asked: { readonly query: SessionMessage; readonly from: NodeId }[] = [];
  readonly #handler: SearchHandler;
  readonly #events = new Map<EventName, unknown[]>();

  constructor(world: OverlayWorld, peer: TestPeer) {
    this.peer = peer;
    const { network } = peer.overlay;
    const { clock, random } = world;
    const { logger, index } = peer;
    const shared = {
      clock,
      random,
      logger,
      index,
      network,
      settings: () => peer.settings,
      isStruck: () => false,
      ask: network.ask.bind(network),
      check: () => undefined,
    };
    this.queries = new QueryService(shared);
    this.searches = new Searches({
      ...shared,
      falseHits: new FalseHits({ ...shared, strike: () => undefined }),
      allowed: (hit) => hit,
      queryText: { terms: (words) => words.split(' '), fold },
      ownService: this.queries,
      judge: judgeOf(shared.settings),
      emit: (name, event) => this.#events.set(name, [...this.of(name), event]),
    });
    this.#handler = searchHandler(this.queries, this.searches);
  }

  get overlay() {
    return this.peer.overlay;
  }

  get nodeId(): NodeId {
    return this.peer.nodeId;
  }

  of<N extends EventName>(name: N): readonly Events[N][] {
    return (this.#events.get(name) ?? []) as Events[N][];
  }

  /** Names of all results so far. */
  found(): readonly string[] {
    return [...new Set(this.of('search.hit').map(({ result }) => result.name))].sort();
  }

  /** Whose files its index has. */
  children(): readonly NodeId[] {
    return [...this.peer.index.files.keys()];
  }

  message(...[from, linkRole, message]: Parameters<SearchHandler['message']>): void {
    this.messages.push(message);
    this.#handler.message(from, linkRole, message);
  }

  gone(...[from]: Parameters<SearchHandler['gone']>): void {
    this.#handler.gone(from);
  }

  perMinute(): number {
    return this.#handler.perMinute();
  }

  answer(...[query, from]: Parameters<SearchHandler['answer']>): ReturnType<SearchHandler['answer']> {
    this.asked.push({ query, from: from.nodeId });
    return this.#handler.answer(query, from);
  }

  stop(): void {
    this.searches.close();
    this.queries.stop();
  }
}

/** Peers that search over real overlays and indexes, on one virtual clock. */
export class SearchWorld {
  readonly overlays = new OverlayWorld({ seed: 5, latencyMs: 20 });
  readonly clock = this.overlays.clock;
  readonly #running = new Set<SearchingPeer>();

  async supernode(host: string, options: PeerOptions = {}): Promise<SearchingPeer> {
    return this.#peer(host, { ...options, settings: { 'supernode.role': 'always', ...options.settings } });
  }

  async leaf(host: string, options: PeerOptions = {}): Promise<SearchingPeer> {
    return this.#peer(host, { ...options, settings: { 'supernode.role': 'never', ...options.settings } });
  }

  /** The process ends without a word, but its system closes the connections. */
  kill(searching: SearchingPeer): void {
    this.overlays.kill(searching.peer);
    searching.stop();
    this.#running.delete(searching);
  }

  /** Ends every peer and fails when one left a timer. */
  async stopAll(): Promise<void> {
    for (const searching of this.#running) searching.stop();
    await this.overlays.stopAll();
  }

  async #peer(host: string, options: PeerOptions): Promise<SearchingPeer> {
    // The overlay and the search know each other; the overlay is made first and calls only once messages come.
    let searching: SearchingPeer | undefined;
    const there = (): SearchingPeer => {
      if (!searching) throw new Error('a message before the peer was made');
      return searching;
    };
    const peer = await this.overlays.peer(host, {
      ...options,
      search: {
        message: (...args) => there().message(...args),
        gone: (...args) => there().gone(...args),
        answer: (...args) => there().answer(...args),
        perMinute: () => there().perMinute(),
      },
    });
    searching = new SearchingPeer(this.overlays, peer);
    this.#running.add(searching);
    return searching;
  }
}
