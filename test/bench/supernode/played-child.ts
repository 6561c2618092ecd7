import { gzipSync } from 'node:zlib';
import type { PeerTarget } from '../../../src-main/contract/address.ts';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import type { SearchId } from '../../../src-main/contract/ids.ts';
import { encodeFilesBatches } from '../../../src-main/engine/wire/files-batch.ts';
import { SMALL_ANSWER_BYTES } from '../../../src-main/engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../../src-main/engine/wire/version.ts';
import type { LinkPeer } from '../../support/link-world.ts';
import { PlayedSession } from './played-session.ts';

/** `asked`: supernodes, this one not among them. */
export type SearchEnd = { readonly ms: number; readonly asked: number; readonly results: number };

type Running = { readonly startedMs: number; asked: number; readonly done: (end: SearchEnd) => void };

/** Results that a user wants by default. */
const WANTED = 100;
const UPLOAD_TIMEOUT_MS = 30_000;
/** Nobody connects to it: no file is asked of it. */
const PORT = 1214;

/** A leaf with some files, that searches. */
export class PlayedChild {
  readonly #peer: LinkPeer;
  readonly #to: PeerTarget;
  readonly #running = new Map<string, Running>();
  #session: PlayedSession | undefined;

  constructor(peer: LinkPeer, to: PeerTarget) {
    this.#peer = peer;
    this.#to = to;
  }

  /** Attaches and uploads what it shares. */
  async join(files: readonly Descriptor[]): Promise<void> {
    const bytes = files.reduce((sum, { size }) => sum + size, 0);
    const listen = [{ host: '127.0.0.1', port: PORT }];
    const { session, welcome } = await PlayedSession.open(
      this.#peer,
      this.#to,
      { type: 'hello', version: PROTOCOL_VERSION, role: 'leaf', listen, files: files.length, bytes },
      ({ type, id }, text) => this.#take(type, id, text),
    );
    this.#session = session;
    session.send({ type: 'load', freeSlots: 4, queueLength: 0, rateBps: 1_000_000, fit: 'no', upSeconds: 60 });
    let sequence = 0;
    for (const document of encodeFilesBatches({ added: files, removed: [] })) {
      await this.#upload(
        document,
        `session=${welcome.session}&sequence=${++sequence}${sequence === 1 ? '&reset=1' : ''}`,
      );
    }
  }

  search(id: SearchId, words: string): Promise<SearchEnd> {
    const { promise, resolve } = Promise.withResolvers<SearchEnd>();
    this.#running.set(id, { startedMs: performance.now(), asked: 0, done: resolve });
    this.#session?.send({ type: 'query', id, words, limit: WANTED });
    return promise;
  }

  close(): void {
    this.#session?.close();
  }

  #take(type: string, id: string, text: string): void {
    const running = this.#running.get(id);
    if (!running || (type !== 'wave' && type !== 'end')) return;
    const message = JSON.parse(text);
    const { results = 0, error } = message;
    const { wave = 0, asked = 0 } = type === 'wave' ? message : (message.lastWave ?? {});
    if (wave > 0) running.asked += asked;
    if (type !== 'end') return;
    this.#running.delete(id);
    if (error !== undefined) throw new Error(`a search was refused: ${error}`);
    running.done({ ms: performance.now() - running.startedMs, asked: running.asked, results });
  }

  async #upload(document: string, query: string): Promise<void> {
    const { status } = await this.#peer.links.request(this.#to, {
      method: 'POST',
      path: `/children/self/files?${query}`,
      headers: { 'content-type': 'application/xml', 'content-encoding': 'gzip' },
      body: gzipSync(document),
      maxBytes: SMALL_ANSWER_BYTES,
      timeoutMs: UPLOAD_TIMEOUT_MS,
    });
    if (status !== 200) throw new Error(`an upload was answered with ${status}`);
  }
}
