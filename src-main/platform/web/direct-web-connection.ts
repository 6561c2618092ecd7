import { AppError } from '../../contract/errors.ts';
import { placeOf, type WebUrl } from '../../contract/web-url.ts';
import type { RangeSink, WebConnection, WebRange } from '../../engine/ports/index.ts';
import { AnswerSocket } from '../links/answer-socket.ts';
import { toPeerError } from '../links/socket-error.ts';
import { DirectFetch, webRequestText } from './direct-fetch.ts';
import { openWebSocket, type WebSocketOptions } from './open-web-socket.ts';
import { UndiciWebConnection } from './undici-web-connection.ts';

/** Of each connection, for the heads of answers and for what its sink has no room for: body that is wanted goes to the sink at once. */
const READ_BYTES = 64 * 1024;

type Open = { readonly socket: Promise<AnswerSocket>; hasAnswered: boolean };

/**
 * One connection to one address of a web server. Plain answers, with the length of their body in the head, go straight to where the sink
 * wants them; a server that answers in any other way that HTTP knows is asked again through undici, and from then on only so (docs/adr/0028).
 */
export class DirectWebConnection implements WebConnection {
  readonly #url: WebUrl;
  readonly #address: string;
  readonly #options: WebSocketOptions;
  readonly #waiting: DirectFetch[] = [];
  #current: DirectFetch | undefined;
  #open: Open | undefined;
  #socket: AnswerSocket | undefined;
  #undici: UndiciWebConnection | undefined;
  #closed: AppError | undefined;

  constructor(url: WebUrl, address: string, options: WebSocketOptions) {
    this.#url = url;
    this.#address = address;
    this.#options = options;
  }

  fetch(range: WebRange, sink: RangeSink): void {
    const closed = this.#closed;
    if (closed) {
      queueMicrotask(() => sink.failed(closed));
      return;
    }
    const fetch = new DirectFetch(range, sink, {
      ended: (canGoOn) => this.#ended(canGoOn),
      unanswered: (error) => this.#unanswered(fetch, error),
    });
    this.#waiting.push(fetch);
    this.#next();
  }

  resume(): void {
    this.#socket?.resume();
    this.#undici?.resume();
  }

  close(): void {
    if (this.#closed) return;
    const closed = new AppError('peer.closed', { address: placeOf(this.#url).host });
    this.#closed = closed;
    const running = [...(this.#current ? [this.#current] : []), ...this.#waiting.splice(0)];
    this.#current = undefined;
    this.#forget();
    this.#undici?.close();
    for (const fetch of running) fetch.giveUp(closed);
  }

  #next(): void {
    const undici = this.#undici;
    if (undici) {
      for (const { range, sink } of this.#waiting.splice(0)) undici.fetch(range, sink);
      return;
    }
    if (this.#current || this.#closed) return;
    const fetch = this.#waiting.shift();
    if (!fetch) return;
    // What is read of a whole file ends before that does.
    if (fetch.range.isWhole) {
      this.#waiting.unshift(fetch);
      this.#toUndici();
      return;
    }
    this.#current = fetch;
    this.#send(fetch);
  }

  #send(fetch: DirectFetch): void {
    if (this.#socket && !this.#socket.isOpen) this.#forget();
    this.#open ??= { socket: this.#connect(), hasAnswered: false };
    const open = this.#open;
    open.socket.then(
      (socket) => {
        if (this.#current !== fetch) return socket.close();
        this.#socket = socket;
        socket.send(fetch.toContentFetch(), webRequestText(this.#url, fetch.range));
      },
      (error: unknown) => {
        if (this.#current === fetch) this.#unreached(fetch, toPeerError(error, placeOf(this.#url)));
      },
    );
  }

  async #connect(): Promise<AnswerSocket> {
    const buffer = new Uint8Array(READ_BYTES);
    let answers: AnswerSocket | undefined;
    const socket = await openWebSocket(this.#url, this.#address, this.#options, {
      buffer: () => answers?.target() ?? buffer,
      callback: (count, bytes) => answers?.read(bytes, count) ?? true,
    });
    answers = new AnswerSocket(socket, placeOf(this.#url));
    return answers;
  }

  #ended(canGoOn: boolean): void {
    this.#current = undefined;
    if (this.#open) this.#open.hasAnswered = true;
    if (!canGoOn) this.#forget();
    queueMicrotask(() => this.#next());
  }

  /** No connection stands: undici would get none either. */
  #unreached(fetch: DirectFetch, error: AppError): void {
    this.#forget();
    this.#current = undefined;
    fetch.giveUp(error);
    this.#next();
  }

  #unanswered(fetch: DirectFetch, error: AppError): void {
    if (this.#current !== fetch) return;
    const wasUsed = this.#open?.hasAnswered === true;
    this.#forget();
    // A server may close a connection that it kept, just when it is asked again.
    if (wasUsed && error.code === 'peer.closed') {
      this.#send(fetch);
      return;
    }
    this.#current = undefined;
    // Closed in the midst of what may be a head: that too is for the other to judge.
    if (error.code === 'peer.protocol' || error.code === 'peer.closed') {
      this.#waiting.unshift(fetch);
      this.#toUndici();
    } else {
      fetch.giveUp(error);
      this.#next();
    }
  }

  #toUndici(): void {
    this.#forget();
    this.#undici = new UndiciWebConnection(this.#url, this.#address, this.#options);
    this.#next();
  }

  /** The next fetch opens another one. What this one was to read into is free when this returns. */
  #forget(): void {
    const open = this.#open;
    const socket = this.#socket;
    this.#open = undefined;
    this.#socket = undefined;
    if (socket) socket.close();
    // It is still being dialled.
    else void open?.socket.then((dialled) => dialled.close()).catch(() => undefined);
  }
}
