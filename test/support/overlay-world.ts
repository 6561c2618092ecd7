import { gzipSync } from 'node:zlib';
import type { PeerTarget } from '../../src-main/contract/address.ts';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { Flow, Worlds } from '../../src-main/contract/network.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import { LastContact } from '../../src-main/engine/overlay/last-contact.ts';
import { Overlay } from '../../src-main/engine/overlay/overlay.ts';
import type { LinkRole, SearchHandler, VoteCarrier } from '../../src-main/engine/overlay/overlay-deps.ts';
import type { Discovery, LinkHandler, Links, PortMapper, Remote } from '../../src-main/engine/ports/index.ts';
import type { SearchPeer } from '../../src-main/engine/search/search-network.ts';
import { HostCacheStore } from '../../src-main/engine/store/host-cache-store.ts';
import { hostCache0040 } from '../../src-main/engine/store/migrations/0040-host-cache.ts';
import { uptimes0100 } from '../../src-main/engine/store/migrations/0100-uptimes.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { UptimeStore } from '../../src-main/engine/store/uptime-store.ts';
import type { SessionMessage } from '../../src-main/engine/wire/session-message.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { MemoryMachine } from '../../src-main/simulator/memory-machine.ts';
import { VirtualNetwork, type VirtualPeer } from '../../src-main/simulator/memory-network.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { hitsText } from './search-fixtures.ts';
import { sha256 } from './sha256.ts';
import { WatchedIndex } from './watched-index.ts';

const PORT = 1214;

/** A library that a test changes by hand. */
export class TestLibrary {
  #files: Descriptor[] = [];
  readonly #listeners = new Set<() => void>();

  async descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    return this.#files.filter(({ hash }) => after === undefined || hash > after).slice(0, limit);
  }

  first(): readonly Descriptor[] {
    return this.#files.slice(0, 1);
  }

  totals() {
    return { files: this.#files.length, bytes: this.#files.reduce((sum, { size }) => sum + size, 0) };
  }

  onChange(listener: () => void): () => void {
    this.#listeners.add(listener);
    return () => this.#listeners.delete(listener);
  }

  set(files: readonly Descriptor[]): void {
    this.#files = [...files].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    for (const listener of this.#listeners) listener();
  }
}

export const file = (number: number, name = `song ${number}.mp3`): Descriptor => ({
  hash: number.toString(16).padStart(8, '0').padEnd(64, '0') as ContentHash,
  size: 1000 + number,
  name,
  type: 'audio',
  extracted: {},
});

export type TestPeer = {
  readonly host: string;
  readonly nodeId: NodeId;
  readonly target: PeerTarget;
  readonly address: PeerTarget['address'];
  readonly overlay: Overlay;
  readonly index: WatchedIndex;
  readonly library: TestLibrary;
  readonly virtual: VirtualPeer;
  readonly logger: MemoryLogger;
  readonly strikes: { readonly remote: Remote; readonly why: string }[];
  readonly searches: { readonly from: SearchPeer; readonly linkRole: LinkRole; readonly message: SessionMessage }[];
  readonly database: MemoryDatabase;
  /** What it was told of a second network. */
  readonly worlds: Worlds[];
  /** Paths that were asked of this peer, with queries. */
  readonly asked: string[];
  readonly machine: MemoryMachine;
  /** The fastest that files travelled. */
  rates: Flow;
  settings: Settings;
};

export type PeerOptions = {
  readonly settings?: Partial<Settings>;
  /** Hosts of supernodes that the user gave. */
  readonly bootstrap?: readonly string[];
  readonly files?: readonly Descriptor[];
  readonly nodeId?: NodeId;
  readonly database?: MemoryDatabase;
  readonly discovery?: Discovery;
  readonly mapper?: PortMapper;
  /** Stands between the overlay and its links. */
  readonly links?: (links: Links) => Links;
  /** That of the dialling rules, where its links have some. */
  readonly contact?: LastContact;
  /** What the overlay gives search messages to, instead of a list of what came. */
  readonly search?: SearchHandler;
  readonly votes?: VoteCarrier;
};

/** Real overlays on a virtual network and clock. */
export class OverlayWorld {
  readonly clock = new VirtualClock();
  readonly random: SeededRandom;
  readonly network: VirtualNetwork;
  readonly #running = new Set<TestPeer>();
  #made = 0;

  constructor({ seed = 1, latencyMs }: { readonly seed?: number; readonly latencyMs?: number } = {}) {
    this.random = new SeededRandom(seed);
    const link = latencyMs === undefined ? {} : { link: { latencyMs } };
    this.network = new VirtualNetwork({ clock: this.clock, random: this.random, ...link });
  }

  /** Starts a peer at `host`, listening, with its overlay running. */
  async peer(host: string, options: PeerOptions = {}): Promise<TestPeer> {
    const peer = await this.#make(host, options);
    await peer.virtual.links.listen({ host, port: PORT }, handlerOf(peer));
    await peer.overlay.start();
    this.#running.add(peer);
    return peer;
  }

  supernode(host: string, options: PeerOptions = {}): Promise<TestPeer> {
    return this.peer(host, { ...options, settings: { 'supernode.role': 'always', ...options.settings } });
  }

  leaf(host: string, options: PeerOptions = {}): Promise<TestPeer> {
    return this.peer(host, { ...options, settings: { 'supernode.role': 'never', ...options.settings } });
  }

  /** The process ends without a word, but its system closes the connections. */
  kill(peer: TestPeer): void {
    this.network.kill(peer.virtual);
    this.#running.delete(peer);
    void peer.overlay.stop();
  }

  async stop(peer: TestPeer): Promise<void> {
    this.#running.delete(peer);
    const stopped = peer.overlay.stop();
    await this.clock.advance(100);
    await stopped;
    this.network.kill(peer.virtual);
  }

  /** Ends every peer and fails when one left a timer. */
  async stopAll(): Promise<void> {
    for (const peer of [...this.#running]) await this.stop(peer);
    // Dials and requests that were on their way run into their time-outs.
    await this.clock.advance(60_000);
    if (this.clock.pendingTimers > 0) throw new Error(`${this.clock.pendingTimers} timers were left behind`);
  }

  /** Runs until `predicate` holds; gives the virtual ms that it took. */
  until(predicate: () => boolean, maxMs = 10_000): Promise<number> {
    return this.clock.runUntil(predicate, maxMs);
  }

  async #make(host: string, options: PeerOptions): Promise<TestPeer> {
    const nodeId = options.nodeId ?? nodeIdOf(++this.#made);
    const virtual = this.network.join(host, nodeId);
    const database = options.database ?? new MemoryDatabase();
    await migrate(database, { migrations: [hostCache0040, uptimes0100], path: 'memory' });
    const library = new TestLibrary();
    library.set(options.files ?? []);
    const peer = {
      host,
      nodeId,
      address: { host, port: PORT },
      target: { address: { host, port: PORT }, nodeId },
      index: new WatchedIndex(),
      library,
      virtual,
      logger: new MemoryLogger(),
      machine: new MemoryMachine(),
      rates: { up: 0, down: 0 },
      strikes: [],
      worlds: [],
      searches: [],
      asked: [],
      database,
      settings: { ...DEFAULT_SETTINGS, ...options.settings },
    } as unknown as TestPeer;
    return Object.assign(peer, { overlay: this.#overlay(peer, options) });
  }

  #overlay(
    peer: TestPeer,
    { bootstrap = [], discovery, mapper, links, contact, votes, search = recordingSearch(peer) }: PeerOptions,
  ): Overlay {
    return new Overlay({
      self: peer.nodeId,
      clock: this.clock,
      random: this.random,
      logger: peer.logger,
      settings: () => peer.settings,
      links: links?.(peer.virtual.links) ?? peer.virtual.links,
      contact: contact ?? new LastContact(this.clock),
      listen: () => [peer.address],
      store: new HostCacheStore(peer.database),
      index: peer.index,
      sha256,
      gzip: async (bytes) => gzipSync(bytes),
      library: peer.library,
      uptimeStore: new UptimeStore(peer.database),
      machine: peer.machine,
      bestRates: () => peer.rates,
      load: () => ({ freeSlots: 4, queueLength: 0, rateBps: 0 }),
      onLoad: () => () => {},
      search,
      votes,
      strike: (remote, why) => peer.strikes.push({ remote, why }),
      forgive: () => {},
      worldsChanged: ({ state }) => peer.worlds.push(state),
      discovery,
      mapper,
      bootstrap: { user: bootstrap.map((host) => ({ address: { host, port: PORT } })), builtIn: [] },
    });
  }
}

/** Ids that differ in the first 6 bytes, by which searches tell supernodes apart. */
const nodeIdOf = (number: number) => number.toString(16).padStart(12, '0').padEnd(64, '0') as NodeId;

function recordingSearch({ nodeId, library, searches }: TestPeer): SearchHandler {
  return {
    message: (from, linkRole, message) => void searches.push({ from, linkRole, message }),
    gone: () => {},
    perMinute: () => 0,
    answer: async ({ id }) => {
      const hits = library.first().map((shared) => ({ ...shared, sources: [{ nodeId, addresses: [] }] }));
      return hitsText({ type: 'hits', id, more: false, hits });
    },
  };
}

function handlerOf(peer: TestPeer): LinkHandler {
  return {
    request: async (request) => {
      peer.asked.push(`${request.method} ${request.path}`);
      return (await peer.overlay.handle(request)) ?? { status: 404 };
    },
    session: (link) => peer.overlay.session(link),
    relayed: (token, remote) => peer.overlay.relays.enter(token, remote),
    reversed: (token, remote) => peer.overlay.calls.reversed(token, remote),
    accepts: () => true,
    misbehaved: (remote, why) => peer.strikes.push({ remote, why }),
  };
}
