import type { KeepAlive, KeepAliveOptions, KnownRemote, SessionLink } from '../../../engine/ports/index.ts';
import { encodeMessage, type SessionMessage } from '../../../engine/wire/session-message.ts';
import type { Mask, MaskedLink } from './mask.ts';

/** A session whose messages go through a mask, both ways. */
export class MaskedSession implements SessionLink, MaskedLink {
  readonly remote: KnownRemote;
  readonly keepAlive?: (options: KeepAliveOptions) => KeepAlive;
  readonly #link: SessionLink;
  readonly #mask: Mask;
  #role: string | undefined;

  constructor(link: SessionLink, mask: Mask) {
    this.#link = link;
    this.#mask = mask;
    this.remote = link.remote;
    if (link.keepAlive) this.keepAlive = (options) => link.keepAlive?.(options) as KeepAlive;
  }

  get bytes(): SessionLink['bytes'] {
    return this.#link.bytes;
  }

  get role(): string | undefined {
    return this.#role;
  }

  send(text: string): boolean {
    const message = this.#read(text);
    const said = this.#mask.sent(message, this);
    if (said === undefined) return true;
    return this.#link.send(said === message ? text : encodeMessage(said));
  }

  reply(message: SessionMessage): void {
    this.#link.send(encodeMessage(message));
  }

  receive(onMessage: (text: string | undefined) => void, onClose: (why: string) => void): void {
    this.#link.receive((text) => {
      if (text === undefined) return onMessage(undefined);
      const message = this.#read(text);
      const heard = this.#mask.received(message, this);
      // What is not heard still breaks the silence.
      if (heard === undefined) onMessage(undefined);
      else onMessage(heard === message ? text : encodeMessage(heard));
    }, onClose);
  }

  ping(): Promise<number | undefined> {
    return this.#link.ping();
  }

  close(code: number, why: string): void {
    this.#link.close(code, why);
  }

  /** Both ends are engines: what they send is well formed. */
  #read(text: string): SessionMessage {
    const message = JSON.parse(text) as SessionMessage;
    if (message.type === 'hello') this.#role = message.role;
    return message;
  }
}
