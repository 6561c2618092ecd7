import { connect as connectPlain, isIP, type Socket } from 'node:net';
import { connect as connectSecure, createSecureContext, getCACertificates, type SecureContext } from 'node:tls';
import { AppError } from '../../contract/errors.ts';
import { placeOf, type WebUrl } from '../../contract/web-url.ts';

export type WebSocketOptions = {
  readonly localAddress: string | undefined;
  readonly dialTimeoutMs: number;
  /** Asked for the first https connection. */
  readonly secureContext: () => SecureContext;
};

/** Connects to that very address; over https the certificate is checked against the host of the URL. Fails with what node:net and node:tls fail with. */
export function openWebSocket(url: WebUrl, address: string, options: WebSocketOptions): Promise<Socket> {
  const { isSecure, host, port } = placeOf(url);
  const { localAddress, dialTimeoutMs } = options;
  const common = { host: address, port, noDelay: true, ...(localAddress === undefined ? {} : { localAddress }) };
  const isName = isIP(host) === 0;
  const socket: Socket = isSecure
    ? connectSecure({
        ...common,
        // An address has no server name; its certificate is compared with the address itself.
        servername: isName ? host : '',
        secureContext: options.secureContext(),
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

/** Reading some hundred certificates takes tens of milliseconds: once is enough. */
export const makeSecureContext = (authorities = systemAuthorities()): SecureContext =>
  createSecureContext({ ca: [...new Set(authorities)], minVersion: 'TLSv1.2' });

/** The system's authorities, and what its owner added for Node; those that came with Node where a system has none that Node can read. */
function systemAuthorities(): readonly string[] {
  const system = getCACertificates('system');
  return system.length > 0 ? [...system, ...getCACertificates('extra')] : getCACertificates('default');
}
