import { CHUNK_BYTES } from '../content/constants.ts';

/**
 * The memory that chunks arrive in, shared by all downloads and capped. Whoever finds none waits in line. A connection that holds no
 * buffer may always have one beyond the cap, so that many slow sources cannot starve each other; connections are capped themselves.
 */
export class ChunkBuffers {
  readonly #maxBytes: () => number;
  readonly #bytes: number;
  readonly #free: ArrayBuffer[] = [];
  #waiting: (() => void)[] = [];
  #out = 0;

  /** `bytes`: of each buffer. */
  constructor(maxBytes: () => number, bytes = CHUNK_BYTES) {
    this.#maxBytes = maxBytes;
    this.#bytes = bytes;
  }

  /** A buffer, or undefined: `whenFree` is then called once when it is worth asking again. */
  take(first: boolean, whenFree: () => void): ArrayBuffer | undefined {
    if (!first && (this.#out + 1) * this.#bytes > this.#maxBytes()) {
      this.#waiting.push(whenFree);
      return undefined;
    }
    this.#out++;
    // Resizable ones, which are never resized, begin at a page of memory: direct writing wants that (platform/direct-writer.ts).
    return this.#free.pop() ?? new ArrayBuffer(this.#bytes, { maxByteLength: this.#bytes });
  }

  give(buffer: ArrayBuffer): void {
    this.#out--;
    // Kept only while others are out: an idle peer holds nothing.
    if (this.#out === 0) this.#free.length = 0;
    else if (buffer.byteLength === this.#bytes) this.#free.push(buffer);
    const waiting = this.#waiting;
    this.#waiting = [];
    for (const wake of waiting) wake();
  }
}
