import type { ServerResponse } from 'node:http';
import type { StreamBody } from '../../engine/ports/index.ts';
import { type BufferPool, PIECE_BYTES } from './buffer-pool.ts';

export type StreamSending = {
  readonly response: ServerResponse;
  readonly pool: BufferPool;
  /** The connection is cut when one piece was not taken for this long, ms. */
  readonly stallMs: number;
};

/**
 * Sends a body in constant memory: while one piece is on its way the next one is read. Returns whether every byte was handed to the
 * system; otherwise the connection is cut. Does not close the body.
 */
export async function sendStream(body: StreamBody, { response, pool, stallMs }: StreamSending): Promise<boolean> {
  let piece = pool.take();
  let other = pool.take();
  let sending: Promise<void> = Promise.resolve();
  let asked = 0;
  const writer = new PieceWriter(response, stallMs);
  try {
    while (asked < body.length && !response.destroyed) {
      const count = await body.read(piece.subarray(0, Math.min(piece.length, body.length - asked)));
      if (count < 1) throw new RangeError('a body ended before its length');
      asked += count;
      await body.admit?.(count);
      await sending;
      const part = piece.subarray(0, count);
      sending = writer.write(part).then(() => body.sent?.(count));
      // It is awaited in the next round or below; until then a failure must not count as unhandled.
      sending.catch(() => undefined);
      [piece, other] = [other, piece];
    }
    await sending;
  } catch {
    // The other side is gone or the body failed: its owner knows why, and there is no way to tell in the middle of an answer.
    response.destroy();
    await sending.catch(() => undefined);
    return false;
  } finally {
    writer.end();
    // After a cut the system may still hold a piece: only a body that was sent whole gives its memory back.
    if (!response.destroyed) for (const free of [piece, other]) pool.give(free);
  }
  return asked === body.length && !response.destroyed;
}

/** Sends what is in memory already, piece by piece: whoever does not take one in time is cut. Does not end the answer. */
export async function sendBytes(
  bytes: Uint8Array,
  { response, stallMs }: Pick<StreamSending, 'response' | 'stallMs'>,
): Promise<void> {
  const writer = new PieceWriter(response, stallMs);
  try {
    for (let at = 0; at < bytes.length && !response.destroyed; at += PIECE_BYTES)
      await writer.write(bytes.subarray(at, at + PIECE_BYTES));
  } catch {
    response.destroy();
  } finally {
    writer.end();
  }
}

/** Hands the pieces of an answer to the system, one after the other, with one timer and one listener for all of them. */
class PieceWriter {
  readonly #response: ServerResponse;
  readonly #stalled: NodeJS.Timeout;
  /** Ends the wait for the piece that was handed over last; without effect once that is done. */
  #fail: (error: Error) => void = () => undefined;

  constructor(response: ServerResponse, stallMs: number) {
    this.#response = response;
    this.#stalled = setTimeout(() => this.#fail(new Error('the other side takes nothing')), stallMs);
    response.once('close', this.#onClose);
  }

  /** Resolves when the bytes were handed to the system. */
  write(bytes: Uint8Array): Promise<void> {
    this.#stalled.refresh();
    return new Promise((resolve, reject) => {
      this.#fail = reject;
      this.#response.write(bytes, (error) => (error ? reject(error) : resolve()));
    });
  }

  end(): void {
    clearTimeout(this.#stalled);
    this.#response.off('close', this.#onClose);
  }

  readonly #onClose = () => this.#fail(new Error('closed'));
}
