import { createHash, type Hash } from 'node:crypto';
import { closeSync, readSync } from 'node:fs';
import { AppError } from '../contract/errors.ts';
import type { Digested, DigestName } from '../engine/ports/index.ts';
import { toDiskError } from './file-errors.ts';
import { openRegular } from './open-regular.ts';

/** Downloads that run at once are fewer; what was given up must not stay for ever. */
const MOST_DIGESTS = 64;

type Running = { readonly hash: Hash; at: number };

/** SHA-256 of files that are still loading, of each as far as it is here in one piece. */
export class RunningDigests {
  /** The one used last is the last. */
  readonly #running = new Map<number, Running>();

  /** Takes in bytes that are the next of a file; others will be read. Returns the bytes that it has come to. */
  feed({ id }: DigestName, bytes: Uint8Array, position: number): number {
    const running = this.#of(id);
    if (position !== running.at) return running.at;
    running.hash.update(bytes);
    running.at += bytes.length;
    return running.at;
  }

  /** Reads on to byte `to`, through `buffer`. Fails with disk.*, or content.gone when the file is shorter. */
  readOn({ id, path }: DigestName, to: number, buffer: Uint8Array): Digested {
    const running = this.#of(id);
    try {
      const { descriptor } = openRegular(path);
      try {
        while (running.at < to) {
          const read = readSync(descriptor, buffer, 0, Math.min(buffer.length, to - running.at), running.at);
          if (read === 0) throw new AppError('content.gone');
          running.hash.update(buffer.subarray(0, read));
          running.at += read;
        }
      } finally {
        closeSync(descriptor);
      }
    } catch (error) {
      throw toDiskError(error, path);
    }
    return { bytes: running.at, sha256: running.hash.copy().digest('hex') };
  }

  #of(id: number): Running {
    const running = this.#running.get(id) ?? { hash: createHash('sha256'), at: 0 };
    this.#running.delete(id);
    this.#running.set(id, running);
    const [oldest] = this.#running.keys();
    if (this.#running.size > MOST_DIGESTS && oldest !== undefined) this.#running.delete(oldest);
    return running;
  }
}
