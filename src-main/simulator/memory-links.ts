import { formatAddress, formatTarget, type PeerAddress, type PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import { toUtf8 } from '../contract/utf8.ts';
import type {
  Headers,
  IncomingResponse,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  OutgoingRequest,
  SessionLink,
  Timer,
} from '../engine/ports/index.ts';
import type { MemoryConnection } from './memory-connection.ts';
import { exchange, type WholeAnswer } from './memory-exchange.ts';
import { MemorySession } from './memory-session.ts';
import type { NetworkDoor } from './network-door.ts';

/** The upgrade and its answer take one round trip of about this many bytes each way. */
const UPGRADE_BYTES = 300;
/** A connection for requests is kept idle for this, as by the real links. */
const KEEP_MS = 30_000;

/** The Links port in a virtual network. Connections of requests are kept and used again, one for each target. */
export class MemoryLinks implements Links {
  readonly #door: NetworkDoor;
  readonly #kept = new Map<string, Kept>();
  #sweeping: Timer | undefined;

  constructor(door: NetworkDoor) {
    this.#door = door;
  }

  async listen(wanted: PeerAddress, handler: LinkHandler): Promise<Listening> {
    const address = this.#door.listen(wanted, handler);
    return { address, close: async () => this.#door.unlisten(address) };
  }

  request(to: PeerTarget, request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    const { clock } = this.#door;
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
      const address = formatAddress(to.address);
      const timer = clock.setTimer(request.timeoutMs, () => giveUp(new AppError('peer.timeout', { address })));
      signal?.addEventListener('abort', onAbort, { once: true });
      const asked = (answer: WholeAnswer, dialMs: number | undefined, remote: KnownRemote) => {
        if (isOver) return;
        finish();
        const elapsedMs = dialMs ?? clock.monotonicMs() - startedMs;
        resolve(new MemoryAnswer(answer, { remote, elapsedMs, handsOver: this.#door.handsOver }));
      };
      this.#connection(to).then((reached) => {
        connection = reached.connection;
        const { remotes } = connection;
        if (!isOver)
          ask(connection, request, { answered: (answer) => asked(answer, reached.dialMs, remotes.client), giveUp });
      }, giveUp);
    });
  }

  async openSession(to: PeerTarget, signal?: AbortSignal): Promise<SessionLink> {
    const connection = await this.#door.dial(to, signal);
    const ends = MemorySession.pair(connection, this.#door);
    await new Promise<void>((resolve, reject) => {
      const address = formatAddress(to.address);
      connection.onClose('client', () => reject(new AppError('peer.closed', { address })));
      const giveUp = () => {
        reject(signal?.reason);
        connection.close('client');
      };
      signal?.addEventListener('abort', giveUp, { once: true });
      const upgraded = () => {
        connection.send('server', {
          bytes: UPGRADE_BYTES,
          onArrive: () => {
            signal?.removeEventListener('abort', giveUp);
            resolve();
          },
        });
        connection.handler.session(ends.server);
      };
      connection.send('client', { bytes: UPGRADE_BYTES, onArrive: upgraded });
    });
    return ends.client;
  }

  async close(): Promise<void> {
    this.#sweeping?.cancel();
    this.#sweeping = undefined;
    this.#door.closeAll();
  }

  /** A dial that nobody waits for any more ends by itself, and is kept for the next request. */
  async #connection(to: PeerTarget): Promise<{ readonly connection: MemoryConnection; readonly dialMs?: number }> {
    const key = formatTarget(to);
    const { clock } = this.#door;
    const kept = this.#kept.get(key);
    if (kept?.connection.isOpen('client')) {
      kept.usedMs = clock.monotonicMs();
      return { connection: kept.connection };
    }
    const startedMs = clock.monotonicMs();
    const connection = await this.#door.dial(to);
    const usedMs = clock.monotonicMs();
    this.#kept.set(key, { connection, usedMs });
    connection.onClose('client', () => {
      if (this.#kept.get(key)?.connection === connection) this.#kept.delete(key);
    });
    this.#sweeping ??= clock.setTimer(KEEP_MS, () => this.#sweep());
    return { connection, dialMs: usedMs - startedMs };
  }

  /** Closes what was not used lately. */
  #sweep(): void {
    const { clock } = this.#door;
    this.#sweeping = undefined;
    for (const [key, { connection, usedMs }] of [...this.#kept]) {
      if (clock.monotonicMs() - usedMs >= KEEP_MS) connection.close('client');
      if (!connection.isOpen('client')) this.#kept.delete(key);
    }
    if (this.#kept.size > 0) this.#sweeping = clock.setTimer(KEEP_MS, () => this.#sweep());
  }
}

type Kept = { readonly connection: MemoryConnection; usedMs: number };
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
