import type { RawData, WebSocket } from 'ws';
import type { KnownRemote, SessionLink } from '../../engine/ports/index.ts';
import { EARLY_MESSAGES, SESSION_WAITING_BYTES } from '../../engine/wire/limits.ts';

type WebSocketLinkDeps = {
  readonly remote: KnownRemote;
  /** Told of what a well-behaved peer does not do. */
  readonly onMisdeed: (why: string) => void;
};
type Receiver = { readonly onMessage: (message: string | undefined) => void; readonly onClose: (why: string) => void };

/** RFC 6455, section 7.4.1. */
const UNSUPPORTED_DATA = 1003;
const POLICY_VIOLATION = 1008;
/** RFC 6455, section 5.5: a control frame holds 125 bytes, two of them the code. */
const MAX_REASON_BYTES = 123;
/** The other side must answer a close within this; ws itself would wait for 30 s. */
const CLOSE_TIMEOUT_MS = 2000;

/** SessionLink over a WebSocket of ws. */
export class WebSocketLink implements SessionLink {
  readonly remote: KnownRemote;
  readonly bytes = { sent: 0, received: 0 };
  readonly #socket: WebSocket;
  readonly #onMisdeed: (why: string) => void;
  readonly #pings = new Map<string, () => void>();
  #pingNumber = 0;
  #receiver: Receiver | undefined;
  #early: (string | undefined)[] = [];
  #closedWhy: string | undefined;
  #closeTimer: NodeJS.Timeout | undefined;

  constructor(socket: WebSocket, { remote, onMisdeed }: WebSocketLinkDeps) {
    this.remote = remote;
    this.#socket = socket;
    this.#onMisdeed = onMisdeed;
    socket
      .on('message', (data, isBinary) => this.#onMessage(data, isBinary))
      .on('ping', (data) => this.#onPing(data))
      .on('pong', (data) => this.#onPong(data.toString()))
      .on('error', (error) => this.#onError(error))
      .on('close', (code, reason) => this.#onClose(reason.toString() || `the session was closed with code ${code}`));
  }

  send(message: string): boolean {
    if (!this.#isOpen()) return false;
    if (this.#socket.bufferedAmount > SESSION_WAITING_BYTES) {
      this.close(POLICY_VIOLATION, 'too slow');
      return false;
    }
    this.bytes.sent += Buffer.byteLength(message);
    // A failure is followed by 'close', which says it.
    this.#socket.send(message, () => undefined);
    return true;
  }

  ping(): Promise<number | undefined> {
    if (!this.#isOpen()) return Promise.resolve(undefined);
    const startedMs = performance.now();
    const name = String(this.#pingNumber++);
    return new Promise((resolve) => {
      this.#pings.set(name, () => resolve(this.#isOpen() ? performance.now() - startedMs : undefined));
      this.#socket.ping(name, undefined, () => undefined);
    });
  }

  receive(onMessage: Receiver['onMessage'], onClose: Receiver['onClose']): void {
    this.#receiver = { onMessage, onClose };
    for (const message of this.#early.splice(0)) onMessage(message);
    if (this.#socket.isPaused) this.#socket.resume();
    if (this.#closedWhy !== undefined) onClose(this.#closedWhy);
  }

  close(code: number, why: string): void {
    if (!this.#isOpen()) return;
    const reason = cutToBytes(why, MAX_REASON_BYTES);
    this.#closeSoon();
    this.#socket.close(code, reason);
    queueMicrotask(() => this.#onClose(why));
  }

  /** What waits in a full line would hold back the close as well. */
  #closeSoon(): void {
    this.#closeTimer ??= setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS).unref();
  }

  #isOpen(): boolean {
    return this.#closedWhy === undefined && this.#socket.readyState === this.#socket.OPEN;
  }

  #onMessage(data: RawData, isBinary: boolean): void {
    if (!this.#isOpen()) return;
    if (isBinary) {
      this.#onMisdeed('a binary session message');
      this.close(UNSUPPORTED_DATA, 'text messages only');
    } else {
      const message = data.toString();
      this.bytes.received += Buffer.byteLength(message);
      this.#deliver(message);
    }
  }

  #deliver(message: string | undefined): void {
    if (this.#receiver) {
      this.#receiver.onMessage(message);
      return;
    }
    this.#early.push(message);
    if (this.#early.length >= EARLY_MESSAGES) this.#socket.pause();
  }

  #onPing(data: Buffer): void {
    // Who asks without reading the answers gets no more of them.
    if (this.#socket.bufferedAmount > SESSION_WAITING_BYTES) this.#socket.terminate();
    else if (this.#isOpen()) {
      this.#socket.pong(data, undefined, () => undefined);
      // A side that was asked need not ask.
      this.#receiver?.onMessage(undefined);
    }
  }

  #onPong(name: string): void {
    if (!this.#pings.has(name) || !this.#isOpen()) return;
    this.#deliver(undefined);
    this.#pings.get(name)?.();
    this.#pings.delete(name);
  }

  /** ws reports here what breaks RFC 6455 or our limits, and closes with the fitting code; a broken line is no misdeed. */
  #onError(error: Error): void {
    const code = 'code' in error ? String(error.code) : '';
    if (code.startsWith('WS_ERR_')) this.#onMisdeed(`a bad session message: ${error.message}`);
    this.#closeSoon();
    this.#onClose(error.message);
  }

  #onClose(why: string): void {
    if (this.#socket.readyState === this.#socket.CLOSED) clearTimeout(this.#closeTimer);
    if (this.#closedWhy !== undefined) return;
    this.#closedWhy = why;
    for (const settle of this.#pings.values()) settle();
    this.#pings.clear();
    this.#receiver?.onClose(why);
  }
}

/** As much of a text as fits, never half a character. */
function cutToBytes(text: string, maxBytes: number): string {
  const bytes = Buffer.from(text);
  if (bytes.length <= maxBytes) return text;
  return bytes.subarray(0, maxBytes).toString().replace(/�+$/, '');
}
