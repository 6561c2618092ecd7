import type { Socket } from 'node:net';
import { createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { NO_ADDRESS, type PeerAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type {
  Hole,
  IncomingResponse,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  Logger,
  MeetingPlace,
  MetPeer,
  OutgoingRequest,
  Reversed,
  SessionLink,
} from '../../engine/ports/index.ts';
import { LINK_TIMES, type LinkTimes, RELAY_WAIT_MS } from '../../engine/wire/limits.ts';
import type { KeyAndCertificate } from '../identity/make-key.ts';
import type { Dial, Dialled } from './dial.ts';
import { FileRequestClient } from './file-request-client.ts';
import { LinkServer } from './link-server.ts';
import { openSession } from './open-session.ts';
import { RELAY } from './relay-room.ts';
import { RequestClients } from './request-clients.ts';
import { askToReverse } from './reverse-upgrade.ts';
import { securePeer } from './secure-peer.ts';
import { SmallRequestClient } from './small-request-client.ts';
import { openTcpHole } from './tcp-hole.ts';
import { TlsCalledConnection } from './tls-called-connection.ts';
import { contextOptions } from './tls-options.ts';
import { requestUpgrade } from './upgrade-request.ts';

export type TlsLinksDeps = {
  readonly identity: KeyAndCertificate & { readonly nodeId: NodeId };
  readonly dial: Dial;
  /** A connection must stand within this, ms: the setting overlay.dial-timeout. */
  readonly dialTimeoutMs: () => number;
  readonly logger: Logger;
  /** The address that the user bound this peer to, for listening as well; undefined = any. */
  readonly localAddress?: () => string | undefined;
  /** For tests: shorter than what the protocol says. */
  readonly times?: LinkTimes;
};

/** The Links port over TLS sockets. */
export class TlsLinks implements Links {
  readonly #deps: TlsLinksDeps;
  readonly #times: LinkTimes;
  /** For what the overlay says. */
  readonly #small: RequestClients;
  /**
   * For what is answered when a third step is over, often a question back to this peer: two that ask each other so at the same moment would
   * wait for each other where requests go one after the other.
   */
  readonly #slow: RequestClients;
  /** For what is asked about files. */
  readonly #file: RequestClients;
  readonly #listening = new Map<LinkServer, Listening>();
  readonly #sockets = new Set<TLSSocket>();
  readonly #secureContext: SecureContext;

  constructor(deps: TlsLinksDeps) {
    this.#deps = deps;
    this.#times = deps.times ?? LINK_TIMES;
    this.#secureContext = createSecureContext(contextOptions(deps.identity));
    const { dial, dialTimeoutMs } = deps;
    const shared = { dial, dialTimeoutMs, keepMs: this.#times.keepRequestsMs };
    this.#small = new RequestClients((to) => new SmallRequestClient(to, shared));
    this.#slow = new RequestClients((to) => new SmallRequestClient(to, { ...shared, keepMs: NOT_KEPT_MS }));
    this.#file = new RequestClients((to) => new FileRequestClient(to, shared));
  }

  async listen({ host, port }: PeerAddress, handler: LinkHandler): Promise<Listening> {
    const { identity, logger, localAddress } = this.#deps;
    const server = new LinkServer({ identity, handler, times: this.#times, logger });
    const listening = await server.listen({ host: localAddress?.() ?? host, port });
    this.#listening.set(server, listening);
    return listening;
  }

  request(to: PeerTarget, request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    return this.#clientsFor(request.path).get(to).request(request, signal);
  }

  async openSession(to: PeerTarget, signal?: AbortSignal): Promise<SessionLink> {
    const timeoutMs = this.#deps.dialTimeoutMs();
    const dialled = await this.#deps.dial(to.address, { expected: to.nodeId, timeoutMs, signal });
    this.#keep(dialled.socket);
    return openSession(dialled, { timeoutMs, logger: this.#deps.logger, signal });
  }

  async reverse(to: KnownRemote, token: string, signal?: AbortSignal): Promise<Reversed> {
    const server = this.#server();
    const timeoutMs = this.#deps.dialTimeoutMs();
    const dialled = await this.#deps.dial(to.address, { expected: to.nodeId, timeoutMs, signal });
    await askToReverse(dialled, { token, timeoutMs, signal });
    server.serve(dialled);
    return { remote: dialled.remote };
  }

  openHole(to: KnownRemote, signal?: AbortSignal): Promise<Hole> {
    const { dial, dialTimeoutMs, localAddress = () => undefined } = this.#deps;
    const secure = async (socket: Socket, other: KnownRemote, aborted: AbortSignal) =>
      this.#toMet(await this.#secure(socket, other, aborted), other.address);
    return openTcpHole(to, { dial, localAddress, timeoutMs: dialTimeoutMs, secure }, signal);
  }

  async meet(other: NodeId, { token, nodeId, address, entered }: MeetingPlace, signal?: AbortSignal): Promise<MetPeer> {
    const timeoutMs = this.#deps.dialTimeoutMs();
    const dialled = await this.#deps.dial(address, { expected: nodeId, timeoutMs, signal });
    this.#keep(dialled.socket);
    const upgrade = { path: `/relay/${token}`, protocol: RELAY, timeoutMs: RELAY_WAIT_MS, signal };
    await requestUpgrade(dialled, upgrade);
    entered?.();
    const { socket, elapsedMs } = await this.#secure(dialled.socket, { nodeId: other, address }, signal);
    // What it does is not to be counted against the relay's address.
    return this.#toMet({ socket, elapsedMs, remote: { nodeId: other, address: NO_ADDRESS } }, address);
  }

  async close(): Promise<void> {
    for (const socket of this.#sockets) socket.destroy();
    for (const clients of [this.#small, this.#slow, this.#file]) clients.close();
    await Promise.all([...this.#listening.values()].map((listening) => listening.close()));
  }

  #clientsFor(path: string): RequestClients {
    if (isAboutFiles(path)) return this.#file;
    return SLOW_PATHS.has(path) ? this.#slow : this.#small;
  }

  #keep(socket: TLSSocket): void {
    this.#sockets.add(socket);
    // Nobody may use it after all, as where the other side was banned meanwhile: then nobody listens to its errors.
    socket.on('error', () => undefined).once('close', () => this.#sockets.delete(socket));
  }

  /** That which listens also serves on connections that this side opened. */
  #server(): LinkServer {
    const [server] = this.#listening.keys();
    if (!server) throw new AppError('internal', { why: 'nothing can be served before this peer listens' });
    return server;
  }

  async #secure(socket: Socket, { nodeId, address }: KnownRemote, signal?: AbortSignal): Promise<Dialled> {
    const { identity, dialTimeoutMs } = this.#deps;
    const own = { secureContext: this.#secureContext, own: identity.nodeId };
    const options = { ...own, expected: nodeId, address, timeoutMs: dialTimeoutMs(), signal };
    const dialled = await securePeer(socket, options);
    this.#keep(dialled.socket);
    return dialled;
  }

  /** `way`: where its bytes come from, for messages. */
  #toMet(dialled: Dialled, way: PeerAddress): MetPeer {
    const { socket, remote } = dialled;
    const ask = () => new TlsCalledConnection(socket, remote, way);
    return { remote, ask, serve: () => this.#server().serve(dialled) };
  }
}

/**
 * A connection of before may lead through a router that was started again since, and would be waited for in vain: whether there is a way
 * is asked for over a new one.
 */
const NOT_KEPT_MS = 1;
/** The other side dials this peer, or has a third one dial, before it answers. */
const SLOW_PATHS: ReadonlySet<string> = new Set(['/reach', '/call']);

const isAboutFiles = (path: string): boolean => path.startsWith('/content/') || path.startsWith('/shares');
