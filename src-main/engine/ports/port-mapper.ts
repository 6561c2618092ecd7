import type { PeerAddress } from '../../contract/address.ts';
import type { MappingProtocol } from '../../contract/network.ts';

/** Has a router of this machine's network pass connections from outside to a port of it (protocol section 11). */
export interface PortMapper {
  /** Asks for `port` outside too, and takes another. Undefined when no router does it. Fails only when aborted. */
  open(wanted: WantedMapping, signal: AbortSignal): Promise<MappedPort | undefined>;
}

/** `listen`: where the peer listens, TCP. */
export type WantedMapping = { readonly listen: PeerAddress; readonly leaseMs: number };

/** A port that a router passes on, for as long as it said. */
export interface MappedPort {
  readonly protocol: MappingProtocol;
  /** Its address inside. */
  readonly router: string;
  /** As the router says; without `host` it does not know its own address. */
  readonly external: { readonly host: string | undefined; readonly port: number };
  readonly leaseMs: number;
  /** It is there again: since the answer before, the router was started again or lost for another reason what it passed on. */
  readonly wasLost?: boolean;
  /** For a further lease; undefined when the router does not pass it on any more. Fails only when aborted. */
  renew(signal: AbortSignal): Promise<MappedPort | undefined>;
  /** Asks the router to forget it. Never rejects. */
  remove(): Promise<void>;
}
