import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { type WebSocket, WebSocketServer } from 'ws';
import type { KnownRemote, LinkHandler } from '../../engine/ports/index.ts';
import { SESSION_MESSAGE_BYTES } from '../../engine/wire/limits.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import { plainAnswer } from './plain-answer.ts';
import { WebSocketLink } from './web-socket-link.ts';

type Upgrade = { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
type Acceptance = { readonly remote: KnownRemote; readonly handler: LinkHandler };

/** Options of both sides of a session: no compression (it would let a small message grow), text checked as UTF-8. */
export const SESSION_OPTIONS = {
  perMessageDeflate: false,
  maxPayload: SESSION_MESSAGE_BYTES,
  // WebSocketLink answers pings itself, so that they cannot pile up answers.
  autoPong: false,
} as const;

/** Turns `GET /session` of a known peer into a session. */
export class SessionAcceptor {
  readonly #server = new WebSocketServer({ ...SESSION_OPTIONS, noServer: true, clientTracking: false });

  constructor() {
    this.#server.on('headers', (headers) => headers.push(`Shoal-Protocol: ${PROTOCOL_VERSION}`));
  }

  accept({ message, socket, head }: Upgrade, { remote, handler }: Acceptance): void {
    const isSession = message.url === '/session' && message.headers.upgrade?.toLowerCase() === 'websocket';
    if (!isSession) {
      plainAnswer(socket, 400);
      return;
    }
    this.#server.handleUpgrade(message, socket, head, (webSocket: WebSocket) => {
      const onMisdeed = (why: string) => handler.misbehaved(remote, why);
      handler.session(new WebSocketLink(webSocket, { remote, onMisdeed }));
    });
  }
}
