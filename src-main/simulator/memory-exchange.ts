import { formatAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import { utf8Length } from '../contract/utf8.ts';
import type { Headers, IncomingRequest, KnownRemote, OutgoingResponse, StreamBody } from '../engine/ports/index.ts';
import { isStream } from '../engine/ports/is-stream.ts';
import type { MemoryConnection } from './memory-connection.ts';

export type MemoryRequest = {
  readonly method: string;
  /** Path and query. */
  readonly path: string;
  readonly headers?: Headers | undefined;
  readonly body?: Uint8Array | undefined;
};

/** An answer that is no stream. `length` of its body, bytes; a text is meant as UTF-8; `decoded`: see OutgoingResponse. */
export type WholeAnswer = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array | string;
  readonly length: number;
  readonly decoded?: unknown;
};

/**
 * The asking side of an exchange: `whole`, or `head`, chunks and `end`. Nothing is called after that; when the connection closes nothing
 * more is called either.
 */
export interface AnswerReceiver {
  whole(answer: WholeAnswer): void;
  head(status: number, headers: Headers): void;
  /** Resolves when the bytes were taken: what is not taken holds the sender back. */
  chunk(bytes: Uint8Array): Promise<void>;
  end(): void;
}

/** A head is counted as this much on the line: the size of a usual one. */
const HEAD_BYTES = 300;
/** The piece that StreamBody.read fills, as in the real server. */
const PIECE_BYTES = 256 * 1024;
/** Sent and not yet taken at most: a usual TCP window. */
const WINDOW_BYTES = 4 * 2 ** 20;
const EMPTY = { body: '', length: 0 };

/** Sends a request from the client's side; the server's handler answers requests of one connection in order. */
export function exchange(connection: MemoryConnection, request: MemoryRequest, receiver: AnswerReceiver): void {
  const answer = () => {
    const before = connection.answering;
    connection.answering = before.then(() => answerRequest(connection, request, receiver));
  };
  connection.send('client', { bytes: HEAD_BYTES + (request.body?.length ?? 0), what: request.path, onArrive: answer });
}

async function answerRequest(
  connection: MemoryConnection,
  request: MemoryRequest,
  receiver: AnswerReceiver,
): Promise<void> {
  const gone = new Gone(connection);
  let response: OutgoingResponse;
  try {
    response = await connection.handler.request(new MemoryIncoming(connection, request, gone));
  } catch {
    // The port says so: a handler that rejects has answered 500.
    response = { status: 500 };
  }
  await sendResponse({ connection, receiver, request, gone }, response);
  gone.stop();
}

type Sending = {
  readonly connection: MemoryConnection;
  readonly receiver: AnswerReceiver;
  readonly request: MemoryRequest;
  readonly gone: Gone;
};

/** A signal that the asker is gone, made only when somebody looks: most answers are there at once. */
class Gone {
  readonly #connection: MemoryConnection;
  #controller: AbortController | undefined;
  #stop: (() => void) | undefined;

  constructor(connection: MemoryConnection) {
    this.#connection = connection;
  }

  get signal(): AbortSignal {
    if (!this.#controller) {
      const controller = new AbortController();
      this.#controller = controller;
      if (this.#connection.isOpen('server')) this.#stop = this.#connection.onClose('server', () => controller.abort());
      else controller.abort();
    }
    return this.#controller.signal;
  }

  stop(): void {
    this.#stop?.();
  }
}

async function sendResponse(sending: Sending, response: OutgoingResponse): Promise<void> {
  const { connection, receiver, request } = sending;
  const { body } = response;
  const length = typeof body === 'string' ? utf8Length(body) : (body?.length ?? 0);
  const headers = { ...lowerCased(response.headers ?? {}), 'content-length': String(length) };
  const sendsBody = request.method !== 'HEAD';
  if (!isStream(body)) {
    const whole =
      sendsBody && body !== undefined ? { ...response, headers, body, length } : { ...response, headers, ...EMPTY };
    const bytes = HEAD_BYTES + whole.length;
    connection.send('server', { bytes, what: request.path, onArrive: () => receiver.whole(whole) });
    return;
  }
  const onHead = () => receiver.head(response.status, headers);
  connection.send('server', { bytes: HEAD_BYTES, what: request.path, onArrive: onHead });
  await sendStream(sending, body, sendsBody && connection.isOpen('server'));
  connection.send('server', { bytes: 0, onArrive: () => receiver.end() });
}

async function sendStream(
  { connection, receiver, ...sending }: Sending,
  body: StreamBody,
  wanted: boolean,
): Promise<void> {
  const gone = sending.gone.signal;
  const window = new Window(gone);
  let sent = 0;
  try {
    while (wanted && sent < body.length && !gone.aborted) {
      const piece = new Uint8Array(Math.min(PIECE_BYTES, body.length - sent));
      const filled = piece.subarray(0, await body.read(piece));
      await body.admit?.(filled.length);
      await window.enter(filled.length);
      if (gone.aborted) break;
      const taken = () => receiver.chunk(filled).then(() => window.leave(filled.length));
      await leave(connection, { bytes: filled.length, onArrive: () => void taken(), gone });
      body.sent?.(filled.length);
      sent += filled.length;
    }
  } catch {
    // The port says so: a body that rejects cuts the connection; its owner knows why.
    connection.close('server');
  }
  await body.close(sent === body.length);
}

type Piece = { readonly bytes: number; readonly onArrive: () => void; readonly gone: AbortSignal };

/** Resolves when the piece has left, or the connection is gone. */
function leave(connection: MemoryConnection, { bytes, onArrive, gone }: Piece): Promise<void> {
  return new Promise((resolve) => {
    const onSent = () => {
      gone.removeEventListener('abort', onSent);
      resolve();
    };
    gone.addEventListener('abort', onSent, { once: true });
    connection.send('server', { bytes, onSent, onArrive });
  });
}

/** Back-pressure: bytes on their way that the other side has not taken yet. */
class Window {
  readonly #gone: AbortSignal;
  #bytes = 0;
  #wake: (() => void) | undefined;

  constructor(gone: AbortSignal) {
    this.#gone = gone;
    gone.addEventListener('abort', () => this.#wake?.(), { once: true });
  }

  async enter(bytes: number): Promise<void> {
    while (this.#bytes > 0 && this.#bytes + bytes > WINDOW_BYTES && !this.#gone.aborted) {
      await new Promise<void>((resolve) => {
        this.#wake = resolve;
      });
    }
    this.#bytes += bytes;
  }

  leave(bytes: number): void {
    this.#bytes -= bytes;
    this.#wake?.();
  }
}

class MemoryIncoming implements IncomingRequest {
  readonly remote: KnownRemote;
  readonly method: string;
  readonly path: string;
  readonly #request: MemoryRequest;
  readonly #gone: Gone;

  constructor(connection: MemoryConnection, request: MemoryRequest, gone: Gone) {
    this.remote = connection.remotes.server;
    this.method = request.method;
    this.path = request.path.split('?', 1)[0] ?? '';
    this.#request = request;
    this.#gone = gone;
  }

  get query(): URLSearchParams {
    return new URLSearchParams(this.#request.path.split('?', 2)[1] ?? '');
  }

  get headers(): Headers {
    return lowerCased(this.#request.headers ?? {});
  }

  get signal(): AbortSignal {
    return this.#gone.signal;
  }

  async body(maxBytes: number): Promise<Uint8Array> {
    const { body = new Uint8Array() } = this.#request;
    if (body.length <= maxBytes) return body;
    throw new AppError('peer.protocol', {
      address: formatAddress(this.remote.address),
      why: `a body of more than ${maxBytes} bytes`,
    });
  }
}

const lowerCased = (headers: Headers): Headers =>
  Object.fromEntries(Object.entries(headers).map(([name, value]) => [name.toLowerCase(), value]));
