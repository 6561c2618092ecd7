import { formatAddress, type KnownPeer, type PeerAddress } from '../../contract/address.ts';
import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SourceWay } from '../../contract/transfer.ts';
import type {
  CalledConnection,
  Clock,
  ContentClient,
  ContentConnection,
  IncomingResponse,
  Links,
  OutgoingRequest,
} from '../ports/index.ts';
import { shutError, type WhyShut } from '../shut-out.ts';
import { PUNCH } from '../wire/limits.ts';
import type { Calls } from './calls.ts';
import { firstToWork, type Try } from './first-to-work.ts';
import { KeptConnections } from './kept-connections.ts';
import { Turns } from './turns.ts';

/** A source to be connected with. */
export interface WantedPeer {
  readonly nodeId: NodeId;
  readonly addresses: readonly PeerAddress[];
  /** Hearsay; undefined: not known. */
  readonly reachable: boolean | undefined;
  readonly through: KnownPeer | undefined;
  /** The user named it: it is asked though it is banned. */
  readonly isNamed?: boolean;
  /** The way that worked last. */
  readonly way: SourceWay | null;
  /** Told how each way that was tried ended; null: it works. */
  tried(way: SourceWay, reason: ErrorCode | null): void;
  /** The same of each of its addresses. */
  triedAt(address: PeerAddress, reason: ErrorCode | null): void;
}

export type SourceWaysDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly links: Pick<Links, 'request'>;
  readonly content: ContentClient;
  readonly calls: Pick<Calls, 'canCall' | 'canPunch' | 'open' | 'punch' | 'relay'>;
  /** Whether nobody can dial this peer, so that a called source could not either. */
  readonly isShut: () => boolean;
  /** Whom this peer does not speak to. */
  readonly whyShut: WhyShut;
};

/** All its tries, and what goes before them. */
const PUNCH_PATIENCE_MS = PUNCH.tries * PUNCH.tryMs + 2000;

/** What says that the way does not lead there; anything else was said by the source itself. */
const NO_WAY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'peer.unreachable',
  'peer.timeout',
  'peer.closed',
  'peer.wrong-identity',
  'peer.dial-limited',
  'peer.address-not-allowed',
]);

/** What says that an address is shut out, and nothing of the others. */
const SHUT: ReadonlySet<ErrorCode> = new Set<ErrorCode>(['peer.blocked', 'peer.banned']);

/** The ways to a source (protocol section 11), tried in order until one works: by its address, by having it called, or by a relay. */
export class SourceWays {
  readonly #deps: SourceWaysDeps;
  readonly #kept: KeptConnections;
  /** Small exchanges with sources that have to be called: side by side each would need a call of its own, of which the source answers few. */
  readonly #turns = new Turns();

  constructor(deps: SourceWaysDeps) {
    this.#deps = deps;
    this.#kept = new KeptConnections(deps.clock);
  }

  /** A connection for ranges. Fails with peer.*, as the last way did. */
  async connect(peer: WantedPeer, signal: AbortSignal): Promise<ContentConnection> {
    this.#requireOpen(peer);
    const kept = this.#takeKept(peer.nodeId);
    if (kept) return this.#kept.forRanges(kept, true);
    const direct = (aborted: AbortSignal) => this.#atAddresses(peer, (to) => this.#dial(to, aborted), aborted);
    const drop = (late: ContentConnection) => late.close();
    const way = await firstToWork<ContentConnection | CalledConnection>(this.#ordered(peer, direct), {
      ...{ ...this.#told(peer), drop, signal },
    });
    return 'request' in way ? this.#kept.forRanges(way, false) : way;
  }

  /** One small exchange. Fails with peer.*, as the last way did. */
  async request(peer: WantedPeer, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    this.#requireOpen(peer);
    const { nodeId, way } = peer;
    const isCalled = way === null ? this.#turns.isTaken(nodeId) : way !== 'direct';
    if (!isCalled) return this.#request(peer, request, signal);
    return this.#turns.inTurn(nodeId, () => this.#request(peer, request, signal), signal);
  }

  /** Lets go of connections that nobody uses. */
  stop(): void {
    this.#kept.stop();
  }

  /** Before any way is tried: nobody need be asked to call one that is turned away then. Fails with peer.blocked or peer.banned. */
  #requireOpen({ nodeId, addresses, isNamed = false }: WantedPeer): void {
    const shut = this.#deps.whyShut({ nodeId, hosts: addresses.map(({ host }) => host) });
    if (shut && !(isNamed && shut.code === 'peer.banned')) throw shutError(shut, nodeId);
  }

  /** The user may have blocked the address that one is at since it came from there. */
  #takeKept(nodeId: NodeId): CalledConnection | undefined {
    for (let kept = this.#kept.take(nodeId); kept; kept = this.#kept.take(nodeId)) {
      if (this.#deps.whyShut({ hosts: [kept.remote.address.host] })?.code !== 'peer.blocked') return kept;
      kept.close();
    }
    return undefined;
  }

  async #request(peer: WantedPeer, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    const kept = this.#takeKept(peer.nodeId);
    if (kept) return this.#ask(kept, request, signal);
    const direct = (aborted: AbortSignal) =>
      this.#atAddresses(peer, (to) => this.#deps.links.request(to, request, aborted), aborted);
    const drop = (late: IncomingResponse | CalledConnection) => {
      if ('request' in late) late.close();
    };
    const way = await firstToWork<IncomingResponse | CalledConnection>(this.#ordered(peer, direct), {
      ...{ ...this.#told(peer), drop, signal },
    });
    return 'request' in way ? this.#ask(way, request, signal) : way;
  }

  async #ask(connection: CalledConnection, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    try {
      return await connection.request(request, signal);
    } finally {
      if (signal.aborted) connection.close();
      else this.#kept.keep(connection);
    }
  }

  /**
   * First what worked last, without a look at the clock: an answer may be long in coming. One that says that it cannot be reached is called
   * before it is dialled, which would only be waited for.
   */
  #ordered<T>(peer: WantedPeer, direct: Try<T>['run']): readonly Try<T | CalledConnection>[] {
    const isDialled = peer.addresses.length > 0;
    const dial: readonly Try<T>[] = isDialled ? [{ way: 'direct', run: direct, ...patienceWith(peer) }] : [];
    const calls = this.#calls(peer);
    const tries: readonly Try<T | CalledConnection>[] =
      peer.reachable === false ? [...calls, ...dial] : [...dial, ...calls];
    const known = tries.find(({ way }) => way === peer.way);
    const others = tries.filter((other) => other !== known);
    return known ? [{ ...known, patienceMs: Number.POSITIVE_INFINITY }, ...others] : tries;
  }

  /**
   * The ways on which the source does something, the one that costs others most last. One that says that all can connect may be known here by
   * an address where they cannot, but mostly it is gone: it is asked to dial, or the two meet where it cannot.
   */
  #calls(peer: WantedPeer): readonly Try<CalledConnection>[] {
    const { calls, isShut } = this.#deps;
    if (!calls.canCall(peer)) return [];
    const reverse: Try<CalledConnection> = { way: 'reverse', run: (aborted) => calls.open(peer, aborted) };
    const punch: Try<CalledConnection> = {
      ...{ way: 'hole-punch', patienceMs: PUNCH_PATIENCE_MS },
      run: (aborted) => calls.punch(peer, aborted),
    };
    const relay: Try<CalledConnection> = { way: 'relay', run: (aborted) => calls.relay(peer, aborted) };
    if (peer.reachable === true && !isShut()) return [reverse];
    return [...(isShut() ? [] : [reverse]), ...(calls.canPunch(peer) ? [punch] : []), ...(peer.through ? [relay] : [])];
  }

  #told(peer: WantedPeer) {
    return {
      clock: this.#deps.clock,
      none: new AppError('peer.unreachable', { address: peer.nodeId, why: 'no way to it is known' }),
      leadsNowhere: (error: AppError) => NO_WAY.has(error.code),
      tried: (way: SourceWay, reason: ErrorCode | null) => peer.tried(way, reason),
    };
  }

  /** Each that is not shut out in turn; fails as the last one did. */
  async #atAddresses<T>(peer: WantedPeer, ask: (to: KnownPeer) => Promise<T>, signal: AbortSignal): Promise<T> {
    const { nodeId, addresses, isNamed = false } = peer;
    let failure = new AppError('peer.unreachable', { address: nodeId, why: 'no address is known' });
    for (const address of addresses) {
      const shut = this.#deps.whyShut({ hosts: [address.host] });
      if (shut && !(isNamed && shut.code === 'peer.banned')) continue;
      try {
        const answer = await ask({ nodeId, address });
        peer.triedAt(address, null);
        return answer;
      } catch (thrown) {
        failure = toAppError(thrown);
      }
      if (!signal.aborted && NO_WAY.has(failure.code)) peer.triedAt(address, failure.code);
      if (signal.aborted || !(NO_WAY.has(failure.code) || SHUT.has(failure.code))) break;
    }
    throw failure;
  }

  async #dial(to: KnownPeer, signal: AbortSignal): Promise<ContentConnection> {
    const { clock, settings, content } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(settings()['overlay.dial-timeout'], () =>
      late.abort(new AppError('peer.timeout', { address: formatAddress(to.address) })),
    );
    try {
      return await content.connect(to, AbortSignal.any([signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }
}

/** One that says that all can connect is called only when the dial has failed. */
const patienceWith = ({ reachable }: WantedPeer): Pick<Try<unknown>, 'patienceMs'> =>
  reachable === true ? { patienceMs: Number.POSITIVE_INFINITY } : {};
