import type { Client, Dispatcher } from 'undici';
import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Headers, IncomingResponse, OutgoingRequest } from '../../engine/ports/index.ts';
import { HEAD_BYTES } from '../../engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { Dialled } from './dial.ts';
import { readBody } from './read-body.ts';
import type { RequestClient, RequestClientDeps } from './request-clients.ts';
import { toPeerError } from './socket-error.ts';

/**
 * Requests about files to one peer (trees, sizes, lists), one after the other on a connection that is opened when needed. undici is
 * loaded at the first one: a peer that only searches and serves never pays its 17 MiB (docs/adr/0009).
 */
export class FileRequestClient implements RequestClient {
  readonly #to: PeerTarget;
  readonly #deps: RequestClientDeps;
  #client: Promise<Client> | undefined;
  /** The last connection that was opened. */
  #dialled: Dialled | undefined;
  #running = 0;

  constructor(to: PeerTarget, deps: RequestClientDeps) {
    this.#to = to;
    this.#deps = deps;
  }

  get isIdle(): boolean {
    return this.#running === 0;
  }

  async request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    const { address } = this.#to;
    const expired = new AbortController();
    const timeout = new AppError('peer.timeout', { address: formatAddress(address) });
    const timer = setTimeout(() => expired.abort(timeout), request.timeoutMs);
    const either = signal ? AbortSignal.any([signal, expired.signal]) : expired.signal;
    this.#running++;
    try {
      return await this.#exchange(request, either);
    } catch (error) {
      throw either.aborted ? either.reason : toPeerError(error, address);
    } finally {
      this.#running--;
      clearTimeout(timer);
    }
  }

  /** Running requests fail with peer.closed. Idempotent. */
  close(): void {
    const why = new AppError('peer.closed', { address: formatAddress(this.#to.address) });
    // It may still be loading: what it could not open it need not close.
    void this.#client?.then((client) => client.destroy(why)).catch(() => undefined);
  }

  async #exchange(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    this.#client ??= this.#open();
    const client = await this.#client;
    signal.throwIfAborted();
    const before = this.#dialled;
    const startedMs = performance.now();
    const answer = await client.request({
      method: request.method,
      path: request.path,
      headers: { ...request.headers, 'shoal-protocol': PROTOCOL_VERSION },
      body: request.body ?? null,
      signal,
    });
    const body = await readBody(answer.body, request.maxBytes, this.#to.address);
    const dialled = this.#dialled;
    if (!dialled) throw new AppError('internal', { why: 'an answer without a connection' });
    return {
      status: answer.statusCode,
      headers: toHeaders(answer.headers),
      body,
      remote: dialled.remote,
      elapsedMs: dialled === before ? performance.now() - startedMs : dialled.elapsedMs,
    };
  }

  async #open(): Promise<Client> {
    const { Client } = await import('undici');
    const { keepMs, dialTimeoutMs } = this.#deps;
    return new Client(`https://${formatAddress(this.#to.address)}`, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: HEAD_BYTES,
      keepAliveTimeout: keepMs,
      keepAliveMaxTimeout: keepMs,
      // The whole exchange has one time limit, in `request`.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) => {
        this.#deps.dial(this.#to.address, { expected: this.#to.nodeId, timeoutMs: dialTimeoutMs() }).then(
          (dialled) => {
            this.#dialled = dialled;
            done(null, dialled.socket);
          },
          (error: unknown) => done(toPeerError(error, this.#to.address), null),
        );
      },
    });
  }
}

function toHeaders(headers: Dispatcher.ResponseData['headers']): Headers {
  const entries = Object.entries(headers).map(([name, value]) => [name, [value].flat().join(', ')] as const);
  return Object.fromEntries(entries);
}
