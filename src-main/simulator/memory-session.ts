import { formatAddress } from '../contract/address.ts';
import type { Clock, KeepAlive, KeepAliveOptions, KnownRemote, SessionLink } from '../engine/ports/index.ts';
import { type MemoryConnection, otherSide, type Side } from './memory-connection.ts';
import { MemoryKeepAlive } from './memory-keep-alive.ts';

/** More than this waiting to be sent, and the other side is too slow: the same as in the real links. */
const WAITING_BYTES = 4 * 2 ** 20;
/** RFC 6455, section 7.4.1. */
const TOO_BIG = 1009;
const POLICY = 1008;

type Received = (message: string | undefined, decoded?: unknown) => void;
type Message = { readonly text: string; readonly decoded: unknown };
type SessionDeps = {
  readonly clock: Clock;
  readonly maxMessageBytes: number | undefined;
  readonly modelsPings: boolean;
  readonly handsOver: boolean;
};

/** One end of a session over a MemoryConnection. */
export class MemorySession implements SessionLink {
  readonly remote: KnownRemote;
  readonly bytes = { sent: 0, received: 0 };
  readonly keepAlive?: (options: KeepAliveOptions) => KeepAlive;
  readonly #connection: MemoryConnection;
  readonly #side: Side;
  readonly #deps: SessionDeps;
  #other: MemorySession | undefined;
  #waitingBytes = 0;
  /** Messages that are leaving, or have left since the last was sent; in order. */
  readonly #onLine: { readonly untilMs: number; readonly bytes: number }[] = [];
  #receiver: { readonly onMessage: Received; readonly onClose: (why: string) => void } | undefined;
  #early: (Message | undefined)[] = [];
  #closedWhy: string | undefined;

  /** Both ends of a session, for a connection whose upgrade was answered. */
  static pair(connection: MemoryConnection, deps: SessionDeps): Readonly<Record<Side, MemorySession>> {
    const client = new MemorySession(connection, 'client', deps);
    const server = new MemorySession(connection, 'server', deps);
    client.#other = server;
    server.#other = client;
    return { client, server };
  }

  private constructor(connection: MemoryConnection, side: Side, deps: SessionDeps) {
    this.remote = connection.remotes[side];
    this.#connection = connection;
    this.#side = side;
    this.#deps = deps;
    if (deps.modelsPings) {
      this.keepAlive = (options) => new MemoryKeepAlive(deps.clock, { connection, side }, options);
    }
    connection.onClose(side, () => this.#end(`${formatAddress(this.remote.address)} closed the connection`));
  }

  send(text: string, decoded?: unknown): boolean {
    if (!this.#connection.isOpen(this.#side) || this.#closedWhy !== undefined) return false;
    // UTF-16 units are near enough to bytes for a model.
    const bytes = text.length;
    this.#forgetSent();
    if (this.#waitingBytes + bytes > WAITING_BYTES) {
      this.close(POLICY, 'too slow');
      return false;
    }
    this.#waitingBytes += bytes;
    this.bytes.sent += Buffer.byteLength(text);
    const message = { text, decoded: this.#deps.handsOver ? decoded : undefined };
    this.#connection.send(this.#side, {
      bytes,
      what: text,
      onLine: (untilMs) => this.#onLine.push({ untilMs, bytes }),
      onArrive: () => this.#peer().#take(message),
    });
    return true;
  }

  /** Those that have left by now wait no longer; no timer for each, since hardly any has to wait. */
  #forgetSent(): void {
    const nowMs = this.#deps.clock.monotonicMs();
    for (let first = this.#onLine[0]; first && first.untilMs <= nowMs; first = this.#onLine[0]) {
      this.#waitingBytes -= first.bytes;
      this.#onLine.shift();
    }
  }

  ping(): Promise<number | undefined> {
    const startedMs = this.#deps.clock.monotonicMs();
    return new Promise((resolve) => {
      const stopListening = this.#connection.onClose(this.#side, () => resolve(undefined));
      const onPong = () => {
        stopListening();
        this.#deliver(undefined);
        resolve(this.#deps.clock.monotonicMs() - startedMs);
      };
      const pong = () => {
        this.#peer().#pinged();
        this.#connection.send(otherSide(this.#side), { bytes: 0, onArrive: onPong });
      };
      this.#connection.send(this.#side, { bytes: 0, onArrive: pong });
    });
  }

  receive(onMessage: Received, onClose: (why: string) => void): void {
    this.#receiver = { onMessage, onClose };
    for (const message of this.#early.splice(0)) onMessage(message?.text, message?.decoded);
    if (this.#closedWhy !== undefined) onClose(this.#closedWhy);
  }

  close(_code: number, why: string): void {
    if (this.#closedWhy !== undefined) return;
    this.#connection.send(this.#side, { bytes: 0, onArrive: () => this.#peer().#end(why) });
    this.#end(why);
    this.#connection.close(this.#side);
  }

  #peer(): MemorySession {
    return this.#other ?? this;
  }

  #take(message: Message): void {
    const { maxMessageBytes } = this.#deps;
    if (maxMessageBytes !== undefined && message.text.length > maxMessageBytes) {
      if (this.#side === 'server') this.#connection.handler.misbehaved(this.remote, 'a session message is too large');
      this.close(TOO_BIG, 'message too large');
      return;
    }
    this.bytes.received += Buffer.byteLength(message.text);
    this.#deliver(message);
  }

  #pinged(): void {
    if (this.#closedWhy === undefined) this.#receiver?.onMessage(undefined);
  }

  #deliver(message: Message | undefined): void {
    if (this.#closedWhy !== undefined) return;
    if (this.#receiver) this.#receiver.onMessage(message?.text, message?.decoded);
    else this.#early.push(message);
  }

  #end(why: string): void {
    if (this.#closedWhy !== undefined) return;
    this.#closedWhy = why;
    const receiver = this.#receiver;
    // Not within the call that closes: a caller need not expect its own callbacks.
    if (receiver) queueMicrotask(() => receiver.onClose(why));
  }
}
