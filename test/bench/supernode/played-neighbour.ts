import type { PeerTarget } from '../../../src-main/contract/address.ts';
import type { SearchId } from '../../../src-main/contract/ids.ts';
import type { IncomingRequest, OutgoingResponse } from '../../../src-main/engine/ports/index.ts';
import { jsonAnswer } from '../../../src-main/engine/wire/http-answer.ts';
import { PROTOCOL_VERSION } from '../../../src-main/engine/wire/version.ts';
import { type LinkPeer, RecordingHandler } from '../../support/link-world.ts';
import { PlayedSession } from './played-session.ts';

/** How an ask ended; `ms` until then. */
export type AskEnd = { readonly ms: number; readonly bytes: number; readonly isRefused: boolean };

type Asked = { readonly startedMs: number; readonly done: (end: AskEnd) => void };

/** What a supernode asks of another (engine/search/wave-search.ts). */
const ASK_LIMIT = 200;
/** Of a supernode in the middle of its life. */
const STANDING = { children: 100, capacity: 150, uptimeSeconds: 3600 };
const LOAD_EVERY_MS = 10_000;

/** A supernode that asks the one under test, and answers it. */
export class PlayedNeighbour {
  readonly #peer: LinkPeer;
  readonly #asked = new Map<string, Asked>();
  readonly #hits: (words: string) => readonly string[];
  #session: PlayedSession | undefined;
  #timer: NodeJS.Timeout | undefined;

  /** `hits` gives what it answers to words, as JSON. */
  constructor(peer: LinkPeer, hits: (words: string) => readonly string[]) {
    this.#peer = peer;
    this.#hits = hits;
  }

  async join(to: PeerTarget): Promise<void> {
    const { links } = this.#peer;
    const handler = new RecordingHandler();
    handler.answer = (request) => this.#about(request);
    const { address } = await links.listen({ host: '127.0.0.1', port: 0 }, handler);
    const { session } = await PlayedSession.open(
      this.#peer,
      to,
      {
        type: 'hello',
        version: PROTOCOL_VERSION,
        role: 'supernode',
        listen: [address],
        files: 0,
        bytes: 0,
        ...STANDING,
      },
      ({ type, id }, text) => this.#take(type, id, text),
    );
    this.#session = session;
    this.#timer = setInterval(() => this.#tellLoad(session), LOAD_EVERY_MS);
    this.#tellLoad(session);
  }

  ask(id: SearchId, words: string): Promise<AskEnd> {
    const { promise, resolve } = Promise.withResolvers<AskEnd>();
    this.#asked.set(id, { startedMs: performance.now(), done: resolve });
    this.#session?.send({ type: 'query', id, words, limit: ASK_LIMIT });
    return promise;
  }

  close(): void {
    clearInterval(this.#timer);
    this.#session?.close();
  }

  #take(type: string, id: string, text: string): void {
    if (type === 'query') {
      const { words = '' } = JSON.parse(text);
      this.#session?.sendText(`{"type":"hits","id":"${id}","hits":[${this.#hits(words).join()}],"more":false}`);
      return;
    }
    const asked = this.#asked.get(id);
    if (!asked || (type !== 'hits' && type !== 'end')) return;
    this.#asked.delete(id);
    asked.done({ ms: performance.now() - asked.startedMs, bytes: text.length, isRefused: type === 'end' });
  }

  #tellLoad(session: PlayedSession): void {
    const { children, capacity } = STANDING;
    session.send({ type: 'load', children, capacity, fullCapacity: capacity, queriesPerMinute: 3000 });
  }

  async #about({ path }: IncomingRequest): Promise<OutgoingResponse> {
    if (path !== '/about') return { status: 404 };
    return jsonAnswer({ version: PROTOCOL_VERSION, node: this.#peer.nodeId, role: 'supernode', ...STANDING });
  }
}
