import { isIP, type Socket } from 'node:net';
import { connect, type SecureContext, TLSSocket } from 'node:tls';
import { formatAddress, type PeerAddress } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import { nodeIdOfCertificate } from '../identity/node-id.ts';
import type { Dialled } from './dial.ts';
import { toDialError } from './socket-error.ts';
import { ALPN } from './tls-options.ts';

export type SecureOptions = {
  readonly secureContext: SecureContext;
  readonly own: NodeId;
  readonly expected: NodeId;
  /** Where the other side is, for messages. */
  readonly address: PeerAddress;
  readonly timeoutMs: number;
  readonly signal?: AbortSignal | undefined;
};

/**
 * TLS between two peers that are connected without one of them having listened: the lower NodeId is its client. Both keys are checked before
 * anything is said. The socket is closed when that fails.
 */
export function securePeer(socket: Socket, options: SecureOptions): Promise<Dialled> {
  const { secureContext, own, expected, address, timeoutMs, signal } = options;
  const shared = { secureContext, ALPNProtocols: ALPN, rejectUnauthorized: false };
  const isClient = own < expected;
  const startedMs = performance.now();
  return new Promise((resolve, reject) => {
    const tls = isClient
      ? connect({ ...shared, socket, servername: '' })
      : new TLSSocket(socket, { ...shared, isServer: true, requestCert: true });
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      tls.off('error', fail).off('close', onClose);
    };
    const fail = (error: unknown) => {
      settle();
      tls.on('error', () => undefined).destroy();
      socket.destroy();
      reject(error === signal?.reason ? error : toDialError(error, address));
    };
    const onAbort = () => fail(signal?.reason);
    const onClose = () => fail(new AppError('peer.closed', { address: formatAddress(address) }));
    const timer = setTimeout(() => fail(new AppError('peer.timeout', { address: formatAddress(address) })), timeoutMs);
    if (signal?.aborted) return onAbort();
    signal?.addEventListener('abort', onAbort, { once: true });
    tls.on('error', fail).on('close', onClose);
    // The event of a server is another one.
    tls.once(isClient ? 'secureConnect' : 'secure', () => {
      const nodeId = nodeIdOfCertificate(tls.getPeerX509Certificate());
      if (nodeId !== expected || tls.isSessionReused()) {
        return fail(new AppError('peer.wrong-identity', { address: formatAddress(address), actual: nodeId ?? 'none' }));
      }
      settle();
      const host = isIP(address.host) ? address.host : (socket.remoteAddress ?? '');
      resolve({
        socket: tls,
        remote: { nodeId, address: { ...address, host } },
        elapsedMs: performance.now() - startedMs,
      });
    });
  });
}
