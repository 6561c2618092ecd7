import type { WebUrl } from '../../contract/web-url.ts';
import type { RangeConnection, RangeSink } from './content-client.ts';

/**
 * Web servers of strangers. It decides nothing: which host may be asked, at which of its addresses, and whether a redirect is followed is
 * the engine's to say (download/web-seeds.ts).
 */
export interface WebClient {
  /** The IP addresses of a host, at least one; an IP address is its own. Fails with peer.unreachable. */
  resolve(host: string, signal?: AbortSignal): Promise<readonly string[]>;
  /**
   * A connection to `address` for what lies under the host of `url`, whatever that name leads to by now; it is opened by the first fetch and
   * opened again after a server has closed it. Over https the certificate must be one of that host. Nothing is sent that tells who asks, and
   * nothing is kept of what the server wants kept.
   */
  open(url: WebUrl, address: string): WebConnection;
}

export interface WebConnection extends Omit<RangeConnection, 'fetch'> {
  /**
   * As ContentConnection.fetch. A 206 that gets to the sink has the size of the file in its Content-Range. A longer or shorter body than the
   * head tells, and a coded one, fail with peer.protocol.
   */
  fetch(range: WebRange, sink: RangeSink): void;
}

export type WebRange = {
  readonly start: number;
  readonly end: number;
  /**
   * From a server that knows no ranges: without a `Range`, and its 200 comes to the sink as a 206 for all of the file, of which bytes up to
   * `end` are read. `start` is 0.
   */
  readonly isWhole?: boolean;
};
