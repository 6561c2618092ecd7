import type { PeerTarget } from '../../../src-main/contract/address.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import type { Hello } from '../../../src-main/engine/wire/messages/hello.ts';
import type { Welcome } from '../../../src-main/engine/wire/messages/welcome.ts';
import { encodeMessage, type SessionMessage } from '../../../src-main/engine/wire/session-message.ts';
import type { LinkPeer } from '../../support/link-world.ts';

/** The side that opened a session pings after so much silence (engine/overlay/session.ts). */
const SILENCE_MS = 12_000;
/** Every message of ours begins so. */
const HEAD = /^\{"type":"([a-z]+)"(?:,"id":"([0-9a-f]{32})")?/;

export type Listener = (head: { readonly type: string; readonly id: string }, text: string) => void;

/**
 * A session as a real peer has it, by the program's own links, whose answers are counted but not read: a thousand of 50 kB a second would
 * cost the machine more than answering them.
 */
export class PlayedSession {
  readonly #link: SessionLink;
  readonly #beat: NodeJS.Timeout;
  #heard = 0;
  /** Why it ended before `close`. */
  #lostWhy: string | undefined;

  private constructor(link: SessionLink, welcomed: (text: string) => void, listener: Listener) {
    this.#link = link;
    let isWelcomed = false;
    const take = (text: string | undefined) => {
      this.#heard++;
      const [, type = '', id = ''] = HEAD.exec(text ?? '') ?? [];
      if (text === undefined || type === 'load') return;
      if (isWelcomed) listener({ type, id }, text);
      else welcomed(text);
      isWelcomed = true;
    };
    link.receive(take, (why) => {
      this.#lostWhy = why;
      welcomed('{}');
    });
    this.#beat = setInterval(() => this.#pingWhenSilent(), SILENCE_MS);
  }

  /** Says hello; fails when it is not accepted. */
  static async open(
    peer: LinkPeer,
    to: PeerTarget,
    hello: Hello,
    listener: Listener,
  ): Promise<{ readonly session: PlayedSession; readonly welcome: Welcome }> {
    const link = await peer.links.openSession(to);
    const { promise, resolve } = Promise.withResolvers<string>();
    const session = new PlayedSession(link, resolve, listener);
    session.send(hello);
    const welcome = JSON.parse(await promise);
    if (welcome.accepted !== true) throw new Error(`no place as ${hello.role}: ${session.#lostWhy ?? ''}`);
    return { session, welcome };
  }

  send(message: SessionMessage): void {
    this.sendText(encodeMessage(message));
  }

  sendText(text: string): void {
    if (!this.#link.send(text)) throw new Error(`a session ended: ${this.#lostWhy ?? 'too slow'}`);
  }

  close(): void {
    clearInterval(this.#beat);
    this.#link.close(1000, 'the benchmark ends');
  }

  #pingWhenSilent(): void {
    if (this.#heard === 0) void this.#link.ping();
    this.#heard = 0;
  }
}
