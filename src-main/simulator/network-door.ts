import type { KnownPeer, PeerAddress, PeerTarget } from '../contract/address.ts';
import type { Clock, LinkHandler, MeetingPlace, MetPeer } from '../engine/ports/index.ts';
import type { MemoryConnection } from './memory-connection.ts';

/** What one peer may do in a virtual network; the memory adapters of Links and ContentClient stand on it. */
export interface NetworkDoor {
  readonly clock: Clock;
  /** Undefined = no limit. */
  readonly maxMessageBytes: number | undefined;
  /** Idle sessions send no pings: see MemoryKeepAlive. */
  readonly modelsPings: boolean;
  /** What a message says goes beside it: see NetworkOptions. */
  readonly handsOver: boolean;
  /** A connection after its handshake, with the key checked; fails as a real dial does. */
  dial(to: PeerTarget, signal?: AbortSignal): Promise<MemoryConnection>;
  /** Takes host:port; port 0 gives a free one, a wildcard host the peer's own. */
  listen(wanted: PeerAddress, handler: LinkHandler): PeerAddress;
  /** Gives the address back and cuts what came in through it. Idempotent. */
  unlisten(address: PeerAddress): void;
  /** Swaps the roles of a connection that this peer dialled: what it listens with answers from now on. */
  turn(connection: MemoryConnection): MemoryConnection;
  /** Whether the ports of what it opens are the same outside. */
  readonly keepsPorts: boolean;
  /** Dials from a port of its own, as seen from outside, while the other does the same. */
  punch(seen: PeerAddress, to: KnownPeer, signal?: AbortSignal): Promise<MetPeer>;
  /** Waits at a relay for the other one, which comes with the same token. */
  meet(other: KnownPeer, place: Pick<MeetingPlace, 'token' | 'entered'>, signal?: AbortSignal): Promise<MetPeer>;
  /** Cuts every connection of this peer. */
  closeAll(): void;
}
