import type { Client, Dispatcher } from 'undici';
import { AppError } from '../../contract/errors.ts';
import { placeOf, type WebUrl } from '../../contract/web-url.ts';
import type { RangeSink, WebConnection, WebRange } from '../../engine/ports/index.ts';
import { HEAD_BYTES } from '../../engine/wire/limits.ts';
import { toPeerError } from '../links/socket-error.ts';
import { requestFields } from './direct-fetch.ts';
import { openWebSocket, type WebSocketOptions } from './open-web-socket.ts';
import { WebFetch } from './web-fetch.ts';

/** An idle connection is closed after this, which is what most servers do. */
const KEEP_MS = 5000;

/** One connection to one address of a web server; answers come one after the other. */
export class UndiciWebConnection implements WebConnection {
  readonly #url: WebUrl;
  readonly #address: string;
  readonly #options: WebSocketOptions;
  readonly #fetches = new Set<WebFetch>();
  #client: Promise<Client> | undefined;
  #closed: AppError | undefined;

  constructor(url: WebUrl, address: string, options: WebSocketOptions) {
    this.#url = url;
    this.#address = address;
    this.#options = options;
  }

  fetch(range: WebRange, sink: RangeSink): void {
    const { host } = placeOf(this.#url);
    const fetch = new WebFetch(range, sink, { host, over: () => this.#fetches.delete(fetch) });
    this.#fetches.add(fetch);
    this.#client ??= this.#load();
    this.#client.then(
      (client) => {
        if (this.#closed) fetch.fail(this.#closed);
        else client.dispatch(this.#request(range), fetch);
      },
      (error: unknown) => fetch.fail(toPeerError(error, placeOf(this.#url))),
    );
  }

  resume(): void {
    for (const fetch of this.#fetches) fetch.resume();
  }

  close(): void {
    if (this.#closed) return;
    const closed = new AppError('peer.closed', { address: placeOf(this.#url).host });
    this.#closed = closed;
    for (const fetch of this.#fetches) fetch.fail(closed);
    void this.#client?.then((client) => client.destroy(closed)).catch(() => undefined);
  }

  #request(range: WebRange): Dispatcher.DispatchOptions {
    const { pathname, search } = new URL(this.#url);
    return { method: 'GET', path: `${pathname}${search}`, headers: requestFields(range) };
  }

  async #load(): Promise<Client> {
    const { Client } = await import('undici');
    const { origin } = new URL(this.#url);
    return new Client(origin, {
      allowH2: false,
      pipelining: 1,
      maxHeaderSize: HEAD_BYTES,
      keepAliveTimeout: KEEP_MS,
      keepAliveMaxTimeout: KEEP_MS,
      // Whoever waits for an answer has a limit of its own.
      headersTimeout: 0,
      bodyTimeout: 0,
      connect: (_, done) => {
        openWebSocket(this.#url, this.#address, this.#options).then(
          (socket) => done(null, socket),
          (error: unknown) => done(toPeerError(error, placeOf(this.#url)), null),
        );
      },
    });
  }
}
