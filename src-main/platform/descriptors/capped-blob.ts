import { readSync } from 'node:fs';

/**
 * A file as the Blob that media parsers take, read by parts on this thread and at most `budget` bytes in all: a parser that a broken
 * file leads astray then fails instead of reading on.
 */
export class CappedBlob extends Blob {
  readonly #source: Source;
  readonly #start: number;
  override readonly size: number;

  constructor(source: Source, start = 0, end = source.size) {
    super([]);
    this.#source = source;
    this.#start = start;
    this.size = end - start;
  }

  override slice(start = 0, end = this.size): CappedBlob {
    const from = this.#start + this.#offset(start);
    return new CappedBlob(this.#source, from, Math.max(from, this.#start + this.#offset(end)));
  }

  override async arrayBuffer(): Promise<ArrayBuffer> {
    return this.readNow().buffer;
  }

  override async bytes(): Promise<Uint8Array<ArrayBuffer>> {
    return this.readNow();
  }

  override async text(): Promise<string> {
    return new TextDecoder().decode(this.readNow());
  }

  /** All bytes of this part; fewer when the file became shorter. Throws a RangeError when the budget does not allow it. */
  readNow(): Uint8Array<ArrayBuffer> {
    this.#source.budget -= this.size;
    if (this.#source.budget < 0) throw new RangeError('the parser read more than it may');
    const bytes = new Uint8Array(this.size);
    const read = readSync(this.#source.descriptor, bytes, 0, bytes.length, this.#start);
    return read === bytes.length ? bytes : bytes.slice(0, read);
  }

  /** As Blob.slice counts: from the end when negative. */
  #offset(position: number): number {
    const absolute = position < 0 ? this.size + position : position;
    return Math.min(this.size, Math.max(0, absolute));
  }
}

/** An open file and how many bytes of it may still be read. */
export type Source = { readonly descriptor: number; readonly size: number; budget: number };
