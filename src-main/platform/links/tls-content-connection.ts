import type { TLSSocket } from 'node:tls';
import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import type { ContentConnection, ContentRange, KnownRemote, RangeSink } from '../../engine/ports/index.ts';
import { AnswerSocket } from './answer-socket.ts';
import { rangeFetch, requestText } from './content-fetch.ts';

/** ContentConnection on a dialled TLS socket. */
export class TlsContentConnection extends AnswerSocket implements ContentConnection {
  readonly remote: KnownRemote;
  /** Where its bytes come from. */
  protected readonly way: string;

  constructor(socket: TLSSocket, remote: KnownRemote, way: PeerAddress = remote.address) {
    super(socket, way);
    this.remote = remote;
    this.way = formatAddress(way);
  }

  fetch(range: ContentRange, sink: RangeSink): void {
    this.send(rangeFetch(range, sink), requestText(range, this.way));
  }
}
