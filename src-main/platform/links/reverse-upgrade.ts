import type { IncomingMessage } from 'node:http';
import { request as startRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { KnownRemote, LinkHandler } from '../../engine/ports/index.ts';
import { HEAD_BYTES } from '../../engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { Dialled } from './dial.ts';
import { plainAnswer } from './plain-answer.ts';
import { toPeerError } from './socket-error.ts';
import { TlsCalledConnection } from './tls-called-connection.ts';

/** The protocol that `GET /session` is upgraded to by a source that was called (protocol section 11). */
const REVERSE = 'shoal-reverse';
const TOKEN = 'shoal-token';

type Upgrade = { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
type Acceptance = { readonly remote: KnownRemote; readonly handler: LinkHandler };

export const isReverseUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  url === '/session' && headers.upgrade?.toLowerCase() === REVERSE;

/** The called side has come: whoever waits for its token gets the connection. */
export function acceptReverse({ message, socket, head }: Upgrade, { remote, handler }: Acceptance): void {
  const take = handler.reversed?.(String(message.headers[TOKEN] ?? ''), remote);
  // It has nothing to say before it is asked.
  if (head.length > 0) handler.misbehaved(remote, 'a called peer that speaks first');
  if (!take || head.length > 0 || !(socket instanceof TLSSocket)) {
    plainAnswer(socket, 404);
    return;
  }
  const lines = ['Connection: Upgrade', `Upgrade: ${REVERSE}`, `Shoal-Protocol: ${PROTOCOL_VERSION}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
  take(new TlsCalledConnection(socket, remote));
}

type AskOptions = { readonly token: string; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };

/** Asks on a dialled socket to be asked: resolves when the other side has agreed. The socket is closed when it refuses. */
export function askToReverse({ socket, remote }: Dialled, { token, timeoutMs, signal }: AskOptions): Promise<void> {
  const { host, port } = remote.address;
  const address = formatAddress(remote.address);
  return new Promise<void>((resolve, reject) => {
    let isDone = false;
    const fail = (error: unknown) => {
      // The request is closed once it is upgraded.
      if (isDone) return;
      isDone = true;
      socket.destroy();
      reject(signal?.aborted ? signal.reason : toPeerError(error, remote.address));
    };
    startRequest({
      createConnection: () => socket,
      ...{ host, port, method: 'GET', path: '/session', maxHeaderSize: HEAD_BYTES },
      headers: {
        ...{ Connection: 'Upgrade', Upgrade: REVERSE },
        ...{ 'Shoal-Token': token, 'Shoal-Protocol': PROTOCOL_VERSION },
      },
      timeout: timeoutMs,
      ...(signal && { signal }),
    })
      .once('upgrade', (answer: IncomingMessage, _: Duplex, head: Buffer) => {
        if (answer.headers.upgrade?.toLowerCase() !== REVERSE) {
          return fail(new AppError('peer.protocol', { address, why: 'an upgrade that was not asked for' }));
        }
        isDone = true;
        socket.setTimeout(0);
        if (head.length > 0) socket.unshift(head);
        resolve();
      })
      .once('response', ({ statusCode = 0 }) =>
        fail(new AppError('peer.refused', { address, why: `HTTP status ${statusCode}` })),
      )
      .once('timeout', () => fail(new AppError('peer.timeout', { address })))
      .on('error', fail)
      .once('close', () => fail(new AppError('peer.closed', { address })))
      .end();
  });
}
