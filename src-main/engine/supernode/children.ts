import type { PeerAddress } from '../../contract/address.ts';
import { isPrivateHost, narrowBlock, singleBlock } from '../../contract/address-block.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Source } from '../../contract/search.ts';
import type { Settings } from '../../contract/settings.ts';
import type { ByteCount } from '../overlay/byte-count.ts';
import type { SearchHandler, VoteCarrier } from '../overlay/overlay-deps.ts';
import type { Session } from '../overlay/session.ts';
import type { Clock, Logger, MetadataIndex, Random, Timer } from '../ports/index.ts';
import { randomId } from '../shuffle.ts';
import { CHILD_MESSAGES, CHILD_PLACES } from '../wire/limits.ts';
import type { ByeCode } from '../wire/messages/bye.ts';
import type { Call } from '../wire/messages/call.ts';
import type { Called } from '../wire/messages/called.ts';
import type { Hello } from '../wire/messages/hello.ts';
import type { Load } from '../wire/messages/load.ts';
import type { SessionMessage } from '../wire/session-message.ts';

/** The address (/64) and the /24 (IPv6 /48); undefined in private ranges, which are not counted. */
type ChildNetwork = { readonly address: string; readonly block: string } | undefined;
export type ChildRole = 'leaf' | 'standby' | 'searcher';
export type Child = {
  readonly session: Session;
  /** Where its own link comes from. */
  readonly network: ChildNetwork;
  /** Names the session in uploads: 32 hex digits. */
  readonly id: string;
  role: ChildRole;
  /** The IP of its own link and the port that it says it listens on; undefined when it does not listen. */
  address: PeerAddress | undefined;
  /** What it calls itself: never trusted. */
  readonly name: string | undefined;
  /** Of it in the index. */
  files: number;
  load: Omit<Load, 'type'>;
  /** Made of its load, and forgotten with it. */
  source: Source | undefined;
  /** Of the last upload that was applied, and what it was answered. */
  sequence: number;
};

export type ChildrenDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  /** Leaves taken now. */
  readonly capacity: () => number;
  readonly index: MetadataIndex;
  readonly search: SearchHandler;
  readonly votes?: VoteCarrier | undefined;
  /** A child calls a source, or says what became of a call to it. */
  readonly called: (from: Session, message: Call | Called) => void;
  /** What serving costs is counted here. */
  readonly duty: ByteCount;
  /** A standby child says that it needs this supernode now: answered like a hello. */
  readonly promote: (child: Child, hello: Hello) => void;
  readonly changed: () => void;
};

/** Bytes of a session id: nobody guesses another child's. */
const SESSION_ID_BYTES = 16;
/**
 * Of the full number of places, leaves that are here when all warm places were taken up: who was promised one comes when its parent has
 * died, and would be in no index while it looks for another.
 */
const PROMISED = 2;
/** Search-only sessions at once: a leaf that hops stays for seconds. */
const MAX_SEARCHERS = 100;

/** The leaves of this supernode, those that keep a warm place here, and those that only search. */
export class Children {
  readonly #deps: ChildrenDeps;
  readonly #children = new Map<NodeId, Child>();
  /** Rows of children that lost their session wait here. */
  readonly #grace = new Map<NodeId, Timer>();
  #counts: Record<ChildRole, number> | undefined;

  constructor(deps: ChildrenDeps) {
    this.#deps = deps;
  }

  /** Leaves that are indexed. */
  get count(): number {
    return this.#countOf('leaf');
  }

  get(nodeId: NodeId): Child | undefined {
    return this.#children.get(nodeId);
  }

  /** The session of a leaf. */
  leaf(nodeId: NodeId): Session | undefined {
    const child = this.#children.get(nodeId);
    return child?.role === 'leaf' ? child.session : undefined;
  }

  /** In the order in which they came. */
  all(): readonly Child[] {
    return [...this.#children.values()];
  }

  /**
   * Whether one more of this role has a place. Warm places are counted apart, as many as real ones: parents fail one by one, and the few
   * children of each that come here then find a place as long as this peer is not full. (One of the same would double the supernodes.)
   */
  hasPlace(role: ChildRole): boolean {
    const capacity = this.#deps.capacity();
    if (role === 'searcher') return this.#countOf('searcher') < MAX_SEARCHERS;
    if (role === 'leaf') return this.count < capacity;
    return this.count < capacity && this.#countOf('standby') < capacity;
  }

  /** Whether there are enough of this role from the address or the address block of `host`, whatever places are left. */
  isCrowded(role: ChildRole, host: string, times = 1): boolean {
    const network = networkOf(host);
    if (!network) return false;
    const places = role === 'searcher' ? MAX_SEARCHERS : this.#deps.capacity();
    const most = (part: number) => times * Math.max(CHILD_PLACES.least, Math.floor(places / part));
    let [ofAddress, ofBlock] = [0, 0];
    for (const child of this.#children.values()) {
      if (child.role !== role) continue;
      if (child.network?.address === network.address) ofAddress++;
      if (child.network?.block === network.block) ofBlock++;
    }
    return ofAddress >= most(CHILD_PLACES.ofAddress) || ofBlock >= most(CHILD_PLACES.ofBlock);
  }

  /** Whether a standby may become a leaf: beyond the places that there are, on probation too, since it was promised one. */
  canPromote(host: string): boolean {
    return (
      this.count < PROMISED * this.#deps.settings()['supernode.children'] && !this.isCrowded('leaf', host, PROMISED)
    );
  }

  /** Takes a child whose hello was accepted. */
  add(session: Session, hello: Hello & { readonly role: ChildRole }): Child {
    const [listen] = hello.listen;
    const child: Child = {
      session,
      network: networkOf(session.host),
      id: randomId(this.#deps.random, SESSION_ID_BYTES),
      role: hello.role,
      address: listen && { host: session.host, port: listen.port },
      name: hello.name,
      files: 0,
      load: {},
      source: undefined,
      sequence: 0,
    };
    this.#children.set(session.nodeId, child);
    this.#counts = undefined;
    session.admit(hello.version, CHILD_MESSAGES);
    session.countInto(this.#deps.duty);
    if (child.role === 'leaf') this.becameLeaf(child);
    return child;
  }

  /** Its rows count from now on. */
  becameLeaf(child: Child): void {
    child.role = 'leaf';
    this.#counts = undefined;
    this.#endGrace(child.session.nodeId);
    this.#inIndex(this.#deps.index.setPresent(child.session.nodeId, true));
    this.#deps.changed();
  }

  /** Starts to read what the child says. */
  listen(child: Child): void {
    child.session.receive({
      message: (message) => this.#take(child, message),
      ended: () => this.#gone(child),
    });
  }

  /** Where a child can be reached and how busy it is, the same object until that changes; undefined when it is not here now. */
  sourceOf(nodeId: NodeId): Source | undefined {
    const child = this.#children.get(nodeId);
    if (child?.role !== 'leaf') return undefined;
    child.source ??= toSource(child);
    return child.source;
  }

  /** Sends a message to every leaf and standby. */
  tell(message: SessionMessage): void {
    for (const { session, role } of this.#children.values()) if (role !== 'searcher') session.send(message);
  }

  /** Ends all sessions; the caller clears the index. */
  close(code: ByeCode, why: string): void {
    for (const nodeId of [...this.#grace.keys()]) this.#endGrace(nodeId);
    for (const { session } of this.#children.values()) {
      session.receive(undefined);
      session.close(code, why);
      this.#deps.search.gone(session);
      this.#deps.votes?.childGone(session.nodeId);
    }
    this.#children.clear();
    this.#counts = undefined;
  }

  /** Forgets a session that a newer one of the same peer replaces; the rows stay for it. */
  replace(nodeId: NodeId): void {
    const child = this.#children.get(nodeId);
    if (!child) return;
    child.session.receive(undefined);
    child.session.close('replaced', 'a newer session');
    this.#gone(child);
  }

  /** Ends the session with one, which cannot come back; its rows go like those of any child that left. */
  dismiss(nodeId: NodeId, why: string): void {
    const child = this.#children.get(nodeId);
    if (!child) return;
    child.session.receive(undefined);
    child.session.close('banned', why);
    this.#gone(child);
  }

  #take(child: Child, message: SessionMessage): void {
    const { session, role } = child;
    switch (message.type) {
      case 'load':
        child.load = message;
        if (message.port !== undefined) child.address = { host: session.host, port: message.port };
        child.source = undefined;
        return;
      case 'query':
      case 'more':
      case 'stop':
        this.#deps.search.message(session, role === 'leaf' ? 'child' : 'searcher', message);
        return;
      case 'call':
      case 'called':
        if (role === 'searcher') session.misbehaved(`${message.type} from a searcher`);
        else this.#deps.called(session, message);
        return;
      case 'votes':
        if (role === 'leaf') this.#deps.votes?.fromChild(session, message);
        else session.misbehaved(`votes from a ${role}`);
        return;
      case 'hello':
        if (role === 'standby' && message.role === 'leaf') {
          this.#deps.promote(child, message);
          return;
        }
        session.misbehaved('a second hello');
        return;
      default:
        session.misbehaved(`${message.type} from a child`);
        return;
    }
  }

  #gone(child: Child): void {
    const { nodeId } = child.session;
    if (this.#children.get(nodeId) !== child) return;
    this.#children.delete(nodeId);
    this.#counts = undefined;
    this.#deps.search.gone(child.session);
    this.#deps.votes?.childGone(nodeId);
    if (child.role === 'leaf') this.#beginGrace(nodeId);
    this.#deps.changed();
  }

  /** Rows outlive a broken session by 30 s (protocol section 5), but no more children's rows than could be here. */
  #beginGrace(nodeId: NodeId): void {
    const { clock, settings, index } = this.#deps;
    this.#inIndex(index.setPresent(nodeId, false));
    const delayMs = this.#grace.size < settings()['supernode.children'] ? settings()['supernode.row-grace'] : 0;
    const timer = clock.setTimer(delayMs, () => {
      this.#grace.delete(nodeId);
      this.#inIndex(index.drop(nodeId));
    });
    this.#grace.set(nodeId, timer);
  }

  #endGrace(nodeId: NodeId): void {
    this.#grace.get(nodeId)?.cancel();
    this.#grace.delete(nodeId);
  }

  #inIndex(work: Promise<void>): void {
    work.catch((thrown: unknown) => this.#deps.logger.error('the index failed', { why: String(thrown) }));
  }

  /** Counted anew only after a change: every ping asks for it. */
  #countOf(role: ChildRole): number {
    if (!this.#counts) {
      this.#counts = { leaf: 0, standby: 0, searcher: 0 };
      for (const child of this.#children.values()) this.#counts[child.role]++;
    }
    return this.#counts[role];
  }
}

const networkOf = (host: string): ChildNetwork =>
  isPrivateHost(host) ? undefined : { address: singleBlock(host), block: narrowBlock(host) };

function toSource({ session: { nodeId }, address, load }: Child): Source {
  const { reachable, freeSlots, queueLength, rateBps } = load;
  return {
    nodeId,
    addresses: address ? [address] : [],
    ...(reachable !== undefined && { reachable }),
    ...(freeSlots !== undefined && { freeSlots }),
    ...(queueLength !== undefined && { queueLength }),
    ...(rateBps !== undefined && { rateBps }),
  };
}
