import { once } from 'node:events';
import type { IncomingMessage, ServerResponse } from 'node:http';
import { createServer, type Server } from 'node:https';
import { Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import type { TLSSocket } from 'node:tls';
import { formatAddress, type PeerAddress, unmapIpv4 } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { LinkHandler, Listening, Logger, Remote } from '../../engine/ports/index.ts';
import {
  CONNECTIONS,
  CONNECTIONS_PER_ADDRESS,
  CONNECTIONS_PER_PRIVATE_ADDRESS,
  HEAD_BYTES,
  HEAD_FIELDS,
  type LinkTimes,
  PIPELINED_REQUESTS,
  WAITING_ANSWERS,
} from '../../engine/wire/limits.ts';
import { errnoOf } from '../file-errors.ts';
import type { KeyAndCertificate } from '../identity/make-key.ts';
import { nodeIdOfCertificate } from '../identity/node-id.ts';
import { answerRequest } from './answer-request.ts';
import { BufferPool } from './buffer-pool.ts';
import { ConnectionLimits } from './connection-limits.ts';
import type { Dialled } from './dial.ts';
import { type PlainStatus, plainAnswer } from './plain-answer.ts';
import { isRelayUpgrade, RelayRoom } from './relay-room.ts';
import { acceptReverse, isReverseUpgrade } from './reverse-upgrade.ts';
import { SessionAcceptor } from './session-acceptor.ts';
import { serverOptions } from './tls-options.ts';
import { WaitingAnswers } from './waiting-answers.ts';

export type LinkServerDeps = {
  readonly identity: KeyAndCertificate;
  readonly handler: LinkHandler;
  readonly times: LinkTimes;
  readonly logger: Logger;
};

/** What is known of one accepted connection, from its handshake on. */
type Connection = {
  readonly remote: Remote;
  /** Bytes that had come before it was served. */
  readonly bytesBefore: number;
  waiting: number;
  answering: Promise<void>;
};

/** Why node:http gave up on a connection, where that is the other side's fault. */
const FAULTS: Readonly<Record<string, PlainStatus>> = {
  HPE_HEADER_OVERFLOW: 431,
  ERR_HTTP_REQUEST_TIMEOUT: 408,
  ERR_HTTP_SOCKET_TIMEOUT: 408,
};
/** As OpenSSL 3 and others call them. */
const certificateAlerts = (...alerts: readonly string[]) =>
  alerts.flatMap((alert) => [`ERR_SSL_SSL/TLS_ALERT_${alert}`, `ERR_SSL_SSLV3_ALERT_${alert}`]);
/**
 * A connection that ended without saying anything wrong: a port scan, a dialler that found another key, a peer that was killed in the middle of a
 * request. Any web page can have its visitor's browser ask this port, with TLS, of which the browser refuses our certificate, or without: that must
 * not get his address banned.
 */
const INNOCENT = new Set([
  ...['ECONNRESET', 'EPIPE', 'ETIMEDOUT', 'HPE_INVALID_EOF_STATE'],
  ...['ERR_SSL_HTTP_REQUEST', 'ERR_SSL_TLSV1_ALERT_UNKNOWN_CA'],
  ...certificateAlerts('BAD_CERTIFICATE', 'UNSUPPORTED_CERTIFICATE', 'CERTIFICATE_EXPIRED', 'CERTIFICATE_UNKNOWN'),
]);

/** The accepting side of links: TLS, HTTP, and sessions by upgrade. */
export class LinkServer {
  readonly #deps: LinkServerDeps;
  readonly #server: Server;
  readonly #connections = new WeakMap<Duplex, Connection>();
  readonly #sockets = new Set<Socket>();
  /** Connections that are not through their handshake, by `host:port` of the other side: what both the TCP and the TLS socket know. */
  readonly #handshakes = new Map<string, NodeJS.Timeout>();
  readonly #limits = new ConnectionLimits({
    ...{ perAddress: CONNECTIONS_PER_ADDRESS, perPrivateAddress: CONNECTIONS_PER_PRIVATE_ADDRESS, inAll: CONNECTIONS },
  });
  readonly #pool = new BufferPool();
  readonly #waiting = new WaitingAnswers(WAITING_ANSWERS);
  readonly #sessions = new SessionAcceptor();
  readonly #relays = new RelayRoom();

  constructor(deps: LinkServerDeps) {
    this.#deps = deps;
    const { times } = deps;
    this.#server = createServer({
      ...serverOptions(deps.identity),
      maxHeaderSize: HEAD_BYTES,
      headersTimeout: times.headMs,
      requestTimeout: times.requestMs,
      keepAliveTimeout: times.keepAliveMs,
      // How often node:http looks for heads and requests that take too long; its default of 30 s would triple them.
      connectionsCheckingInterval: times.headMs / 4,
      noDelay: true,
    });
    this.#server.maxHeadersCount = HEAD_FIELDS;
    const startTls = this.#server.listeners('connection');
    this.#server
      .removeAllListeners('connection')
      .on('connection', (socket) => {
        if (!(socket instanceof Socket) || this.#onTcp(socket))
          for (const start of startTls) start.call(this.#server, socket);
      })
      .prependListener('secureConnection', (socket) => this.#onTls(socket))
      .on('tlsClientError', (error, socket) => this.#onTlsError(error, socket))
      .on('clientError', (error, socket) => this.#onHttpError(error, socket))
      .on('error', (error) => this.#onError(error))
      .on('request', (message, response) => this.#onRequest(message, response))
      .on('upgrade', (message, socket, head) => this.#onUpgrade(message, socket, head));
  }

  /** Starts to listen; fails with listen.*. */
  async listen({ host, port }: PeerAddress): Promise<Listening> {
    const address = formatAddress({ host, port });
    const server = this.#server.listen({ port, ...(host !== '' && { host }) });
    try {
      await once(server, 'listening');
    } catch (cause) {
      if (errnoOf(cause) === 'EADDRINUSE') throw new AppError('listen.taken', { address }, { cause });
      const why = cause instanceof Error ? cause.message : String(cause);
      throw new AppError('listen.failed', { address, why }, { cause });
    }
    const bound = server.address();
    if (bound === null || typeof bound === 'string') throw new AppError('internal', { why: 'a server without a port' });
    return { address: { host: host || bound.address, port: bound.port }, close: () => this.#close() };
  }

  /** Serves on a connection that this side opened, as on those that came in. */
  serve({ socket, remote }: Dialled): void {
    this.#sockets.add(socket);
    this.#connections.set(socket, toConnection(remote, socket.bytesRead));
    socket.once('close', () => this.#sockets.delete(socket));
    this.#server.emit('secureConnection', socket);
  }

  async #close(): Promise<void> {
    const closed = this.#server.listening ? once(this.#server, 'close') : undefined;
    this.#server.close();
    for (const socket of this.#sockets) socket.destroy();
    await closed;
  }

  /** What keeps the socket from listening is told by `listen`. */
  #onError(error: Error): void {
    const log = this.#server.listening ? 'error' : 'debug';
    this.#deps.logger[log]('the listening socket failed', { error });
  }

  /** Before TLS: whether a connection is taken. Whom limits or the handler refuse by address costs nothing of what TLS needs. */
  #onTcp(socket: Socket): boolean {
    const remote = { nodeId: undefined, address: addressOf(socket) };
    const tooMany = this.#limits.admit(socket, remote.address.host);
    if (tooMany === 'address') this.#deps.handler.misbehaved(remote, 'too many connections from that address');
    if (tooMany !== undefined || !this.#deps.handler.accepts(remote)) {
      socket.destroy();
      return false;
    }
    this.#sockets.add(socket);
    socket.once('close', () => this.#sockets.delete(socket));
    this.#awaitHandshake(socket, remote);
    return true;
  }

  /** Not left to node:tls, which cannot say any more who was too slow. */
  #awaitHandshake(socket: Socket, remote: Remote): void {
    const key = formatAddress(remote.address);
    const timer = setTimeout(() => {
      this.#deps.handler.misbehaved(remote, 'a handshake that takes too long');
      socket.destroy();
    }, this.#deps.times.handshakeMs);
    this.#handshakes.set(key, timer);
    socket.once('close', () => this.#endHandshake(key));
  }

  #endHandshake(key: string): void {
    clearTimeout(this.#handshakes.get(key));
    this.#handshakes.delete(key);
  }

  /** After TLS, before HTTP. */
  #onTls(socket: TLSSocket): void {
    // Of a connection that this side opened it is known already.
    const { remote } = this.#connections.get(socket) ?? this.#identify(socket);
    if (socket.isSessionReused()) this.#deps.handler.misbehaved(remote, 'it resumed a TLS session');
    if (socket.isSessionReused() || !this.#deps.handler.accepts(remote)) socket.destroy();
  }

  #identify(socket: TLSSocket): Connection {
    const remote = { nodeId: nodeIdOfCertificate(socket.getPeerX509Certificate()), address: addressOf(socket) };
    this.#endHandshake(formatAddress(remote.address));
    const connection = toConnection(remote);
    this.#connections.set(socket, connection);
    return connection;
  }

  #onRequest(message: IncomingMessage, response: ServerResponse): void {
    const { socket } = message;
    const connection = this.#connections.get(socket);
    if (!connection || socket.destroyed) {
      socket.destroy();
      return;
    }
    const { handler, times, logger } = this.#deps;
    const { remote } = connection;
    if (++connection.waiting > PIPELINED_REQUESTS) {
      handler.misbehaved(remote, 'too many requests at once');
      socket.destroy();
      return;
    }
    const [pool, waiting, stallMs] = [this.#pool, this.#waiting, times.writeStallMs];
    const answering = { handler, remote, pool, waiting, stallMs, logger };
    connection.answering = connection.answering.then(async () => {
      if (!socket.destroyed) await answerRequest(message, response, answering);
      connection.waiting--;
    });
  }

  #onUpgrade(message: IncomingMessage, socket: Duplex, head: Buffer): void {
    const connection = this.#connections.get(socket);
    if (!connection) {
      socket.destroy();
      return;
    }
    // node:http no longer listens to it; whoever takes it over adds what it needs.
    socket.on('error', () => socket.destroy());
    const { remote } = connection;
    const { handler } = this.#deps;
    const upgrade = { message, socket, head };
    // Sessions and the like belong to who is known by key and address.
    if (remote.nodeId === undefined || remote.address.host === '') {
      plainAnswer(socket, 403);
      return;
    }
    const acceptance = { remote: { ...remote, nodeId: remote.nodeId }, handler };
    if (isReverseUpgrade(message)) acceptReverse(upgrade, acceptance);
    else if (isRelayUpgrade(message)) this.#relays.accept(upgrade, acceptance);
    else this.#sessions.accept(upgrade, acceptance);
  }

  #onTlsError(error: Error, socket: TLSSocket): void {
    const remote = { nodeId: undefined, address: addressOf(socket) };
    if (!INNOCENT.has(errnoOf(error) ?? '') && remote.address.host !== '') {
      this.#deps.handler.misbehaved(remote, `a failed handshake: ${errnoOf(error) ?? error.message}`);
    }
    socket.destroy();
  }

  #onHttpError(error: Error, socket: Duplex): void {
    const connection = this.#connections.get(socket);
    const code = errnoOf(error) ?? '';
    const isSilent = 'bytesRead' in socket && socket.bytesRead === connection?.bytesBefore;
    if (!connection || INNOCENT.has(code) || isSilent) {
      socket.destroy();
      return;
    }
    this.#deps.handler.misbehaved(connection.remote, `bad HTTP: ${code || error.message}`);
    plainAnswer(socket, FAULTS[code] ?? 400);
  }
}

const toConnection = (remote: Remote, bytesBefore = 0): Connection => ({
  ...{ remote, bytesBefore, waiting: 0, answering: Promise.resolve() },
});

/** Unknown (empty) once the socket is closed. */
function addressOf({ remoteAddress, remotePort }: Socket): PeerAddress {
  return { host: unmapIpv4(remoteAddress ?? ''), port: remotePort ?? 0 };
}
