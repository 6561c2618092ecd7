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
import type { Calls } from './calls.ts';
import { firstToWork, type Try } from './first-to-work.ts';
import { KeptConnections } from './kept-connections.ts';

/** A source to be connected with. */
export interface WantedPeer {
  readonly nodeId: NodeId;
  readonly addresses: readonly PeerAddress[];
  /** Hearsay; undefined: not known. */
  readonly reachable: boolean | undefined;
  readonly through: KnownPeer | undefined;
  /** The way that worked last. */
  readonly way: SourceWay | null;
  /** Told how each way that was tried ended; null: it works. */
  tried(way: SourceWay, reason: ErrorCode | null): void;
}

export type SourceWaysDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly links: Pick<Links, 'request'>;
  readonly content: ContentClient;
  readonly calls: Pick<Calls, 'canCall' | 'open'>;
  /** Whether nobody can dial this peer, so that a called source could not either. */
  readonly isShut: () => boolean;
};

/** What says that the way does not lead there; anything else was said by the source itself. */
const NO_WAY: ReadonlySet<ErrorCode> = new Set<ErrorCode>([
  'peer.unreachable',
  'peer.timeout',
  'peer.closed',
  'peer.wrong-identity',
  'peer.dial-limited',
  'peer.address-not-allowed',
]);

/** The ways to a source (protocol section 11), tried in order until one works: by its address, or by having it called. */
export class SourceWays {
  readonly #deps: SourceWaysDeps;
  readonly #kept: KeptConnections;

  constructor(deps: SourceWaysDeps) {
    this.#deps = deps;
    this.#kept = new KeptConnections(deps.clock);
  }

  /** Whether there is any way to try. */
  hasWay(peer: WantedPeer): boolean {
    return peer.addresses.length > 0 || this.#mayCall(peer);
  }

  /** A connection for ranges. Fails with peer.*, as the last way did. */
  async connect(peer: WantedPeer, signal: AbortSignal): Promise<ContentConnection> {
    const kept = this.#kept.take(peer.nodeId);
    if (kept) return this.#kept.forRanges(kept);
    const direct = (aborted: AbortSignal) => this.#atAddresses(peer, (to) => this.#dial(to, aborted), aborted);
    const reverse = async (aborted: AbortSignal) => this.#kept.forRanges(await this.#deps.calls.open(peer, aborted));
    const drop = (late: ContentConnection) => late.close();
    return firstToWork(this.#ordered(peer, { direct, reverse }), { ...this.#told(peer), drop, signal });
  }

  /** One small exchange. Fails with peer.*, as the last way did. */
  async request(peer: WantedPeer, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    const kept = this.#kept.take(peer.nodeId);
    if (kept) return this.#ask(kept, request, signal);
    const { links, calls } = this.#deps;
    const direct = (aborted: AbortSignal) =>
      this.#atAddresses(peer, (to) => links.request(to, request, aborted), aborted);
    const reverse = async (aborted: AbortSignal) => this.#ask(await calls.open(peer, aborted), request, aborted);
    return firstToWork(this.#ordered(peer, { direct, reverse }), { ...this.#told(peer), signal });
  }

  /** Lets go of connections that nobody uses. */
  stop(): void {
    this.#kept.stop();
  }

  async #ask(connection: CalledConnection, request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    try {
      return await connection.request(request, signal);
    } finally {
      if (signal.aborted) connection.close();
      else this.#kept.keep(connection);
    }
  }

  #mayCall(peer: WantedPeer): boolean {
    return peer.reachable !== true && !this.#deps.isShut() && this.#deps.calls.canCall(peer);
  }

  /**
   * First what worked last, without a look at the clock: an answer may be long in coming. One that says that it cannot be reached is called
   * before it is dialled, which would only be waited for.
   */
  #ordered<T>(
    peer: WantedPeer,
    { direct, reverse }: { readonly direct: Try<T>['run']; readonly reverse: Try<T>['run'] },
  ): readonly Try<T>[] {
    const dial = peer.addresses.length > 0 ? [{ way: 'direct', run: direct } as const] : [];
    const call = this.#mayCall(peer) ? [{ way: 'reverse', run: reverse } as const] : [];
    const tries: readonly Try<T>[] = peer.reachable === false ? [...call, ...dial] : [...dial, ...call];
    const known = tries.find(({ way }) => way === peer.way);
    return known ? [{ ...known, isKnown: true }, ...tries.filter((other) => other !== known)] : tries;
  }

  #told(peer: WantedPeer) {
    return {
      clock: this.#deps.clock,
      none: new AppError('peer.unreachable', { address: peer.nodeId, why: 'no way to it is known' }),
      leadsNowhere: (error: AppError) => NO_WAY.has(error.code),
      tried: (way: SourceWay, reason: ErrorCode | null) => peer.tried(way, reason),
    };
  }

  /** Each in turn; fails as the last one did. */
  async #atAddresses<T>(
    { nodeId, addresses }: WantedPeer,
    ask: (to: KnownPeer) => Promise<T>,
    signal: AbortSignal,
  ): Promise<T> {
    let failure = new AppError('peer.unreachable', { address: nodeId, why: 'no address is known' });
    for (const address of addresses) {
      try {
        return await ask({ nodeId, address });
      } catch (thrown) {
        failure = toAppError(thrown);
      }
      if (signal.aborted || !NO_WAY.has(failure.code)) break;
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
