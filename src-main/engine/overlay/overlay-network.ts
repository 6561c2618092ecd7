import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Source } from '../../contract/search.ts';
import { toUtf8 } from '../../contract/utf8.ts';
import type { AskTarget, SearchNetwork, SearchPeer } from '../search/search-network.ts';
import { shuffle } from '../shuffle.ts';
import { readJson } from '../wire/http-answer.ts';
import { MESSAGE_LENGTHS } from '../wire/limits.ts';
import { type Hits, hitsSchema } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { noteFailure } from './ask-supernode.ts';
import type { ByteCount } from './byte-count.ts';
import { type GreetDeps, openSession } from './handshake.ts';
import type { HostCache } from './host-cache.ts';
import { isSameAddress, toEntry } from './known-supernode.ts';
import type { LeafSide } from './leaf-side.ts';
import { withNamerAddress } from './namer-address.ts';
import { NOT_WANTED, type OverlayDeps } from './overlay-deps.ts';
import type { Role } from './role.ts';
import { type SelfView, toHello } from './self-view.ts';
import type { Session } from './session.ts';

export type OverlayNetworkDeps = Pick<
  OverlayDeps,
  'clock' | 'random' | 'logger' | 'settings' | 'load' | 'search' | 'bootstrap'
> &
  GreetDeps & {
    readonly self: SelfView;
    readonly cache: HostCache;
    readonly leaf: LeafSide;
    readonly role: Role;
    /** What serving costs is counted here. */
    readonly duty: ByteCount;
  };

/** Supernodes tried for one hop. */
const HOP_TRIES = 5;
/** Hosts that mean "all addresses of this machine": no address to be reached at. */
const WILDCARDS = ['', '0.0.0.0', '::'];

/** What the search sees of the overlay. */
export class OverlayNetwork implements SearchNetwork {
  readonly #deps: OverlayNetworkDeps;
  readonly #parentListeners = new Set<(parent: SearchPeer | undefined) => void>();
  readonly #serverListeners = new Set<() => void>();
  readonly #hops = new Set<Session>();

  constructor(deps: OverlayNetworkDeps) {
    this.#deps = deps;
  }

  get nodeId(): NodeId {
    return this.#deps.self.nodeId;
  }

  role(): 'leaf' | 'supernode' {
    return this.#deps.self.role();
  }

  parent(): SearchPeer | undefined {
    return this.#deps.leaf.parent?.session;
  }

  standby(): SearchPeer | undefined {
    return this.#deps.leaf.standby?.session;
  }

  onParent(listener: (parent: SearchPeer | undefined) => void): () => void {
    this.#parentListeners.add(listener);
    return () => this.#parentListeners.delete(listener);
  }

  onServers(listener: () => void): () => void {
    this.#serverListeners.add(listener);
    return () => this.#serverListeners.delete(listener);
  }

  /** The overlay's own call when the parent changed. */
  tellParent(): void {
    for (const listener of this.#parentListeners) listener(this.parent());
    this.tellServers();
  }

  /** The overlay's own call when the warm one changed. */
  tellServers(): void {
    for (const listener of this.#serverListeners) listener();
  }

  indexedHash(): ContentHash | undefined {
    return this.#deps.leaf.parent?.indexedHash(this.#deps.random);
  }

  dismiss(nodeId: NodeId, why: string): void {
    const { cache, settings, leaf, role } = this.#deps;
    cache.shun(nodeId, settings()['overlay.shun']);
    leaf.dismiss(nodeId, why);
    role.service?.neighbours.dismiss(nodeId, why);
  }

  /** Ends every session with those whom the user does not want, or who are banned. */
  partFrom(isShut: (peer: Pick<Session, 'nodeId' | 'address' | 'host'>) => boolean): void {
    const { leaf, role } = this.#deps;
    const { children, neighbours } = role.service ?? {};
    const sessions = [leaf.parent?.session, leaf.standby?.session];
    for (const { session } of [...(children?.all() ?? []), ...(neighbours?.all() ?? [])]) sessions.push(session);
    for (const session of sessions) {
      if (!session || !isShut(session)) continue;
      this.dismiss(session.nodeId, NOT_WANTED);
      children?.dismiss(session.nodeId, NOT_WANTED);
    }
  }

  isShunned(nodeId: NodeId): boolean {
    return this.#deps.cache.isShunned(nodeId);
  }

  heardOf(): readonly NodeId[] {
    return this.#deps.cache.all().map(({ nodeId }) => nodeId);
  }

  /** Where a supernode is, of which this peer has heard. */
  addressOf(node: NodeId): PeerAddress | undefined {
    return this.#deps.cache.get(node)?.address;
  }

  /** Not an address that only strangers named: it led to a supernode once, or is built in. */
  isFamiliar(address: PeerAddress): boolean {
    const { cache, bootstrap } = this.#deps;
    return cache.hasTried(address) || bootstrap.builtIn.some((one) => isSameAddress(one.address, address));
  }

  askTargets(): readonly AskTarget[] {
    const { role, random, cache } = this.#deps;
    const neighbours = shuffle(random, role.service?.neighbours.all() ?? []);
    const linked = new Set(neighbours.map(({ session }) => session.nodeId));
    const others = cache.nameable().filter(({ nodeId }) => !linked.has(nodeId));
    return [
      ...neighbours.map(({ entry, session }) => ({ entry, session: true, rttMs: session.rttMs })),
      ...others.map((known) => ({ entry: toEntry(known), session: false, rttMs: known.rttMs })),
    ];
  }

  async ask({ entry }: AskTarget, query: Query, signal: AbortSignal): Promise<Hits> {
    const neighbours = this.#deps.role.service?.neighbours;
    const hits = neighbours?.get(entry.nodeId)
      ? await neighbours.ask(entry.nodeId, query, signal)
      : await this.#post(entry, query, signal);
    return withNamerAddress(hits, entry);
  }

  async hop(avoid: ReadonlySet<NodeId>, signal: AbortSignal): Promise<(SearchPeer & { close(): void }) | undefined> {
    const { cache, leaf } = this.#deps;
    const ours = [leaf.parent, leaf.standby].map((link) => link?.session.nodeId);
    const open = cache.candidates().filter(({ nodeId }) => !avoid.has(nodeId) && !ours.includes(nodeId));
    for (const { nodeId, address } of open.slice(0, HOP_TRIES)) {
      if (signal.aborted) return undefined;
      const peer = await this.#openHop(nodeId, address, signal);
      if (peer) return peer;
    }
    return undefined;
  }

  sourceOf(child: NodeId): Source | undefined {
    const { self, role, load } = this.#deps;
    if (child !== self.nodeId) return role.service?.children.sourceOf(child);
    // Who asked knows the address by which it reached this peer, and puts it here (withNamerAddress).
    const addresses = self.listen().filter(({ host }) => !WILDCARDS.includes(host));
    return { nodeId: child, addresses, ...load() };
  }

  nameable(count: number, avoid: ReadonlySet<NodeId>): readonly SupernodeEntry[] {
    return this.#deps.cache.nameable(count, avoid).map(toEntry);
  }

  /** Ends what hops are left. */
  stop(): void {
    for (const session of this.#hops) session.close('stopping', 'this peer stops');
  }

  async #post({ nodeId, address }: SupernodeEntry, query: Query, signal: AbortSignal): Promise<Hits> {
    const { links, settings, cache, duty } = this.#deps;
    const timeoutMs = settings()['overlay.request-timeout'];
    const body = toUtf8(JSON.stringify(query));
    const headers = { 'content-type': 'application/json' };
    const request = {
      method: 'POST',
      path: '/query',
      headers,
      body,
      maxBytes: MESSAGE_LENGTHS.hits,
      timeoutMs,
    } as const;
    try {
      duty.up += body.length;
      const response = await links.request({ nodeId, address }, request, signal);
      duty.down += response.body.length;
      if (response.status === 503) throw new AppError('peer.busy', { address: formatAddress(address) });
      const hits = readJson(hitsSchema, response);
      if (response.status === 200 && hits?.id === query.id) return hits;
      if (response.status === 404) cache.forget(nodeId);
      throw new AppError('peer.protocol', { address: formatAddress(address), why: 'no usable answer to /query' });
    } catch (thrown) {
      if (!signal.aborted && toAppError(thrown).code !== 'peer.busy') noteFailure(cache, nodeId, address, thrown);
      throw thrown;
    }
  }

  async #openHop(
    nodeId: NodeId,
    address: PeerAddress,
    signal: AbortSignal,
  ): Promise<(SearchPeer & { close(): void }) | undefined> {
    const { cache, self, logger } = this.#deps;
    try {
      const hello = toHello(self, 'searcher', address.host);
      const { session, welcome } = await openSession(this.#deps, { nodeId, address }, hello, signal);
      cache.heard(welcome.others, session);
      if (welcome.accepted) return this.#keepHop(session);
      session.close('role', 'no place');
    } catch (thrown) {
      if (!signal.aborted) noteFailure(cache, nodeId, address, thrown);
      logger.debug('no hop', { node: nodeId, why: toAppError(thrown).message });
    }
    return undefined;
  }

  #keepHop(session: Session): SearchPeer & { close(): void } {
    const { search } = this.#deps;
    const peer = {
      nodeId: session.nodeId,
      host: session.host,
      knows: (minor: number) => session.knows(minor),
      send: (message: Parameters<Session['send']>[0]) => session.send(message),
      close: () => session.close('idle', 'the search ended'),
    };
    this.#hops.add(session);
    session.receive({
      message: (message) => {
        const filled = message.type === 'hits' ? withNamerAddress(message, session) : message;
        search.message(peer, 'hop', filled);
      },
      ended: () => {
        this.#hops.delete(session);
        search.gone(peer);
      },
    });
    return peer;
  }
}
