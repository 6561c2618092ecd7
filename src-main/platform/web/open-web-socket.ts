import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, type SecureContext } from 'node:tls';
import { AppError } from '../../contract/errors.ts';
import { placeOf, type WebUrl } from '../../contract/web-url.ts';
import type { BulkReader } from '../links/dial.ts';

export type WebSocketOptions = {
  readonly localAddress: string | undefined;
  readonly dialTimeoutMs: number;
  /** Asked for each https connection. */
  readonly secureContext: () => Promise<SecureContext>;
};

/** Connects to that very address; over https the certificate is checked against the host of the URL. Fails with what node:net and node:tls fail with. */
export async function openWebSocket(
  url: WebUrl,
  address: string,
  options: WebSocketOptions,
  onread?: BulkReader,
): Promise<Socket> {
  const { isSecure, host, port } = placeOf(url);
  const { localAddress, dialTimeoutMs } = options;
  const common = {
    ...{ host: address, port, noDelay: true },
    ...(localAddress === undefined ? {} : { localAddress }),
    ...(onread && { onread }),
  };
  const isName = isIP(host) === 0;
  const socket: Socket = isSecure
    ? connectSecure({
        ...common,
        // An address has no server name; its certificate is compared with the address itself.
        servername: isName ? host : '',
        secureContext: await options.secureContext(),
        ALPNProtocols: ['http/1.1'],
      })
    : connectPlain(common);
  return new Promise((resolve, reject) => {
    const settle = () => {
      clearTimeout(timer);
      socket.off('error', fail).off('close', onClose);
    };
    const fail = (error: Error) => {
      settle();
      // Destroying may report an error once more; it was told already.
      socket.on('error', () => undefined).destroy();
      reject(error);
    };
    const onClose = () => fail(new AppError('peer.closed', { address: host }));
    const timer = setTimeout(() => fail(new AppError('peer.timeout', { address: host })), dialTimeoutMs);
    socket.on('error', fail).on('close', onClose);
    socket.once(isSecure ? 'secureConnect' : 'connect', () => {
      settle();
      resolve(socket);
    });
  });
}
