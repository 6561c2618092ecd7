import type { PeerTarget } from '../../contract/address.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Headers, IncomingResponse, KnownRemote, OutgoingRequest } from './exchange.ts';

/** Bulk ranges of files from one peer: the path that must carry gigabytes a second. */
export interface ContentClient {
  /** Connects and checks the key; fails with peer.*. */
  connect(to: PeerTarget, signal?: AbortSignal): Promise<ContentConnection>;
}

export interface ContentConnection extends RangeConnection {
  readonly remote: KnownRemote;
}

/** Ranges of one file or of many, one answer after the other. */
export interface RangeConnection {
  /**
   * Asks for bytes `start` to `end` (exclusive) of a file. May be called again before the earlier answer ended: answers come in
   * order. Exactly one of sink.end and sink.failed is called for each.
   */
  fetch(range: ContentRange, sink: RangeSink): void;
  /** Goes on after a sink had no room. */
  resume(): void;
  /** Ends the connection; running and waiting fetches fail with peer.closed. Idempotent. */
  close(): void;
}

/** A connection that the other side opened because it was called: all that this side asks of it goes there, answered in order. */
export interface CalledConnection extends ContentConnection {
  readonly isOpen: boolean;
  /** One small exchange, in its turn. One that takes too long ends the connection; one that is aborted may end it too. */
  request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse>;
}

export type ContentRange = {
  readonly hash: ContentHash;
  readonly start: number;
  readonly end: number;
  readonly headers?: Headers;
};

export interface RangeSink {
  /** Status and headers (names in lower case). For 206 the Content-Range starts where asked and ends there or earlier, and body bytes follow; any other status has its body read and dropped. */
  head(status: number, headers: Headers): void;
  /**
   * Where the next bytes go: a non-empty view to be filled from its beginning, or undefined for "no room now": the connection then
   * stops reading until `resume()`.
   */
  room(): Uint8Array | undefined;
  /** `bytes` of the last room were filled. */
  filled(bytes: number): void;
  /** The answer is complete. */
  end(): void;
  failed(error: Error): void;
}
