import { formatAddress, type PeerAddress, type PeerTarget } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { WAYS } from '../../contract/network.ts';
import type { StoredSupernode } from '../store/host-cache-store.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';

/**
 * How this peer came to know a supernode. Who was named by another one is known by that one's way: a bootstrap that fences a peer in names
 * all the others too. Each address that the user gave is a way of its own; `cache` = kept from earlier runs, `called` = it dialled this peer.
 */
export type Way = { readonly kind: (typeof WAYS)[number]; readonly address?: string };

/** An address to try, with the way by which it is known. */
export type JoiningTarget = PeerTarget & { readonly way?: Way | undefined };

export const CALLED: Way = { kind: 'called' };
export const LAN: Way = { kind: 'lan' };
export const BUILT_IN: Way = { kind: 'built-in' };
export const userWay = (address: PeerAddress): Way => ({ kind: 'user', address: formatAddress(address) });
export const isSameWay = (a: Way, b: Way): boolean => a.kind === b.kind && a.address === b.address;

/** Who named others: `way` where it is not known itself, `host` always. */
export type Namer = { readonly host: string; readonly nodeId?: NodeId; readonly way?: Way | undefined };

/** What this peer knows of a supernode: what the host cache keeps, and what was seen since the start. */
export type KnownSupernode = StoredSupernode & {
  /** Monotonic ms of the latest handshake at this address; undefined when there was none since the start. */
  readonly reachedMs: number | undefined;
  readonly rttMs: number | undefined;
  /** As it said itself, or as others said of it. */
  readonly children: number | undefined;
  readonly capacity: number | undefined;
  readonly uptimeSeconds: number | undefined;
  /** The first by which it was known since the start. */
  readonly way: Way;
  /** Attempts in a row that failed; of a tried one only those count that are further apart than the last pause, and but for the first none while nobody is in contact. */
  readonly failures: number;
  /** Monotonic ms of the latest failure that counted. */
  readonly failedMs: number;
};

/** A supernode that answered this peer. */
export type ReachedSupernode = {
  readonly entry: SupernodeEntry;
  readonly rttMs: number | undefined;
  /** Undefined: it dialled this peer, if it is not known already. */
  readonly way?: Way | undefined;
};

export const isSameAddress = (a: PeerAddress, b: PeerAddress): boolean => a.host === b.host && a.port === b.port;

/** How it is named to others. */
export function toEntry(known: KnownSupernode): SupernodeEntry {
  const { nodeId, address, children = 0, capacity = 0, uptimeSeconds = 0 } = known;
  return { nodeId, address, children, capacity, uptimeSeconds };
}
