import type { IncomingHttpHeaders, IncomingMessage } from 'node:http';
import { request as startRequest } from 'node:https';
import { formatAddress, type PeerTarget } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Headers, IncomingResponse, OutgoingRequest } from '../../engine/ports/index.ts';
import { HEAD_BYTES } from '../../engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { Dialled } from './dial.ts';
import { DiallingAgent } from './dialling-agent.ts';
import { readBody } from './read-body.ts';
import type { RequestClient, RequestClientDeps } from './request-clients.ts';
import { toPeerError } from './socket-error.ts';

/** Small requests to one peer, one after the other on a connection that is opened when needed. */
export class SmallRequestClient implements RequestClient {
  readonly #to: PeerTarget;
  readonly #deps: RequestClientDeps;
  readonly #agent: DiallingAgent;
  readonly #running = new Set<AbortController>();
  readonly #closed = new AbortController();
  #turn: Promise<unknown> = Promise.resolve();
  /** The last connection that was opened. */
  #dialled: Dialled | undefined;

  constructor(to: PeerTarget, deps: RequestClientDeps) {
    this.#to = to;
    this.#deps = deps;
    this.#agent = new DiallingAgent(() => this.#open(), deps.keepMs);
  }

  get isIdle(): boolean {
    return this.#running.size === 0;
  }

  async request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    const { address } = this.#to;
    this.#closed.signal.throwIfAborted();
    const stopped = new AbortController();
    const timeout = new AppError('peer.timeout', { address: formatAddress(address) });
    const timer = setTimeout(() => stopped.abort(timeout), request.timeoutMs);
    const either = signal ? AbortSignal.any([signal, stopped.signal]) : stopped.signal;
    this.#running.add(stopped);
    try {
      return await this.#inTurn(() => this.#exchange(request, either), either);
    } catch (error) {
      throw either.aborted ? either.reason : toPeerError(error, address);
    } finally {
      this.#running.delete(stopped);
      clearTimeout(timer);
    }
  }

  /** Running requests fail with peer.closed. Idempotent. */
  close(): void {
    const why = new AppError('peer.closed', { address: formatAddress(this.#to.address) });
    this.#closed.abort(why);
    for (const stopped of this.#running) stopped.abort(why);
    this.#agent.destroy();
  }

  /** One after the other: Node counts a connection only once it stands, and would open one for each request until then. */
  #inTurn<T>(work: () => Promise<T>, signal: AbortSignal): Promise<T> {
    const { promise: aborted, reject } = Promise.withResolvers<never>();
    const onAbort = () => reject(signal.reason);
    if (signal.aborted) onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    const done = this.#turn.then(() => {
      signal.throwIfAborted();
      return work();
    });
    this.#turn = done.catch(() => undefined);
    // A combined signal that somebody listens to is kept, with all that the listener holds, for as long as its parts live.
    return Promise.race([done, aborted]).finally(() => signal.removeEventListener('abort', onAbort));
  }

  async #exchange(request: OutgoingRequest, signal: AbortSignal): Promise<IncomingResponse> {
    const before = this.#dialled;
    const startedMs = performance.now();
    const answer = await this.#send(request, signal);
    const body = await readBody(answer, request.maxBytes, this.#to.address);
    const dialled = this.#dialled;
    if (!dialled) throw new AppError('internal', { why: 'an answer without a connection' });
    return {
      status: answer.statusCode ?? 0,
      headers: toHeaders(answer.headers),
      body,
      remote: dialled.remote,
      elapsedMs: dialled === before ? performance.now() - startedMs : dialled.elapsedMs,
    };
  }

  #send({ method, path, headers, body }: OutgoingRequest, signal: AbortSignal): Promise<IncomingMessage> {
    const { address } = this.#to;
    return new Promise((resolve, reject) => {
      startRequest({
        agent: this.#agent,
        host: address.host,
        port: address.port,
        method,
        path,
        headers: { ...headers, 'shoal-protocol': PROTOCOL_VERSION },
        maxHeaderSize: HEAD_BYTES,
        signal,
      })
        .once('response', resolve)
        .on('error', reject)
        // An answer that is none, such as an upgrade that nobody asked for, ends without an error.
        .once('close', () => reject(new AppError('peer.closed', { address: formatAddress(address) })))
        .end(body);
    });
  }

  async #open(): Promise<Dialled['socket']> {
    const { dial, dialTimeoutMs } = this.#deps;
    const { nodeId, address } = this.#to;
    const { signal } = this.#closed;
    this.#dialled = await dial(address, { expected: nodeId, timeoutMs: dialTimeoutMs(), signal });
    return this.#dialled.socket;
  }
}

function toHeaders(headers: IncomingHttpHeaders): Headers {
  return Object.fromEntries(Object.entries(headers).map(([name, value = '']) => [name, [value].flat().join(', ')]));
}
