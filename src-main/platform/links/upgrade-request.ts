import type { IncomingMessage } from 'node:http';
import { request as startRequest } from 'node:https';
import type { Duplex } from 'node:stream';
import { formatAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { Headers } from '../../engine/ports/index.ts';
import { HEAD_BYTES } from '../../engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { Dialled } from './dial.ts';
import { toPeerError } from './socket-error.ts';

type UpgradeRequest = {
  readonly path: string;
  /** What the connection is to become. */
  readonly protocol: string;
  readonly headers?: Headers;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/** Asks for an upgrade on a dialled socket: resolves when the other side has agreed. The socket is closed when it refuses. */
export function requestUpgrade(
  { socket, remote }: Dialled,
  { path, protocol, headers = {}, timeoutMs, signal }: UpgradeRequest,
): Promise<void> {
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
      ...{ host, port, method: 'GET', path, maxHeaderSize: HEAD_BYTES },
      headers: { ...headers, Connection: 'Upgrade', Upgrade: protocol, 'Shoal-Protocol': PROTOCOL_VERSION },
      timeout: timeoutMs,
      ...(signal && { signal }),
    })
      .once('upgrade', (answer: IncomingMessage, _: Duplex, head: Buffer) => {
        if (answer.headers.upgrade?.toLowerCase() !== protocol) {
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

/** The answer to a request for an upgrade that was granted. */
export function grantUpgrade(socket: Duplex, protocol: string): void {
  const lines = ['Connection: Upgrade', `Upgrade: ${protocol}`, `Shoal-Protocol: ${PROTOCOL_VERSION}`];
  socket.write(`HTTP/1.1 101 Switching Protocols\r\n${lines.join('\r\n')}\r\n\r\n`, 'latin1');
}
