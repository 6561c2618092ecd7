import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import type { EngineApi, EventName, Events } from '../../src-main/contract/api.ts';
import { AppError } from '../../src-main/contract/errors.ts';
import type { SearchId } from '../../src-main/contract/ids.ts';
import type { MediaApi } from '../../src-main/contract/media.ts';
import type { SearchResult } from '../../src-main/contract/search.ts';
import { PageFiles } from '../../src-main/face/page-files.ts';
import { ControlClient } from '../../src-main/headless/control-client.ts';
import { WebServer } from '../../src-main/headless/web/web-server.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { type RunningPeer, startPeer } from './shoal-peers.ts';

const PAGE_FOLDER = join(import.meta.dirname, '../../out/renderer');

type Listeners = Map<EventName, Set<(event: never) => void>>;

/**
 * A real peer, and before it the real web face; only its searches bring what a test streams: how a page takes a flood does not depend on
 * where the flood comes from.
 */
export class FloodingPeer {
  readonly #peer: RunningPeer;
  readonly #client: ControlClient;
  readonly #server: WebServer;
  readonly #listeners: Listeners;

  private constructor(peer: RunningPeer, client: ControlClient, server: WebServer, listeners: Listeners) {
    this.#peer = peer;
    this.#client = client;
    this.#server = server;
    this.#listeners = listeners;
  }

  static async start(folder: string, search: SearchId): Promise<FloodingPeer> {
    const peer = await startPeer(folder, '--supernode', 'always', '--set', 'page.welcomed=on');
    const client = await ControlClient.connect(folder);
    const listeners: Listeners = new Map();
    const api: EngineApi = {
      command: async (name, input) =>
        name.startsWith('search.') ? ({ id: search } as never) : client.command(name, input),
      query: (name, input) => client.query(name, input),
      on: (name, listener) => {
        const all = listeners.get(name) ?? new Set();
        listeners.set(name, all.add(listener));
        return () => all.delete(listener);
      },
    };
    const page = await PageFiles.read(PAGE_FOLDER);
    const media: MediaApi = { media: () => Promise.reject(new AppError('media.unknown')) };
    const deps = { api, media, logger: new MemoryLogger(), page, tls: { key: '', certificate: '' } };
    const server = new WebServer(deps, { listen: { host: '127.0.0.1', port: 0 }, fallbackPort: false });
    await server.start();
    return new FloodingPeer(peer, client, server, listeners);
  }

  newAddress(): string {
    return this.#server.newAddress();
  }

  /** Tells of `results` evenly over `durationMs`, and of the end. */
  async stream(id: SearchId, results: readonly SearchResult[], durationMs: number): Promise<void> {
    const startMs = performance.now();
    let sent = 0;
    while (sent < results.length) {
      const due = Math.min(results.length, Math.ceil((results.length * (performance.now() - startMs)) / durationMs));
      for (; sent < due; sent++) this.#emit('search.hit', { id, result: results[sent] as SearchResult });
      await after(STEP_MS);
    }
    this.#emit('search.end', { id, reason: 'limit', results: results.length });
  }

  async stop(): Promise<void> {
    await this.#server.stop();
    await this.#client.close();
    await this.#peer.program.stop();
  }

  #emit<N extends EventName>(name: N, event: Events[N]): void {
    for (const listener of this.#listeners.get(name) ?? []) listener(event as never);
  }
}
/** Hits come from links in pieces, not evenly to the millisecond. */
const STEP_MS = 20;
