import { formatAddress, formatTarget, type PeerAddress, type PeerTarget } from '../contract/address.ts';
import { AppError } from '../contract/errors.ts';
import type { NodeId } from '../contract/ids.ts';
import type {
  Hole,
  IncomingResponse,
  KnownRemote,
  LinkHandler,
  Links,
  Listening,
  MeetingPlace,
  MetPeer,
  OutgoingRequest,
  Reversed,
  SessionLink,
  Timer,
} from '../engine/ports/index.ts';
import { askInTime, type Reached } from './memory-asking.ts';
import { MemoryCalledConnection } from './memory-called-connection.ts';
import type { MemoryConnection } from './memory-connection.ts';
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
    return askInTime(() => this.#connection(to), request, { door: this.#door, address: to.address, signal });
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

  async reverse(to: KnownRemote, token: string, signal?: AbortSignal): Promise<Reversed> {
    const connection = await this.#door.dial(to, signal);
    const take = await new Promise<((turned: MemoryConnection) => void) | undefined>((resolve, reject) => {
      const address = formatAddress(to.address);
      connection.onClose('client', () => reject(new AppError('peer.closed', { address })));
      const upgraded = () => {
        const taker = connection.handler.reversed?.(token, connection.remotes.server);
        const answer = taker && ((turned: MemoryConnection) => taker(new MemoryCalledConnection(turned, this.#door)));
        connection.send('server', { bytes: UPGRADE_BYTES, onArrive: () => resolve(answer) });
      };
      connection.send('client', { bytes: UPGRADE_BYTES, onArrive: upgraded });
    });
    const turned = take && this.#door.turn(connection);
    // The new one goes over the same lines.
    connection.close('client');
    if (!turned) throw new AppError('peer.refused', { address: formatAddress(to.address), why: 'HTTP status 404' });
    take(turned);
    return { remote: connection.remotes.client };
  }

  async openHole(to: KnownRemote, signal?: AbortSignal): Promise<Hole> {
    const connection = await this.#door.dial(to, signal);
    const seen = connection.remotes.server.address;
    return {
      ...{ seen, remote: connection.remotes.client, close: () => connection.close('client') },
      keepsPort: this.#door.keepsPorts,
      seenBy: async (other, aborted) => {
        const second = await this.#door.dial(other, aborted);
        second.close('client');
        return this.#door.keepsPorts ? seen : second.remotes.server.address;
      },
      punch: (other, aborted) => this.#door.punch(seen, other, aborted),
    };
  }

  async meet(other: NodeId, { token, nodeId, address, entered }: MeetingPlace, signal?: AbortSignal): Promise<MetPeer> {
    const connection = await this.#door.dial({ nodeId, address }, signal);
    const pass = connection.handler.relayed?.(token, connection.remotes.server);
    connection.close('client');
    if (!pass) throw new AppError('peer.refused', { address: formatAddress(address), why: 'HTTP status 404' });
    try {
      return await this.#door.meet({ nodeId: other, address }, { token, entered }, signal);
    } finally {
      pass.ended();
    }
  }

  async close(): Promise<void> {
    this.#sweeping?.cancel();
    this.#sweeping = undefined;
    this.#door.closeAll();
  }

  /** A dial that nobody waits for any more ends by itself, and is kept for the next request. */
  async #connection(to: PeerTarget): Promise<Reached> {
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
