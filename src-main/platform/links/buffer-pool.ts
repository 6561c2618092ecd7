/** What StreamBody.read fills at once: large enough that calls cost nothing beside TLS (measured: docs/adr/0004), small enough for hundreds of uploads. */
export const PIECE_BYTES = 256 * 1024;
/** Kept for the next answer: 16 MiB, the two pieces of 32 uploads at once. */
const MAX_FREE = 64;

/** Pieces of memory that answers are sent from, used again instead of being left to the collector. */
export class BufferPool {
  readonly #free: Uint8Array[] = [];

  take(): Uint8Array {
    return this.#free.pop() ?? new Uint8Array(PIECE_BYTES);
  }

  /** Only a piece that nobody reads any more. */
  give(piece: Uint8Array): void {
    if (this.#free.length < MAX_FREE) this.#free.push(piece);
  }
}
