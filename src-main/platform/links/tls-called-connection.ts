import type { TLSSocket } from 'node:tls';
import type { PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { CalledConnection, IncomingResponse, KnownRemote, OutgoingRequest } from '../../engine/ports/index.ts';
import { smallRequestText } from './content-fetch.ts';
import { type SmallAnswer, smallFetch } from './small-fetch.ts';
import { TlsContentConnection } from './tls-content-connection.ts';

/** CalledConnection on a socket that the other side opened, once its upgrade was answered. */
export class TlsCalledConnection extends TlsContentConnection implements CalledConnection {
  constructor(socket: TLSSocket, remote: KnownRemote, way?: PeerAddress) {
    super(socket, remote, way);
    socket.setTimeout(0);
    socket.setNoDelay(true);
    socket.on('data', (bytes: Buffer) => {
      if (!this.read(bytes, bytes.length)) socket.pause();
    });
  }

  request(request: OutgoingRequest, signal?: AbortSignal): Promise<IncomingResponse> {
    const { remote, way: address } = this;
    return new Promise((resolve, reject) => {
      if (signal?.aborted) return reject(signal.reason);
      const startedMs = performance.now();
      const onAbort = () => reject(signal?.reason);
      const timer = setTimeout(() => {
        reject(new AppError('peer.timeout', { address }));
        this.close();
      }, request.timeoutMs);
      const settle = () => {
        clearTimeout(timer);
        signal?.removeEventListener('abort', onAbort);
      };
      signal?.addEventListener('abort', onAbort, { once: true });
      const answered = (answer: SmallAnswer) => {
        settle();
        resolve({ ...answer, remote, elapsedMs: performance.now() - startedMs });
      };
      const failed = (error: Error) => {
        settle();
        reject(error);
      };
      this.send(smallFetch(request, { answered, failed }), smallRequestText(request, address), request.body);
    });
  }
}
