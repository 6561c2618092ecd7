import { constants, openSync, write, writeSync } from 'node:fs';
import { promisify } from 'node:util';
import { errnoOf, toDiskError } from './file-errors.ts';

/**
 * A place in a file that this process has open. `direct` is a second descriptor of it whose writes go past the page cache, where the
 * system has such a thing.
 */
export type WritePlace = {
  readonly descriptor: number;
  readonly direct: number | undefined;
  readonly path: string;
  readonly position: number;
};

/** What a direct write wants of its address, length and position; no disk has longer blocks. */
const BLOCK_BYTES = 4096;
/** Direct writes under way at once: one runs while the next is handed over. They take threads that reading files needs too. */
const AT_ONCE = 2;

const writeSoon = promisify(write);

/**
 * A further descriptor of an open file for direct writes, to be closed by the caller; undefined where there are none. Only Linux lets
 * the very same file be opened again, whatever its name leads to by now.
 */
export function openDirect(descriptor: number): number | undefined {
  if (constants.O_DIRECT === undefined) return undefined;
  try {
    return openSync(`/proc/self/fd/${descriptor}`, constants.O_WRONLY | constants.O_DIRECT);
  } catch {
    // No /proc, or a file system without direct writes.
    return undefined;
  }
}

/**
 * Writes chunks past the page cache, while their thread checks the next one; what does not lie on whole blocks goes the usual way.
 * The processor is spared a copy of every byte and the search for free pages, and other programs keep their files in memory
 * (docs/adr/0014).
 */
export class DirectWriter {
  #running = 0;
  readonly #waiting: (() => void)[] = [];

  /** Resolves when all bytes are written; fails with disk.*. */
  async write(bytes: Uint8Array, place: WritePlace): Promise<void> {
    try {
      const { descriptor, direct, position } = place;
      const isWhole = bytes.length % BLOCK_BYTES === 0 && position % BLOCK_BYTES === 0;
      let at = direct !== undefined && isWhole ? await this.#writeDirect(direct, bytes, position) : 0;
      while (at < bytes.length) at += writeSync(descriptor, bytes, at, bytes.length - at, position + at);
    } catch (error) {
      throw toDiskError(error, place.path, bytes.length);
    }
  }

  /** How many bytes it wrote: none where memory or file system do not fit, fewer than all on a disk that has just become full. */
  async #writeDirect(descriptor: number, bytes: Uint8Array, position: number): Promise<number> {
    if (this.#running >= AT_ONCE) await new Promise<void>((resolve) => this.#waiting.push(resolve));
    else this.#running++;
    try {
      return (await writeSoon(descriptor, bytes, 0, bytes.length, position)).bytesWritten;
    } catch (error) {
      if (errnoOf(error) === 'EINVAL') return 0;
      throw error;
    } finally {
      // The next one takes this one's place over.
      const next = this.#waiting.shift();
      if (next) next();
      else this.#running--;
    }
  }
}
