import type { PeerAddress } from '../../contract/address.ts';
import type { StoredSupernode } from '../store/host-cache-store.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';

/** What this peer knows of a supernode: what the host cache keeps, and what was seen since the start. */
export type KnownSupernode = StoredSupernode & {
  /** Monotonic ms of the latest handshake at this address; undefined when there was none since the start. */
  readonly reachedMs: number | undefined;
  readonly rttMs: number | undefined;
  /** As it said itself, or as others said of it. */
  readonly children: number | undefined;
  readonly capacity: number | undefined;
  readonly uptimeSeconds: number | undefined;
  /** Attempts in a row that failed. */
  readonly failures: number;
};

/** A supernode that answered this peer. */
export type ReachedSupernode = {
  readonly entry: SupernodeEntry;
  readonly rttMs: number | undefined;
};

export const isSameAddress = (a: PeerAddress, b: PeerAddress): boolean => a.host === b.host && a.port === b.port;

/** How it is named to others. */
export function toEntry(known: KnownSupernode): SupernodeEntry {
  const { nodeId, address, children = 0, capacity = 0, uptimeSeconds = 0 } = known;
  return { nodeId, address, children, capacity, uptimeSeconds };
}
