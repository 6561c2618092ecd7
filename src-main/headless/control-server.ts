import { chmod, rm } from 'node:fs/promises';
import { createServer, type Server, type Socket } from 'node:net';
import type { EngineApi } from '../contract/api.ts';
import type { Logger } from '../engine/ports/index.ts';
import { ControlConnection } from './control-connection.ts';
import { MAX_CONNECTIONS } from './control-protocol.ts';
import { isSameToken } from './token.ts';

type Deps = {
  readonly api: EngineApi;
  readonly logger: Logger;
  /** Someone asked by `shoal stop` that the peer ends. */
  readonly onStop: () => void;
  /** Someone asked by `shoal web` for a new address of the web face; fails with web.off. */
  readonly webAddress: () => string;
};
type Place = { readonly path: string; readonly token: string };

/** Serves an EngineApi on a local socket to whoever knows the token. */
export class ControlServer {
  readonly #deps: Deps;
  readonly #place: Place;
  readonly #connections = new Set<ControlConnection>();
  #server: Server | undefined;

  constructor(deps: Deps, place: Place) {
    this.#deps = deps;
    this.#place = place;
  }

  /** Resolves when the socket accepts; fails with the system's error. */
  async start(): Promise<void> {
    const isPipe = process.platform === 'win32';
    // A socket left by a peer that was killed: the data folder's lock is ours, so nobody listens on it.
    if (!isPipe) await rm(this.#place.path, { force: true });
    const server = createServer((socket) => this.#accept(socket));
    this.#server = server;
    await new Promise<void>((resolve, reject) => {
      server.once('error', reject);
      server.listen(this.#place.path, () => {
        server.off('error', reject);
        resolve();
      });
    });
    server.on('error', (error) => this.#deps.logger.warn('the control socket failed', { why: error.message }));
    if (!isPipe) await chmod(this.#place.path, 0o600);
  }

  /** Answers what is running, then ends every connection. */
  async stop(): Promise<void> {
    const server = this.#server;
    this.#server = undefined;
    if (!server) return;
    const closed = new Promise<void>((resolve) => server.close(() => resolve()));
    await Promise.all([...this.#connections].map((connection) => connection.end()));
    await closed;
  }

  #accept(socket: Socket): void {
    if (this.#connections.size >= MAX_CONNECTIONS) {
      socket.destroy();
      return;
    }
    const connection = new ControlConnection(
      { ...this.#deps, isToken: (text) => isSameToken(text, this.#place.token) },
      socket,
    );
    this.#connections.add(connection);
    socket.once('close', () => this.#connections.delete(connection));
  }
}
