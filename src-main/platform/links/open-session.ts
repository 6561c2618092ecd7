import { WebSocket } from 'ws';
import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Logger, SessionLink } from '../../engine/ports/index.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { Dialled } from './dial.ts';
import { SESSION_OPTIONS } from './session-acceptor.ts';
import { toPeerError } from './socket-error.ts';
import { WebSocketLink } from './web-socket-link.ts';

type OpenOptions = {
  readonly timeoutMs: number;
  readonly logger: Logger;
  readonly signal?: AbortSignal | undefined;
};

/** Asks for a session on a dialled socket. The socket is closed when it is refused. */
export function openSession({ socket, remote }: Dialled, options: OpenOptions): Promise<SessionLink> {
  const { timeoutMs, logger, signal } = options;
  const { address } = remote;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) {
      socket.destroy();
      return reject(signal.reason);
    }
    const webSocket = new WebSocket(`wss://${formatAddress(address)}/session`, {
      ...SESSION_OPTIONS,
      handshakeTimeout: timeoutMs,
      headers: { 'Shoal-Protocol': PROTOCOL_VERSION },
      createConnection: () => socket,
    });
    const onMisdeed = (why: string) => logger.info('a session partner misbehaved', { node: remote.nodeId, why });
    // From the start, for messages may follow the answer at once.
    const link = new WebSocketLink(webSocket, { remote, onMisdeed });
    const fail = (error: unknown) => {
      signal?.removeEventListener('abort', onAbort);
      webSocket.off('error', onError);
      webSocket.terminate();
      socket.destroy();
      reject(error);
    };
    const onAbort = () => fail(signal?.reason);
    const onError = (error: Error) => fail(toOpenError(error, address));
    signal?.addEventListener('abort', onAbort, { once: true });
    webSocket.once('error', onError).once('unexpected-response', (_, { statusCode = 0 }) => {
      fail(new AppError('peer.refused', { address: formatAddress(address), why: `HTTP status ${statusCode}` }));
    });
    webSocket.once('open', () => {
      signal?.removeEventListener('abort', onAbort);
      webSocket.off('error', onError);
      resolve(link);
    });
  });
}

/** ws has no codes for a failed opening, only this text. */
function toOpenError(error: Error, address: Dialled['remote']['address']): AppError {
  if (error.message === 'Opening handshake has timed out') {
    return new AppError('peer.timeout', { address: formatAddress(address) }, { cause: error });
  }
  return toPeerError(error, address);
}
