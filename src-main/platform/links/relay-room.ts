import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RelayPass } from '../../engine/ports/index.ts';
import { RELAY_WAIT_MS } from '../../engine/wire/limits.ts';
import { plainAnswer } from './plain-answer.ts';
import type { Acceptance, Upgrade } from './reverse-upgrade.ts';
import { grantUpgrade } from './upgrade-request.ts';

export const RELAY = 'shoal-relay';
const PATH = /^\/relay\/([0-9a-f]{32})$/;

type End = { readonly socket: Duplex; readonly head: Buffer; readonly pass: RelayPass; readonly timer: NodeJS.Timeout };

export const isRelayUpgrade = ({ url = '', headers }: IncomingMessage): boolean =>
  PATH.test(url) && headers.upgrade?.toLowerCase() === RELAY;

/** Where two peers meet whom somebody let in: whatever one sends goes to the other, unread, as fast as it may. */
export class RelayRoom {
  /** Who came first, by token. */
  readonly #waiting = new Map<string, End & { readonly who: string }>();

  accept({ message, socket, head }: Upgrade, { remote, handler }: Acceptance): void {
    const token = PATH.exec(message.url ?? '')?.[1] ?? '';
    const pass = handler.relayed?.(token, remote);
    if (!pass) {
      plainAnswer(socket, 404);
      return;
    }
    const first = this.#waiting.get(token);
    if (first?.who === pass.other) {
      this.#waiting.delete(token);
      join(first, { socket, head, pass, timer: first.timer });
      return;
    }
    const leave = () => {
      // The pass outlives the connection: one that comes again and again must leave nothing behind.
      pass.signal.removeEventListener('abort', refuse);
      if (this.#waiting.get(token)?.socket !== socket) return false;
      this.#waiting.delete(token);
      clearTimeout(timer);
      pass.ended();
      return true;
    };
    const refuse = () => {
      if (leave()) plainAnswer(socket, 404);
    };
    const timer = setTimeout(refuse, RELAY_WAIT_MS);
    pass.signal.addEventListener('abort', refuse, { once: true });
    // One that comes twice replaces itself.
    clearTimeout(first?.timer);
    first?.socket.destroy();
    this.#waiting.set(token, { socket, head, pass, timer, who: remote.nodeId });
    socket.once('close', leave);
  }
}

function join(one: End, other: End): void {
  clearTimeout(one.timer);
  for (const { socket } of [one, other]) {
    if ('setTimeout' in socket && typeof socket.setTimeout === 'function') socket.setTimeout(0);
    grantUpgrade(socket, RELAY);
  }
  const part = () => {
    for (const { socket } of [one, other]) socket.destroy();
  };
  one.pass.signal.addEventListener('abort', part, { once: true });
  const both = [carry(one, other), carry(other, one)];
  void Promise.allSettled(both).then(() => one.pass.ended());
}

/** Until either side ends or no more may pass. */
async function carry({ socket, head, pass }: End, { socket: to }: End): Promise<void> {
  try {
    if (head.length > 0) socket.unshift(head);
    for await (const piece of socket as AsyncIterable<Buffer>) {
      await pass.admit(piece.length);
      if (!to.write(piece)) await drained(to);
    }
  } catch {
    // Whatever it was, both have lost each other.
  } finally {
    socket.destroy();
    to.destroy();
  }
}

function drained(socket: Duplex): Promise<void> {
  return new Promise((resolve, reject) => {
    const onClose = () => reject(new Error('closed'));
    socket.once('close', onClose).once('drain', () => {
      socket.off('close', onClose);
      resolve();
    });
    if (socket.destroyed) onClose();
  });
}
