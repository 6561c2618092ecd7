import type { IncomingMessage } from 'node:http';
import type { Duplex } from 'node:stream';
import type { RelayPass } from '../../engine/ports/index.ts';
import { RELAY_WAIT_MS } from '../../engine/wire/limits.ts';
import { plainAnswer } from './plain-answer.ts';
import type { Acceptance, Upgrade } from './reverse-upgrade.ts';
import { grantUpgrade } from './upgrade-request.ts';

export const RELAY = 'shoal-relay';
/** What a side has been written, some 100 KiB, it takes within this at 64 KiB/s. */
const LAST_BYTES_MS = 5000;
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
  let isEnding = false;
  const untilEnd = async (from: End, to: End) => {
    try {
      await carry(from, to);
      isEnding = true;
      await flushed(to.socket);
      part();
    } catch {
      // Whatever it was, both have lost each other; but not before the last bytes of one that has ended.
      if (!isEnding) part();
    }
  };
  void Promise.all([untilEnd(one, other), untilEnd(other, one)]).then(() => one.pass.ended());
}

/** Until the first side ends; rejects when no more may pass. */
async function carry({ socket, head, pass }: End, { socket: to }: End): Promise<void> {
  if (head.length > 0) socket.unshift(head);
  for await (const piece of socket as AsyncIterable<Buffer>) {
    await pass.admit(piece.length);
    if (!to.write(piece)) await drained(to);
  }
}

/** Ends a side when it has taken what was written, or takes too long. */
function flushed(socket: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const timer = setTimeout(resolve, LAST_BYTES_MS);
    const done = () => {
      clearTimeout(timer);
      resolve();
    };
    socket.once('close', done).once('finish', done).end();
    if (socket.destroyed) done();
  });
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
