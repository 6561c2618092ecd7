import { isIP } from 'node:net';
import { type ConnectionOptions, connect, createSecureContext, type SecureContext, type TLSSocket } from 'node:tls';
import { formatAddress, type PeerAddress, unmapIpv4 } from '../../contract/address.ts';
import { AppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { KnownRemote } from '../../engine/ports/index.ts';
import type { KeyAndCertificate } from '../identity/make-key.ts';
import { nodeIdOfCertificate } from '../identity/node-id.ts';
import { toDialError } from './socket-error.ts';
import { ALPN, contextOptions } from './tls-options.ts';

/** Bytes of a bulk connection go into this one buffer and are given away at once, instead of a new buffer for each. */
export type BulkReader = {
  readonly buffer: () => Uint8Array;
  /** `buffer` holds `count` new bytes; false stops reading until `socket.resume()` (some more may still come). */
  readonly callback: (count: number, buffer: Uint8Array) => boolean;
};

export type DialOptions = {
  /** Undefined accepts any P-256 key. */
  readonly expected?: NodeId | undefined;
  readonly timeoutMs: number;
  readonly onread?: BulkReader;
  /** From this local port; others may use it too. */
  readonly localPort?: number;
  readonly signal?: AbortSignal | undefined;
};

/** A socket after its handshake whose key was checked; nothing was sent on it yet. `remote` has the IP, also where a name was dialled. */
export type Dialled = { readonly socket: TLSSocket; readonly remote: KnownRemote; readonly elapsedMs: number };

/** Opens connections with this peer's certificate. Nothing else in Shoal opens a peer socket. */
export type Dial = (address: PeerAddress, options: DialOptions) => Promise<Dialled>;

/** `localAddress` is the address that the user bound the peer to, or undefined for any; asked at each dial. */
export function makeDial(identity: KeyAndCertificate, localAddress: () => string | undefined): Dial {
  const secureContext = createSecureContext(contextOptions(identity));
  return (address, options) => dial(address, { ...options, secureContext, localAddress: localAddress() });
}

type FullOptions = DialOptions & { readonly secureContext: SecureContext; readonly localAddress: string | undefined };

function dial(address: PeerAddress, options: FullOptions): Promise<Dialled> {
  const { signal, timeoutMs } = options;
  return new Promise((resolve, reject) => {
    if (signal?.aborted) return reject(signal.reason);
    const startedMs = performance.now();
    const socket = openSocket(address, options);
    const settle = () => {
      clearTimeout(timer);
      signal?.removeEventListener('abort', onAbort);
      socket.off('error', fail).off('close', onClose).off('secureConnect', onSecure);
    };
    const fail = (error: unknown) => {
      settle();
      // Destroying may report an error once more; it was told already.
      socket.on('error', () => undefined).destroy();
      reject(error === signal?.reason ? error : toDialError(error, address));
    };
    const onAbort = () => fail(signal?.reason);
    const onClose = () => fail(new AppError('peer.closed', { address: formatAddress(address) }));
    const onSecure = () => {
      const remote = identify(socket, { address, expected: options.expected });
      if (remote instanceof AppError) return fail(remote);
      settle();
      resolve({ socket, remote, elapsedMs: performance.now() - startedMs });
    };
    const timer = setTimeout(() => fail(new AppError('peer.timeout', { address: formatAddress(address) })), timeoutMs);
    signal?.addEventListener('abort', onAbort, { once: true });
    socket.on('error', fail).on('close', onClose).on('secureConnect', onSecure);
  });
}

/** Options of node:net that tls.connect passes on, beside its own. */
type SocketOptions = ConnectionOptions & {
  readonly noDelay: boolean;
  readonly localAddress?: string;
  readonly localPort?: number;
  readonly onread?: BulkReader;
};

function openSocket(
  { host, port }: PeerAddress,
  { secureContext, localAddress, localPort, onread }: FullOptions,
): TLSSocket {
  const options: SocketOptions = {
    host,
    port,
    secureContext,
    ALPNProtocols: ALPN,
    // No server name goes out, and none is compared: the key is the identity. (Self-signed: Node could not check more.)
    servername: '',
    rejectUnauthorized: false,
    // Small requests go out at once; Nagle would hold them back for an acknowledgement.
    noDelay: true,
    ...(localAddress !== undefined && { localAddress }),
    ...(localPort !== undefined && { localPort }),
    ...(onread && { onread }),
  };
  return connect(options);
}

function identify(
  socket: TLSSocket,
  { address, expected }: { readonly address: PeerAddress; readonly expected: NodeId | undefined },
): KnownRemote | AppError {
  const nodeId = nodeIdOfCertificate(socket.getPeerX509Certificate());
  if (nodeId !== undefined && !socket.isSessionReused() && (expected ?? nodeId) === nodeId) {
    return {
      nodeId,
      address: isIP(address.host) ? address : { ...address, host: unmapIpv4(socket.remoteAddress ?? '') },
    };
  }
  return new AppError('peer.wrong-identity', { address: formatAddress(address), actual: nodeId ?? 'none' });
}
