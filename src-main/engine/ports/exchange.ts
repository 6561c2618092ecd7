import type { PeerAddress } from '../../contract/address.ts';
import type { NodeId } from '../../contract/ids.ts';

/** The other end of a link. `nodeId` is undefined for a client without certificate; one that was met at a relay is at NO_ADDRESS. */
export type Remote = { readonly nodeId: NodeId | undefined; readonly address: PeerAddress };
export type KnownRemote = { readonly nodeId: NodeId; readonly address: PeerAddress };
export type Headers = Readonly<Record<string, string>>;

export type OutgoingRequest = {
  readonly method: 'GET' | 'HEAD' | 'POST';
  /** Path and query, starting with `/`. */
  readonly path: string;
  readonly headers?: Headers;
  readonly body?: Uint8Array;
  /** A longer body is refused with peer.protocol. */
  readonly maxBytes: number;
  readonly timeoutMs: number;
};

export type IncomingResponse = {
  readonly status: number;
  readonly headers: Headers;
  readonly body: Uint8Array;
  /** What the other side gave as such, if the link hands it over. */
  readonly decoded?: unknown;
  readonly remote: KnownRemote;
  /** Of the connection's handshake when this request opened it, else of the request. */
  readonly elapsedMs: number;
};
