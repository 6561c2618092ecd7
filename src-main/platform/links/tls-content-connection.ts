import type { TLSSocket } from 'node:tls';
import { formatAddress } from '../../contract/address.ts';
import type { ContentConnection, ContentRange, KnownRemote, RangeSink } from '../../engine/ports/index.ts';
import { AnswerSocket } from './answer-socket.ts';
import { rangeFetch, requestText } from './content-fetch.ts';

/** ContentConnection on a dialled TLS socket. */
export class TlsContentConnection extends AnswerSocket implements ContentConnection {
  readonly remote: KnownRemote;

  constructor(socket: TLSSocket, remote: KnownRemote) {
    super(socket, remote.address);
    this.remote = remote;
  }

  fetch(range: ContentRange, sink: RangeSink): void {
    this.send(rangeFetch(range, sink), requestText(range, formatAddress(this.remote.address)));
  }
}
