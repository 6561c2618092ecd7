import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http';
import { createServer as createSecureServer } from 'node:https';
import type { AddressInfo, Socket } from 'node:net';
import type { Duplex } from 'node:stream';
import { pipeline } from 'node:stream/promises';
import { type WebSocket, WebSocketServer } from 'ws';
import { z } from 'zod';
import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { EngineApi } from '../../contract/api.ts';
import { AppError } from '../../contract/errors.ts';
import type { MediaApi } from '../../contract/media.ts';
import { parseValue } from '../../contract/parse-value.ts';
import type { Logger } from '../../engine/ports/index.ts';
import { answerMedia } from '../../face/media-answer.ts';
import { type PageFiles, SAFE_HEADERS } from '../../face/page-files.ts';
import { METRICS_TYPE, Metrics } from './metrics/metrics.ts';
import { PageSocket } from './page-socket.ts';
import { readSmallBody } from './read-small-body.ts';
import { isLoopback, WebOrigins } from './web-origins.ts';
import { WebSessions } from './web-sessions.ts';

type Deps = {
  readonly api: EngineApi;
  readonly media: MediaApi;
  readonly logger: Logger;
  readonly page: PageFiles;
  /** The peer's own key and certificate, PEM: off loopback everything is encrypted. */
  readonly tls: { readonly key: string; readonly certificate: string };
  /** Without it there is no `/metrics`; `token` is for whoever collects them. */
  readonly metrics?: { readonly token: string; readonly version: string };
};
type Place = { readonly listen: PeerAddress; readonly fallbackPort: boolean };
type Answer = {
  readonly status: number;
  readonly headers?: Readonly<Record<string, string>>;
  readonly body?: AsyncIterable<Uint8Array> | Uint8Array | string | undefined;
};

/** Pages open at once, over all browsers. */
const MAX_PAGES = 32;
/** Connections at once: some for each page, for files and previews. */
const MAX_CONNECTIONS = 256;
/** Node's own patience with a connection that says nothing is two minutes. */
const HANDSHAKE_TIMEOUT_MS = 10_000;
/** The largest message of a page: a Metalink list of 4 MiB, with quotes and line ends escaped. */
const MAX_MESSAGE_BYTES = 9 * 2 ** 20;
const MAX_TOKEN_BODY_BYTES = 1024;

const METRICS_DENIED =
  'metrics need "Authorization: Bearer TOKEN": the token is in the file metrics-token of the peer\'s data folder\n';

/** A page asks with its key whether it may be used, and gets the key with this one. */
const KEY_HEADER = 'shoal-key';
/** Of the WebSocket; the key comes after it, for browsers let pages set no other header there. */
const PAGE_PROTOCOL = 'shoal';

const tokenSchema = z.object({ token: z.string().max(200) });

/** The web face: the built page, a WebSocket to the engine, and previews, for browsers that came with a token. */
export class WebServer {
  readonly #deps: Deps;
  readonly #place: Place;
  readonly #isSecure: boolean;
  readonly #sessions: WebSessions;
  readonly #sockets = new WebSocketServer({ noServer: true, maxPayload: MAX_MESSAGE_BYTES, clientTracking: false });
  readonly #pages = new Set<PageSocket>();
  readonly #connections = new Set<Socket>();
  readonly #metrics: Metrics | undefined;
  #server: Server | undefined;
  #address: PeerAddress | undefined;
  #origins: WebOrigins | undefined;

  constructor(deps: Deps, place: Place) {
    this.#deps = deps;
    this.#place = place;
    this.#isSecure = !isLoopback(place.listen.host);
    this.#sessions = new WebSessions({ isSecure: this.#isSecure });
    this.#metrics = deps.metrics && new Metrics({ api: deps.api, ...deps.metrics });
  }

  /** Resolves when it listens; fails with listen.*. */
  async start(): Promise<void> {
    const { key, certificate: cert } = this.#deps.tls;
    const onRequest = (request: IncomingMessage, response: ServerResponse) => void this.#answer(request, response);
    const server = this.#isSecure
      ? createSecureServer({ key, cert, minVersion: 'TLSv1.3', handshakeTimeout: HANDSHAKE_TIMEOUT_MS }, onRequest)
      : createServer(onRequest);
    server.maxConnections = MAX_CONNECTIONS;
    server.on('connection', (socket: Socket) => {
      this.#connections.add(socket);
      socket.once('close', () => this.#connections.delete(socket));
    });
    server.on('upgrade', (request, socket, head) => this.#upgrade(request, socket, head));
    this.#server = server;
    const { host } = this.#place.listen;
    const { port } = await this.#listen(server);
    server.on('error', (error) => this.#deps.logger.warn('the web face failed', { why: error.message }));
    this.#address = { host, port };
    this.#origins = new WebOrigins(this.#address, { isSecure: this.#isSecure });
    this.#sessions.listensOn(port);
  }

  /** Where a browser finds it, with a token that is good for one browser. */
  newAddress(): string {
    if (!this.#address) throw new AppError('web.off');
    const { host, port } = this.#address;
    const shown = host === '::' || host === '0.0.0.0' ? 'localhost' : host;
    const scheme = this.#isSecure ? 'https' : 'http';
    return `${scheme}://${formatAddress({ host: shown, port })}/#token=${this.#sessions.newToken()}`;
  }

  /** Ends every page. Idempotent. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    this.#address = undefined;
    this.#metrics?.stop();
    if (!server) return;
    const pagesClosed = [...this.#pages].map((page) => page.close());
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    server.closeAllConnections();
    await Promise.all(pagesClosed);
    // The server knows only those that asked for something; it waits for the others too.
    for (const connection of this.#connections) connection.destroy();
    await closed;
  }

  async #listen(server: Server): Promise<AddressInfo> {
    const { listen, fallbackPort } = this.#place;
    try {
      return await listenOn(server, listen);
    } catch (error) {
      const isTaken = (error as NodeJS.ErrnoException).code === 'EADDRINUSE';
      if (isTaken && fallbackPort) {
        const free = await listenOn(server, { ...listen, port: 0 });
        this.#deps.logger.warn(`port ${listen.port} is taken: the web face is on port ${free.port} instead`);
        return free;
      }
      const address = formatAddress(listen);
      if (isTaken) throw new AppError('web.taken', { address });
      throw new AppError('listen.failed', { address, why: error instanceof Error ? error.message : String(error) });
    }
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    const over = new AbortController();
    response.once('close', () => over.abort());
    try {
      const { status, headers, body } = await this.#route(request, over.signal);
      const isWhole = typeof body === 'string' || body instanceof Uint8Array;
      const length = isWhole ? { 'Content-Length': Buffer.byteLength(body) } : {};
      response.writeHead(status, { ...SAFE_HEADERS, ...length, ...headers });
      if (body === undefined || isWhole) response.end(request.method === 'HEAD' ? undefined : body);
      else await pipeline(body, response);
    } catch (error) {
      // A browser that seeks or closes a preview leaves in the middle.
      if (!over.signal.aborted) this.#deps.logger.warn('a request of the web face failed', { error });
      response.destroy();
    }
  }

  async #route(request: IncomingMessage, over: AbortSignal): Promise<Answer> {
    const { method = 'GET', headers } = request;
    if (!this.#origins?.isHost(headers.host)) return refusal('web.wrong-host', 421);
    const url = URL.parse(request.url ?? '/', 'http://face');
    if (!url) return { status: 400 };
    if (url.pathname === '/session') return this.#session(request);
    if (method !== 'GET' && method !== 'HEAD') return { status: 405, headers: { Allow: 'GET, HEAD' } };
    if (url.pathname.startsWith('/media/')) {
      if (!this.#sessions.knows(headers.cookie) || isForeign(headers)) return refusal('web.denied');
      return answerMedia(this.#deps.media, { url, range: headers.range, isHead: method === 'HEAD', signal: over });
    }
    if (url.pathname === '/metrics' && this.#metrics) return this.#answerMetrics(this.#metrics, headers);
    const file = this.#deps.page.answer(url.pathname);
    return file ? { status: 200, ...file } : { status: 404 };
  }

  /** For a collector with the token, and for a browser that may use the page, which shows the same and more. */
  async #answerMetrics(metrics: Metrics, headers: IncomingMessage['headers']): Promise<Answer> {
    const isAllowed =
      metrics.allows(headers.authorization) || (this.#sessions.knows(headers.cookie) && !isForeign(headers));
    const [type, body] = isAllowed
      ? [METRICS_TYPE, await metrics.text()]
      : ['text/plain; charset=utf-8', METRICS_DENIED];
    const ask = isAllowed ? {} : { 'WWW-Authenticate': 'Bearer' };
    return {
      status: isAllowed ? 200 : 401,
      headers: { ...ask, 'Content-Type': type, 'Cache-Control': 'no-store' },
      body,
    };
  }

  /** GET: whether this page may be used in this browser. POST: a token for a cookie and a key. */
  async #session(request: IncomingMessage): Promise<Answer> {
    const { headers, method } = request;
    if (method === 'GET') {
      const isKnown = this.#sessions.knowsPage(headers.cookie, headers[KEY_HEADER]);
      return isKnown ? { status: 204 } : refusal('web.denied');
    }
    if (method !== 'POST') return { status: 405, headers: { Allow: 'GET, POST' } };
    if (!this.#origins?.isOrigin(headers.origin, headers.host)) return refusal('web.wrong-origin');
    const body = parseValue(tokenSchema, await readSmallBody(request, MAX_TOKEN_BODY_BYTES));
    const session = body.success ? this.#sessions.exchange(body.data.token) : undefined;
    if (!session) return refusal('web.denied');
    const secrets = { 'Set-Cookie': session.cookie, [KEY_HEADER]: session.key };
    return { status: 204, headers: { ...secrets, 'Cache-Control': 'no-store' } };
  }

  #upgrade(request: IncomingMessage, socket: Duplex, head: Buffer): void {
    socket.on('error', () => socket.destroy());
    const status = this.#upgradeStatus(request);
    if (status === 101) this.#sockets.handleUpgrade(request, socket, head, (opened) => this.#open(opened));
    else socket.end(`HTTP/1.1 ${status} ${STATUS_CODES[status]}\r\nConnection: close\r\nContent-Length: 0\r\n\r\n`);
  }

  #upgradeStatus({ headers, url }: IncomingMessage): 101 | 403 | 404 | 503 {
    if (url !== '/api') return 404;
    // Browsers always tell their origin, and send the cookie whatever page asks: this keeps other pages out.
    if (!this.#origins?.isOrigin(headers.origin, headers.host)) return 403;
    if (!this.#sessions.knowsPage(headers.cookie, keyOf(headers))) return 403;
    return this.#pages.size < MAX_PAGES ? 101 : 503;
  }

  #open(socket: WebSocket): void {
    const page = new PageSocket(this.#deps, socket);
    this.#pages.add(page);
    socket.once('close', () => this.#pages.delete(page));
  }
}

/** Of `shoal, KEY`. */
const keyOf = ({ 'sec-websocket-protocol': protocols = '' }: IncomingMessage['headers']): string | undefined =>
  protocols.split(/ *, */).find((protocol) => protocol !== PAGE_PROTOCOL);

/** Whether a browser says that another page asks. */
const isForeign = ({ 'sec-fetch-site': site }: IncomingMessage['headers']): boolean =>
  site !== undefined && site !== 'same-origin' && site !== 'none';

function listenOn(server: Server, { host, port }: PeerAddress): Promise<AddressInfo> {
  return new Promise((resolve, reject) => {
    server.once('error', reject);
    server.listen({ host, port }, () => {
      server.off('error', reject);
      resolve(server.address() as AddressInfo);
    });
  });
}

function refusal(code: 'web.denied' | 'web.wrong-host' | 'web.wrong-origin', status = 403): Answer {
  const error = new AppError(code).toValue();
  return {
    status,
    headers: { 'Content-Type': 'application/json; charset=utf-8', 'Cache-Control': 'no-store' },
    body: JSON.stringify({ ok: false, error }),
  };
}
