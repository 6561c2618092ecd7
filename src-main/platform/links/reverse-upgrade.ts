import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import { TLSSocket } from 'node:tls';
import type { KnownRemote, LinkHandler } from '../../engine/ports/index.ts';
import type { Dialled } from './dial.ts';
import { plainAnswer } from './plain-answer.ts';
import { TlsCalledConnection } from './tls-called-connection.ts';
import { grantUpgrade, requestUpgrade } from './upgrade-request.ts';

/** The protocol that `GET /session` is upgraded to by a source that was called (protocol section 11). */
const REVERSE = 'shoal-reverse';
const TOKEN = 'shoal-token';

export type Upgrade = { readonly message: IncomingMessage; readonly socket: Duplex; readonly head: Buffer };
export type Acceptance = { readonly remote: KnownRemote; readonly handler: LinkHandler };

export const isReverseUpgrade = ({ url, headers }: IncomingMessage): boolean =>
  url === '/session' && headers.upgrade?.toLowerCase() === REVERSE;

/** The called side has come: whoever waits for its token gets the connection. */
export function acceptReverse({ message, socket, head }: Upgrade, { remote, handler }: Acceptance): void {
  const take = handler.reversed?.(String(message.headers[TOKEN] ?? ''), remote);
  // It has nothing to say before it is asked.
  if (head.length > 0) handler.misbehaved(remote, 'a called peer that speaks first');
  if (!take || head.length > 0 || !(socket instanceof TLSSocket)) {
    plainAnswer(socket, 404);
    return;
  }
  grantUpgrade(socket, REVERSE);
  take(new TlsCalledConnection(socket, remote));
}

type AskOptions = { readonly token: string; readonly timeoutMs: number; readonly signal?: AbortSignal | undefined };

/** Asks on a dialled socket to be asked: resolves when the other side has agreed. The socket is closed when it refuses. */
export function askToReverse(dialled: Dialled, { token, ...options }: AskOptions): Promise<void> {
  return requestUpgrade(dialled, {
    ...options,
    path: '/session',
    protocol: REVERSE,
    headers: { 'Shoal-Token': token },
  });
}
