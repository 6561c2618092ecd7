import type { PeerTarget } from '../../contract/address.ts';
import type { ContentClient, ContentConnection } from '../../engine/ports/index.ts';
import type { Dial } from './dial.ts';
import { TlsContentConnection } from './tls-content-connection.ts';

export type TlsContentClientDeps = {
  readonly dial: Dial;
  /** A connection must stand within this, ms: the setting overlay.dial-timeout. */
  readonly dialTimeoutMs: () => number;
};

/** TLS decrypts records of at most 16 KiB; four of them fit. */
const READ_BYTES = 64 * 1024;

/**
 * Bulk ranges over raw TLS sockets: what arrives goes from one fixed buffer straight to where the sink wants it. docs/adr/0004 has the
 * comparison with an HTTP library.
 */
export class TlsContentClient implements ContentClient {
  readonly #deps: TlsContentClientDeps;
  /** Shared by all connections: each takes its bytes out before the next one may read. */
  readonly #buffer = new Uint8Array(READ_BYTES);

  constructor(deps: TlsContentClientDeps) {
    this.#deps = deps;
  }

  async connect(to: PeerTarget, signal?: AbortSignal): Promise<ContentConnection> {
    let connection: TlsContentConnection | undefined;
    const { socket, remote } = await this.#deps.dial(to.address, {
      expected: to.nodeId,
      timeoutMs: this.#deps.dialTimeoutMs(),
      signal,
      onread: {
        // Asked for again after every read: body bytes are decrypted straight to where the sink wants them.
        buffer: () => connection?.target() ?? this.#buffer,
        callback: (count, buffer) => connection?.read(buffer, count) ?? true,
      },
    });
    connection = new TlsContentConnection(socket, remote);
    return connection;
  }
}
