import type { PeerAddress } from '../../contract/address.ts';

/** Peers of the local network, found by multicast DNS (protocol section 7). Nothing that is found here is believed to be a peer yet. */
export interface Discovery {
  /** Looks for others, and lets them find this peer, until closed. Never fails: without a network it finds nothing. */
  open(options: DiscoveryOptions): DiscoveryHandle;
}

export type DiscoveryOptions = {
  /** Where this peer listens; a wildcard host stands for every network that it is in, another one for that address alone. */
  readonly listen: PeerAddress;
  /** Tried as they come: an announcement speaks for the address alone that it came from. */
  readonly found: (address: PeerAddress) => void;
  /** It took its leave. */
  readonly gone: (address: PeerAddress) => void;
};

export interface DiscoveryHandle {
  /** Asks who is there, at most once a second. */
  ask(): void;
  state(): DiscoveryState;
  /** Takes leave. Idempotent. */
  close(): Promise<void>;
}

/**
 * `works`: it can be found over at least one address. `refused`: packets about peers that were too long, too many or malformed, and
 * announcements too many for one packet, since the start.
 */
export type DiscoveryState = { readonly works: boolean; readonly refused: number };
