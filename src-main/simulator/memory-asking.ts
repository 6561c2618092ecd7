import { formatAddress, type PeerAddress } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import { toUtf8 } from '../contract/utf8.ts';
import type { Headers, IncomingResponse, KnownRemote, OutgoingRequest } from '../engine/ports/index.ts';
import type { MemoryConnection } from './memory-connection.ts';
import { exchange, type WholeAnswer } from './memory-exchange.ts';
import type { NetworkDoor } from './network-door.ts';

/** `dialMs`: what the handshake took, if this request opened the connection. */
export type Reached = { readonly connection: MemoryConnection; readonly dialMs?: number };

type Options = {
  readonly door: Pick<NetworkDoor, 'clock' | 'handsOver'>;
  readonly address: PeerAddress;
  readonly signal: AbortSignal | undefined;
};

/** One small exchange on a connection, within the request's time; the connection closes when it takes longer or is aborted. */
export function askInTime(
  reach: () => Promise<Reached>,
  request: OutgoingRequest,
  { door, address: to, signal }: Options,
): Promise<IncomingResponse> {
  const { clock, handsOver } = door;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const startedMs = clock.monotonicMs();
    let connection: MemoryConnection | undefined;
    let isOver = false;
    const finish = () => {
      isOver = true;
      timer.cancel();
      signal?.removeEventListener('abort', onAbort);
    };
    const giveUp = (reason: unknown) => {
      if (isOver) return;
      finish();
      reject(reason);
      connection?.close('client');
    };
    const onAbort = () => giveUp(signal?.reason);
    const address = formatAddress(to);
    const timer = clock.setTimer(request.timeoutMs, () => giveUp(new AppError('peer.timeout', { address })));
    signal?.addEventListener('abort', onAbort, { once: true });
    const asked = (answer: WholeAnswer, dialMs: number | undefined, remote: KnownRemote) => {
      if (isOver) return;
      finish();
      resolve(new MemoryAnswer(answer, { remote, elapsedMs: dialMs ?? clock.monotonicMs() - startedMs, handsOver }));
    };
    reach().then((reached) => {
      connection = reached.connection;
      const { remotes } = connection;
      if (!isOver)
        ask(connection, request, { answered: (answer) => asked(answer, reached.dialMs, remotes.client), giveUp });
    }, giveUp);
  });
}

type Asking = { readonly answered: (answer: WholeAnswer) => void; readonly giveUp: (reason: unknown) => void };

/** Written out only for those who look: most answers are handed over as what they say. */
class MemoryAnswer implements IncomingResponse {
  readonly status: number;
  readonly headers: Headers;
  readonly remote: KnownRemote;
  readonly elapsedMs: number;
  readonly decoded?: unknown;
  readonly #body: Uint8Array | string;

  constructor(
    { status, headers, body, decoded }: WholeAnswer,
    of: { readonly remote: KnownRemote; readonly elapsedMs: number; readonly handsOver: boolean },
  ) {
    this.status = status;
    this.headers = headers;
    this.remote = of.remote;
    this.elapsedMs = of.elapsedMs;
    if (of.handsOver) this.decoded = decoded;
    this.#body = body;
  }

  get body(): Uint8Array {
    return typeof this.#body === 'string' ? toUtf8(this.#body) : this.#body;
  }
}

function ask(connection: MemoryConnection, request: OutgoingRequest, { answered, giveUp }: Asking): void {
  const address = formatAddress(connection.remotes.client.address);
  const stopListening = connection.onClose('client', () => giveUp(new AppError('peer.closed', { address })));
  let head: Pick<WholeAnswer, 'status' | 'headers'> = { status: 0, headers: {} };
  const pieces: Uint8Array[] = [];
  let length = 0;
  const tooLong = () =>
    giveUp(new AppError('peer.protocol', { address, why: `an answer of more than ${request.maxBytes} bytes` }));
  exchange(connection, request, {
    whole: (answer) => {
      stopListening();
      if (answer.length <= request.maxBytes) answered(answer);
      else tooLong();
    },
    head: (status, headers) => {
      head = { status, headers };
    },
    chunk: async (bytes) => {
      length += bytes.length;
      if (length <= request.maxBytes) pieces.push(bytes);
      else tooLong();
    },
    end: () => {
      stopListening();
      answered({ ...head, body: joined(pieces, length), length });
    },
  });
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = pieces;
  if (only && pieces.length === 1) return only;
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
