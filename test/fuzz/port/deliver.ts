import type { Socket } from 'node:net';
import type { Random } from '../../../src-main/engine/ports/random.ts';

/** A step of a conversation: what is sent, once `awaited` was heard (or it takes too long). */
export type Step = { readonly awaited?: string; readonly bytes: Uint8Array };

/** A side that answers at all answers in this time; the rest of what it does shows elsewhere. */
const ANSWER_MS = 300;
/** Of ten connections some are left open so long, as those of peers that went away without a word. */
const LINGER_MS = 2000;
const MOST_PIECES = 4;
const LONGEST_HEARD = 256 * 1024;

type Options = {
  readonly random: Random;
  /** With what was heard, while the connection is still open. */
  readonly beforeLeaving?: (heard: string) => Promise<void>;
};

/** Sends the steps in pieces, listens a little, and goes in one of the ways in which peers go. Gives what was heard; undefined when nobody took the call. */
export async function deliver(
  open: () => Socket,
  steps: readonly Step[],
  { random, beforeLeaving }: Options,
): Promise<string | undefined> {
  const socket = open();
  const heard = new Heard(socket);
  await heard.until(() => heard.isOpen, 'encrypted' in socket ? 'secureConnect' : 'connect', LINGER_MS);
  if (!heard.isOpen) {
    socket.destroy();
    return undefined;
  }
  for (const { awaited, bytes } of steps) {
    if (awaited !== undefined) await heard.until(() => heard.text.includes(awaited), 'data', ANSWER_MS);
    for (const piece of piecesOf(bytes, random)) if (!socket.destroyed) socket.write(piece);
  }
  const before = heard.text.length;
  await heard.until(() => heard.text.length > before, 'data', 1 + random.int(ANSWER_MS));
  await beforeLeaving?.(heard.text);
  await leave(socket, heard, random);
  return heard.text;
}

async function leave(socket: Socket, heard: Heard, random: Random): Promise<void> {
  const how = random.int(10);
  if (how === 0) await heard.until(() => false, 'close', random.int(LINGER_MS));
  if (how === 1 && !socket.destroyed) {
    socket.end();
    await heard.until(() => false, 'close', ANSWER_MS);
  }
  // With a reset, which the other side meets in the middle of what it does.
  if (how < 5 && isPlainTcp(socket)) socket.resetAndDestroy();
  else socket.destroy();
}

const isPlainTcp = (socket: Socket): boolean => !('encrypted' in socket) && socket.remotePort !== undefined;

function* piecesOf(bytes: Uint8Array, random: Random): Generator<Uint8Array> {
  let start = 0;
  for (let piece = random.int(MOST_PIECES); piece > 0; piece--) {
    const end = start + random.int(bytes.length - start + 1);
    yield bytes.subarray(start, end);
    start = end;
  }
  yield bytes.subarray(start);
}

class Heard {
  text = '';
  isOpen = false;
  readonly #socket: Socket;

  constructor(socket: Socket) {
    this.#socket = socket;
    const opened = () => {
      this.isOpen = true;
    };
    // How it ends is the other side's affair.
    socket
      .on('error', () => undefined)
      .once('encrypted' in socket ? 'secureConnect' : 'connect', opened)
      .on('data', (data: Buffer) => {
        if (this.text.length < LONGEST_HEARD) this.text += data.toString('latin1');
      });
  }

  /** Until `isEnough`, looked at whenever `event` comes; until the connection closes or the time is over at most. */
  until(isEnough: () => boolean, event: string, ms: number): Promise<void> {
    return new Promise((resolve) => {
      const done = () => {
        clearTimeout(timer);
        this.#socket.off(event, look).off('close', done);
        resolve();
      };
      const look = () => void (isEnough() && done());
      const timer = setTimeout(done, ms);
      this.#socket.on(event, look).once('close', done);
      if (this.#socket.destroyed || isEnough()) done();
    });
  }
}
