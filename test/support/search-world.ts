import { gzipSync } from 'node:zlib';
import type { EventName, Events } from '../../src-main/contract/api.ts';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import { Overlay } from '../../src-main/engine/overlay/overlay.ts';
import type { SearchHandler } from '../../src-main/engine/overlay/overlay-deps.ts';
import { fold } from '../../src-main/engine/search/fold.ts';
import { Searches } from '../../src-main/engine/search/searches.ts';
import { HostCacheStore } from '../../src-main/engine/store/host-cache-store.ts';
import { hostCache0040 } from '../../src-main/engine/store/migrations/0040-host-cache.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { QueryService } from '../../src-main/engine/supernode/query-service.ts';
import { searchHandler } from '../../src-main/engine/supernode/search-handler.ts';
import type { SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualNetwork, type VirtualPeer } from '../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { TestLibrary } from './overlay-world.ts';
import { SearchableIndex } from './searchable-index.ts';
import { sha256 } from './sha256.ts';

const PORT = 1214;

export type SearchPeerOptions = {
  readonly role: 'always' | 'never';
  readonly bootstrap?: readonly string[];
  readonly files?: readonly Descriptor[];
  readonly settings?: Partial<Settings>;
};

/** One peer: the real overlay and the real search on a virtual network. */
export class SearchingPeer {
  readonly host: string;
  readonly nodeId: NodeId;
  readonly overlay: Overlay;
  readonly searches: Searches;
  readonly queries: QueryService;
  readonly index = new SearchableIndex();
  readonly virtual: VirtualPeer;
  /** Search messages that came, and queries that other supernodes sent. */
  readonly messages: SessionMessage[] = [];
  readonly asked: { readonly query: SessionMessage; readonly from: NodeId }[] = [];
  readonly #events = new Map<EventName, unknown[]>();

  constructor(world: SearchWorld, host: string, options: SearchPeerOptions & { readonly database: MemoryDatabase }) {
    this.host = host;
    this.nodeId = world.nextId();
    this.virtual = world.network.join(host, this.nodeId);
    const settings = { ...DEFAULT_SETTINGS, 'supernode.role': options.role, ...options.settings };
    const library = new TestLibrary();
    library.set(options.files ?? []);
    const shared = {
      clock: world.clock,
      random: world.random,
      logger: new MemoryLogger(),
      settings: () => settings,
      index: this.index,
    };
    const late = () => handler;
    this.overlay = new Overlay({
      ...shared,
      self: this.nodeId,
      links: this.virtual.links,
      listen: () => [{ host, port: PORT }],
      store: new HostCacheStore(options.database),
      sha256,
      gzip: async (bytes) => gzipSync(bytes),
      library,
      load: () => ({ freeSlots: 4, queueLength: 0, rateBps: 0 }),
      onLoad: () => () => {},
      search: this.#recording(late),
      strike: () => {},
      bootstrap: { user: (options.bootstrap ?? []).map((at) => ({ address: { host: at, port: PORT } })), builtIn: [] },
    });
    const { network } = this.overlay;
    this.queries = new QueryService({ ...shared, network, isStruck: () => false });
    this.searches = new Searches({
      ...shared,
      network,
      queryText: { terms: (words) => words.split(' '), fold },
      ownService: this.queries,
      isStruck: () => false,
      emit: (name, event) => this.#events.set(name, [...(this.#events.get(name) ?? []), event]),
    });
    const handler = searchHandler(this.queries, this.searches);
  }

  of<N extends EventName>(name: N): readonly Events[N][] {
    return (this.#events.get(name) ?? []) as Events[N][];
  }

  /** Names of all results so far. */
  found(): readonly string[] {
    return [...new Set(this.of('search.hit').map(({ result }) => result.name))].sort();
  }

  #recording(handler: () => SearchHandler): SearchHandler {
    return {
      message: (from, linkRole, message) => {
        this.messages.push(message);
        handler().message(from, linkRole, message);
      },
      gone: (from) => handler().gone(from),
      answer: (query, from) => {
        this.asked.push({ query, from: from.nodeId });
        return handler().answer(query, from);
      },
    };
  }
}

/** Peers that search over real overlays, on one virtual clock. */
export class SearchWorld {
  readonly clock = new VirtualClock();
  readonly random = new SeededRandom(5);
  readonly network = new VirtualNetwork({ clock: this.clock, random: this.random, link: { latencyMs: 20 } });
  readonly #running = new Set<SearchingPeer>();
  #made = 0;

  nextId(): NodeId {
    return (++this.#made).toString(16).padStart(12, '0').padEnd(64, '0') as NodeId;
  }

  async peer(host: string, options: SearchPeerOptions): Promise<SearchingPeer> {
    const database = new MemoryDatabase();
    await migrate(database, [hostCache0040], 'memory');
    const peer = new SearchingPeer(this, host, { ...options, database });
    await peer.virtual.links.listen(
      { host, port: PORT },
      {
        request: async (request) => (await peer.overlay.handle(request)) ?? { status: 404 },
        session: (link) => peer.overlay.session(link),
        accepts: () => true,
        misbehaved: () => {},
      },
    );
    await peer.overlay.start();
    this.#running.add(peer);
    return peer;
  }

  /** The process ends without a word, but its system closes the connections. */
  kill(peer: SearchingPeer): void {
    this.network.kill(peer.virtual);
    this.#running.delete(peer);
    void this.#stop(peer);
  }

  /** Ends every peer and fails when one left a timer. */
  async stopAll(): Promise<void> {
    const stopped = [...this.#running].map((peer) => this.#stop(peer));
    await this.clock.advance(60_000);
    await Promise.all(stopped);
    if (this.clock.pendingTimers > 0) throw new Error(`${this.clock.pendingTimers} timers were left behind`);
  }

  async #stop(peer: SearchingPeer): Promise<void> {
    peer.searches.close();
    peer.queries.stop();
    await peer.overlay.stop();
  }
}

export const tune = (number: number): Descriptor => ({
  hash: number.toString(16).padStart(8, '0').padEnd(64, '0') as ContentHash,
  size: 1000 + number,
  name: `tune ${number}.mp3`,
  type: 'audio',
  extracted: {},
});
