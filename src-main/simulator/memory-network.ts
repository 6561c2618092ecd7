import { formatAddress, type KnownPeer, NO_ADDRESS, type PeerAddress, type PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { NodeId } from '../contract/ids.ts';
import type { Clock, ContentClient, LinkHandler, Links, MetPeer, Random } from '../engine/ports/index.ts';
import { MemoryCalledConnection } from './memory-called-connection.ts';
import { MemoryConnection, type Side } from './memory-connection.ts';
import { MemoryContentClient } from './memory-content-client.ts';
import { MemoryLinks } from './memory-links.ts';
import { MemoryMeetings } from './memory-meetings.ts';
import type { NetworkDoor } from './network-door.ts';
import { type LinkProfile, type Sent, VirtualPath } from './virtual-path.ts';

/**
 * A network in memory: many engines of one process listen and dial by host:port, on the given clock. Hosts are IP addresses; several
 * peers may share one. A host with the wrong key is a peer joined with another NodeId than the one the dialler expects.
 */
export type NetworkOptions = {
  readonly clock: Clock;
  readonly random: Random;
  /** Of every pair of hosts that has none of its own, all or each way from host to host; default: 1 ms, no rate. */
  readonly link?: LinkProfile | ((from: string, to: string) => LinkProfile);
  readonly sent?: Sent;
  /** A dial over a cut line fails after this; the default of the setting overlay.dial-timeout. */
  readonly dialTimeoutMs?: number;
  /** Pings of idle sessions are not sent; what they would find out is (see MemoryKeepAlive). For thousands of peers. */
  readonly modelsPings?: boolean;
  /** Peers are given what a message says beside its text, as objects of the sender: half of the work of a large network is to read. */
  readonly handsOver?: boolean;
  /** A longer session message ends the session, as `wire/limits.ts` says for real ones; default none. */
  readonly maxMessageBytes?: number;
};

/** One engine's place in the network. */
export type VirtualPeer = {
  readonly host: string;
  readonly nodeId: NodeId;
  readonly links: Links;
  readonly contentClient: ContentClient;
};

type Listener = { readonly peer: VirtualPeer; readonly handler: LinkHandler };
/** `entered`: it is at a relay. */
type MeetingWay = {
  readonly place: string;
  readonly waitMs: number;
  readonly entered?: () => void;
  readonly signal: AbortSignal | undefined;
};
type End = { readonly connection: MemoryConnection; readonly side: Side };

const DEFAULT_LINK: LinkProfile = { latencyMs: 1 };
const DEFAULT_DIAL_TIMEOUT_MS = 10_000;
/** Where the usual range of ephemeral ports starts (RFC 6335). */
const FIRST_FREE_PORT = 49_152;
const FREE_PORTS = 65_536 - FIRST_FREE_PORT;
/** All tries of simultaneous open, and the wait at a relay: the same as in the real links. */
const PUNCH_MS = 6000;
const RELAY_WAIT_MS = 30_000;
/** TCP and TLS 1.3 take one round trip each before the first request. */
const HANDSHAKE_TRIPS = 2;

export class VirtualNetwork {
  readonly options: NetworkOptions;
  readonly #paths = new Map<string, VirtualPath>();
  /** Lines with a profile of their own, which stay when nobody uses them. */
  readonly #kept = new Set<VirtualPath>();
  readonly #listeners = new Map<string, Listener>();
  /** The addresses at which each listens. */
  readonly #listening = new Map<VirtualPeer, Set<string>>();
  readonly #peers = new Set<VirtualPeer>();
  readonly #ends = new Map<VirtualPeer, Set<End>>();
  readonly #shut = new Set<string>();
  readonly #random = new Set<string>();
  readonly #meetings: MemoryMeetings<VirtualPeer>;
  #sideOf: ((host: string) => unknown) | undefined;
  #portsGiven = 0;

  constructor(options: NetworkOptions) {
    this.options = options;
    this.#meetings = new MemoryMeetings(options.clock);
  }

  /** Adds an engine at `host`. The same host and NodeId may join again after a kill, as a peer that starts again does. */
  join(host: string, nodeId: NodeId): VirtualPeer {
    const random = this.#random;
    const door: NetworkDoor = {
      get keepsPorts() {
        return !random.has(host);
      },
      clock: this.options.clock,
      maxMessageBytes: this.options.maxMessageBytes,
      modelsPings: this.options.modelsPings ?? false,
      handsOver: this.options.handsOver ?? false,
      dial: (to, signal) => this.#dial(peer, to, signal),
      listen: (wanted, handler) => this.#listen(peer, wanted, handler),
      unlisten: (address) => this.#unlisten(peer, address),
      turn: (connection) => this.#turn(peer, connection),
      punch: (seen, to, signal) => {
        const isRandom = [seen.host, to.address.host].some((at) => this.#random.has(at));
        const place = isRandom ? formatAddress(seen) : [seen, to.address].map(formatAddress).sort().join();
        return this.#meet({ peer, door }, to, { place, waitMs: PUNCH_MS, signal });
      },
      meet: (other, { token, entered = () => {} }, signal) =>
        this.#meet({ peer, door }, other, { place: token, waitMs: RELAY_WAIT_MS, entered, signal }),
      closeAll: () => this.#closeAll(peer),
    };
    const peer: VirtualPeer = {
      host,
      nodeId,
      links: new MemoryLinks(door),
      contentClient: new MemoryContentClient(door),
    };
    this.#peers.add(peer);
    return peer;
  }

  /** Gives both directions between two hosts a profile. */
  setLink(a: string, b: string, profile: LinkProfile): void {
    for (const path of this.#between(a, b)) {
      path.setProfile(profile);
      this.#kept.add(path);
    }
  }

  /** Nobody can open a connection to this host, as behind a router that maps no port; what it opens itself works. */
  shut(host: string): void {
    this.#shut.add(host);
  }

  /** Ends what `shut` began. */
  open(host: string): void {
    this.#shut.delete(host);
  }

  /** What this host opens gets another port outside each time, which none can foresee. */
  shuffle(host: string): void {
    this.#random.add(host);
  }

  /** Nothing passes between two hosts until `heal`; nobody is told, as when a cable is pulled. */
  cut(a: string, b: string): void {
    for (const path of this.#between(a, b)) path.cut();
  }

  heal(a: string, b: string): void {
    for (const path of this.#between(a, b)) path.heal();
  }

  /** Cuts every pair with one host in each group. */
  partition(groupA: readonly string[], groupB: readonly string[]): void {
    for (const a of groupA) for (const b of groupB) this.cut(a, b);
  }

  /** Cuts every pair of hosts on different sides, those that meet later too, until `unsplit`. For more hosts than pairs can be named. */
  split(sideOf: (host: string) => unknown): void {
    this.#sideOf = sideOf;
    for (const [key, path] of this.#paths) {
      const [from = '', to = ''] = key.split('>');
      if (sideOf(from) !== sideOf(to)) path.cut();
    }
  }

  /** Heals what `split` cut, and whatever else is cut. */
  unsplit(): void {
    this.#sideOf = undefined;
    for (const path of this.#paths.values()) path.heal();
  }

  /** Ends the processes of a host (or one of them): nothing listens any more, and its system closes every connection. */
  kill(victim: string | VirtualPeer): void {
    const ofHost = typeof victim === 'string' ? [...this.#peers].filter(({ host }) => host === victim) : [victim];
    for (const peer of ofHost) {
      for (const key of this.#listening.get(peer) ?? []) this.#listeners.delete(key);
      this.#listening.delete(peer);
      this.#closeAll(peer);
      this.#peers.delete(peer);
    }
  }

  /** The machine is gone: nobody is told, and whoever waits for it finds out by itself. */
  vanish(victim: VirtualPeer): void {
    for (const { connection, side } of this.#ends.get(victim) ?? []) connection.vanish(side);
    this.#ends.delete(victim);
    this.kill(victim);
  }

  #listen(peer: VirtualPeer, wanted: PeerAddress, handler: LinkHandler): PeerAddress {
    const host = ['', '0.0.0.0', '::'].includes(wanted.host) ? peer.host : wanted.host;
    const address = { host, port: wanted.port || this.#freePort() };
    const key = formatAddress(address);
    if (this.#listeners.has(key)) throw new AppError('listen.taken', { address: key });
    this.#listeners.set(key, { peer, handler });
    const addresses = this.#listening.get(peer) ?? new Set();
    this.#listening.set(peer, addresses.add(key));
    return address;
  }

  #unlisten(peer: VirtualPeer, address: PeerAddress): void {
    const key = formatAddress(address);
    const listener = this.#listeners.get(key);
    if (listener?.peer !== peer) return;
    this.#listeners.delete(key);
    this.#listening.get(peer)?.delete(key);
    for (const { connection, side } of this.#ends.get(peer) ?? []) {
      if (side === 'server' && connection.handler === listener.handler) connection.close('server');
    }
  }

  #closeAll(peer: VirtualPeer): void {
    for (const { connection, side } of this.#ends.get(peer) ?? []) connection.close(side);
  }

  #freePort(): number {
    return FIRST_FREE_PORT + (this.#portsGiven++ % FREE_PORTS);
  }

  async #dial(from: VirtualPeer, to: PeerTarget, signal?: AbortSignal): Promise<MemoryConnection> {
    const { clock, dialTimeoutMs = DEFAULT_DIAL_TIMEOUT_MS } = this.options;
    const address = formatAddress(to.address);
    const there = this.#path(from.host, to.address.host);
    const back = this.#path(to.address.host, from.host);
    const tripMs = there.latencyMs() + back.latencyMs();
    const isShut = this.#shut.has(to.address.host) && from.host !== to.address.host;
    if (isShut || there.isCut || back.isCut || HANDSHAKE_TRIPS * tripMs > dialTimeoutMs) {
      await clock.sleep(dialTimeoutMs, signal);
      throw new AppError('peer.timeout', { address });
    }
    if (!this.#listeners.has(address)) {
      await clock.sleep(tripMs, signal);
      throw new AppError('peer.unreachable', { address, why: 'connection refused' });
    }
    await clock.sleep(HANDSHAKE_TRIPS * tripMs, signal);
    const listener = this.#listeners.get(address);
    if (!listener || !this.#peers.has(from)) throw new AppError('peer.closed', { address });
    return this.#connect(from, listener, { to, paths: { client: there, server: back } });
  }

  #connect(
    from: VirtualPeer,
    { peer, handler }: Listener,
    { to, paths }: { to: PeerTarget; paths: Readonly<Record<Side, VirtualPath>> },
  ): MemoryConnection {
    const address = formatAddress(to.address);
    if (to.nodeId !== undefined && to.nodeId !== peer.nodeId) {
      throw new AppError('peer.wrong-identity', { address, actual: peer.nodeId });
    }
    const remotes = {
      client: { nodeId: peer.nodeId, address: to.address },
      server: { nodeId: from.nodeId, address: { host: from.host, port: this.#freePort() } },
    };
    if (!handler.accepts(remotes.server)) throw new AppError('peer.closed', { address });
    const connection = new MemoryConnection({ remotes, paths, handler });
    this.#register(from, { connection, side: 'client' });
    this.#register(peer, { connection, side: 'server' });
    return connection;
  }

  async #meet(
    { peer, door }: { readonly peer: VirtualPeer; readonly door: NetworkDoor },
    { nodeId, address }: KnownPeer,
    { entered, ...meeting }: MeetingWay,
  ): Promise<MetPeer> {
    const other = await this.#meetings.meet({ ...meeting, who: peer, address });
    entered?.();
    if (other.nodeId !== nodeId) {
      throw new AppError('peer.wrong-identity', { address: formatAddress(address), actual: other.nodeId });
    }
    const remote = { nodeId, address: entered ? NO_ADDRESS : address };
    // Whichever side asks is the client.
    const ask = () => {
      const listener = this.#listenerOf(other);
      const at = { host: peer.host, port: this.#freePort() };
      const seen = { nodeId: peer.nodeId, address: entered ? NO_ADDRESS : at };
      const paths = { client: this.#path(peer.host, other.host), server: this.#path(other.host, peer.host) };
      const connection = new MemoryConnection({
        ...{ paths, handler: listener.handler, remotes: { client: remote, server: seen } },
      });
      this.#register(peer, { connection, side: 'client' });
      this.#register(other, { connection, side: 'server' });
      return new MemoryCalledConnection(connection, door);
    };
    return { remote, ask, serve: () => void this.#listenerOf(peer) };
  }

  #listenerOf(peer: VirtualPeer): Listener {
    const [own] = this.#listening.get(peer) ?? [];
    const listener = own === undefined ? undefined : this.#listeners.get(own);
    if (!listener) throw new AppError('internal', { why: 'nothing can be served before this peer listens' });
    return listener;
  }

  #turn(dialler: VirtualPeer, { remotes, paths, handler }: MemoryConnection): MemoryConnection {
    const listener = this.#listenerOf(dialler);
    const dialled = [...this.#listeners.values()].find((other) => other.handler === handler);
    if (!dialled) throw new AppError('internal', { why: 'a call is answered before this peer listens' });
    const turned = new MemoryConnection({
      remotes: { client: remotes.server, server: remotes.client },
      paths: { client: paths.server, server: paths.client },
      handler: listener.handler,
    });
    this.#register(dialled.peer, { connection: turned, side: 'client' });
    this.#register(dialler, { connection: turned, side: 'server' });
    return turned;
  }

  #register(peer: VirtualPeer, end: End): void {
    const ends = this.#ends.get(peer) ?? new Set<End>();
    this.#ends.set(peer, ends);
    ends.add(end);
    end.connection.onClose(end.side, () => {
      ends.delete(end);
      if (ends.size === 0 && this.#ends.get(peer) === ends) this.#ends.delete(peer);
    });
  }

  #between(a: string, b: string): readonly VirtualPath[] {
    return a === b ? [this.#path(a, b)] : [this.#path(a, b), this.#path(b, a)];
  }

  #path(from: string, to: string): VirtualPath {
    const key = `${from}>${to}`;
    const existing = this.#paths.get(key);
    if (existing) return existing;
    const { link = DEFAULT_LINK } = this.options;
    const path: VirtualPath = new VirtualPath(this.options, typeof link === 'function' ? link(from, to) : link, () => {
      if (!path.isCut && !this.#kept.has(path)) this.#paths.delete(key);
    });
    if (this.#sideOf && this.#sideOf(from) !== this.#sideOf(to)) path.cut();
    this.#paths.set(key, path);
    return path;
  }
}
