import type { RawData, WebSocket } from 'ws';
import type { EngineApi } from '../../contract/api.ts';
import type { FaceAnswer, FaceEvents } from '../../contract/requests.ts';
import type { Logger } from '../../engine/ports/index.ts';
import { FaceSession } from '../../face/face-session.ts';

type Deps = { readonly api: EngineApi; readonly logger: Logger };

/** A page that leaves this much unread is cut off: it must not fill the peer's memory. It connects again by itself. */
export const MAX_WAITING_BYTES = 64 * 2 ** 20;
/** Silence after which a ping is sent, and in which its answer must have come: a browser that was closed hard is noticed. */
const PING_MS = 30_000;
/** A browser must answer a close within this; ws itself would wait for 30 s. */
const CLOSE_TIMEOUT_MS = 500;
/** RFC 6455, section 7.4.1. */
const GOING_AWAY = 1001;
const UNSUPPORTED_DATA = 1003;

/** One page over its WebSocket: JSON text in both directions. */
export class PageSocket {
  readonly #deps: Deps;
  readonly #socket: WebSocket;
  readonly #session: FaceSession;
  readonly #pinging: NodeJS.Timeout;
  #isAlive = true;

  constructor(deps: Deps, socket: WebSocket) {
    this.#deps = deps;
    this.#socket = socket;
    this.#session = new FaceSession({ ...deps, send: (message) => this.#send(message) });
    this.#pinging = setInterval(() => this.#ping(), PING_MS);
    socket
      .on('message', (data, isBinary) => void this.#receive(data, isBinary))
      .on('pong', () => {
        this.#isAlive = true;
      })
      .on('error', (error) => deps.logger.debug('a page failed', { why: error.message }))
      .once('close', () => this.#forget());
  }

  /** Resolves when the browser has said goodbye as well, or was cut off. Of a page that is open. */
  async close(): Promise<void> {
    const closed = new Promise<void>((resolve) => void this.#socket.once('close', () => resolve()));
    this.#socket.close(GOING_AWAY);
    const cut = setTimeout(() => this.#socket.terminate(), CLOSE_TIMEOUT_MS);
    this.#forget();
    await closed;
    clearTimeout(cut);
  }

  async #receive(data: RawData, isBinary: boolean): Promise<void> {
    if (isBinary) return this.#socket.close(UNSUPPORTED_DATA);
    const text = data.toString();
    this.#send(await this.#session.answer(parseJson(text), text.length));
  }

  #send(message: FaceAnswer | FaceEvents): void {
    const socket = this.#socket;
    if (socket.readyState !== socket.OPEN) return;
    if (socket.bufferedAmount > MAX_WAITING_BYTES) {
      this.#deps.logger.warn('a page is cut off: it does not read', { waiting: socket.bufferedAmount });
      socket.terminate();
      return;
    }
    socket.send(JSON.stringify(message));
  }

  #ping(): void {
    if (!this.#isAlive) {
      this.#socket.terminate();
      return;
    }
    this.#isAlive = false;
    this.#socket.ping();
  }

  #forget(): void {
    clearInterval(this.#pinging);
    this.#session.close();
  }
}

function parseJson(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // Not JSON: the schema refuses undefined with a clear answer.
    return undefined;
  }
}
