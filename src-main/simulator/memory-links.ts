import { formatAddress, formatTarget, type PeerAddress, type PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type {
  Headers,
  IncomingResponse,
  LinkHandler,
  Links,
  Listening,
  OutgoingRequest,
  SessionLink,
} from '../engine/ports/index.ts';
import type { MemoryConnection } from './memory-connection.ts';
import { exchange } from './memory-exchange.ts';
import { MemorySession } from './memory-session.ts';
import type { NetworkDoor } from './network-door.ts';

/** The upgrade and its answer take one round trip of about this many bytes each way. */
const UPGRADE_BYTES = 300;

/** The Links port in a virtual network. Connections of requests are kept and used again, one for each target. */
export class MemoryLinks implements Links {
  readonly #door: NetworkDoor;
  readonly #kept = new Map<string, MemoryConnection>();

  constructor(door: NetworkDoor) {
    this.#door = door;
  }

  async listen(wanted: PeerAddress, handler: LinkHandler): Promise<Listening> {
    const address = this.#door.listen(wanted, handler);
    return { address, close: async () => this.#door.unlisten(address) };
  }

  async request(to: PeerTarget, request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    signal?.throwIfAborted();
    const startedMs = this.#door.clock.monotonicMs();
    const expired = new AbortController();
    const address = formatAddress(to.address);
    const timer = this.#door.clock.setTimer(request.timeoutMs, () =>
      expired.abort(new AppError('peer.timeout', { address })),
    );
    const either = signal ? AbortSignal.any([signal, expired.signal]) : expired.signal;
    try {
      const { connection, dialMs } = await this.#connection(to, either);
      const answer = await ask(connection, request, either);
      const elapsedMs = dialMs ?? this.#door.clock.monotonicMs() - startedMs;
      return { ...answer, remote: connection.remotes.client, elapsedMs };
    } finally {
      timer.cancel();
    }
  }

  async openSession(to: PeerTarget, signal?: AbortSignal): Promise<SessionLink> {
    const connection = await this.#door.dial(to, signal);
    const { clock, maxMessageBytes } = this.#door;
    const ends = MemorySession.pair(connection, { clock, maxMessageBytes });
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
    this.#door.closeAll();
  }

  async #connection(
    to: PeerTarget,
    signal: AbortSignal,
  ): Promise<{ readonly connection: MemoryConnection; readonly dialMs?: number }> {
    const key = formatTarget(to);
    const kept = this.#kept.get(key);
    if (kept?.isOpen('client')) return { connection: kept };
    const startedMs = this.#door.clock.monotonicMs();
    const connection = await this.#door.dial(to, signal);
    const dialMs = this.#door.clock.monotonicMs() - startedMs;
    this.#kept.set(key, connection);
    connection.onClose('client', () => {
      if (this.#kept.get(key) === connection) this.#kept.delete(key);
    });
    return { connection, dialMs };
  }
}

type Answer = { readonly status: number; readonly headers: Headers; readonly body: Uint8Array };

function ask(connection: MemoryConnection, request: OutgoingRequest, signal: AbortSignal): Promise<Answer> {
  const address = formatAddress(connection.remotes.client.address);
  return new Promise((resolve, reject) => {
    const giveUp = (reason: unknown) => {
      reject(reason);
      connection.close('client');
    };
    const stopListening = connection.onClose('client', () => reject(new AppError('peer.closed', { address })));
    const onAbort = () => giveUp(signal.reason);
    if (signal.aborted) return onAbort();
    signal.addEventListener('abort', onAbort, { once: true });
    let head: Pick<Answer, 'status' | 'headers'> = { status: 0, headers: {} };
    const pieces: Uint8Array[] = [];
    let length = 0;
    exchange(connection, request, {
      head: (status, headers) => {
        head = { status, headers };
      },
      chunk: async (bytes) => {
        length += bytes.length;
        if (length <= request.maxBytes) pieces.push(bytes);
        else
          giveUp(new AppError('peer.protocol', { address, why: `an answer of more than ${request.maxBytes} bytes` }));
      },
      end: () => {
        stopListening();
        signal.removeEventListener('abort', onAbort);
        resolve({ ...head, body: joined(pieces, length) });
      },
    });
  });
}

function joined(pieces: readonly Uint8Array[], length: number): Uint8Array {
  const all = new Uint8Array(length);
  let at = 0;
  for (const piece of pieces) {
    all.set(piece, at);
    at += piece.length;
  }
  return all;
}
