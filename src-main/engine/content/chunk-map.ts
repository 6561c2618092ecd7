/** Chunks `start` to `end` (exclusive). */
export type ChunkRange = { readonly start: number; readonly end: number };

/**
 * Which chunks of a file are held: one bit a chunk, chunk 0 the highest bit of the first byte (as in BitTorrent's bitfield); the
 * unused bits of the last byte are 0. Indexes outside 0..length-1 are a RangeError.
 */
export class ChunkMap {
  /** Chunks of the file. */
  readonly length: number;
  readonly #bits: Uint8Array;
  #count = 0;

  constructor(length: number) {
    this.length = length;
    this.#bits = new Uint8Array(Math.ceil(length / 8));
  }

  /** Reads what `toBytes` gives; undefined when the length is wrong for `length` chunks or an unused bit is set. */
  static fromBytes(bytes: Uint8Array, length: number): ChunkMap | undefined {
    const map = new ChunkMap(length);
    if (bytes.length !== map.#bits.length) return undefined;
    if (length % 8 !== 0 && ((bytes.at(-1) ?? 0) & (0xff >> (length % 8))) !== 0) return undefined;
    map.#bits.set(bytes);
    for (const byte of bytes) map.#count += bitCount(byte);
    return map;
  }

  static full(length: number): ChunkMap {
    const map = new ChunkMap(length);
    map.addRange({ start: 0, end: length });
    return map;
  }

  /** How many chunks are held. */
  get count(): number {
    return this.#count;
  }

  get isFull(): boolean {
    return this.#count === this.length;
  }

  has(index: number): boolean {
    return ((this.#byteOf(index) >> (7 - (index % 8))) & 1) === 1;
  }

  /** Returns whether it was missing. */
  add(index: number): boolean {
    if (this.has(index)) return false;
    this.#bits[index >> 3] = this.#byteOf(index) | (0x80 >> (index % 8));
    this.#count += 1;
    return true;
  }

  /** Returns whether it was held. */
  remove(index: number): boolean {
    if (!this.has(index)) return false;
    this.#bits[index >> 3] = this.#byteOf(index) & ~(0x80 >> (index % 8));
    this.#count -= 1;
    return true;
  }

  addRange({ start, end }: ChunkRange): void {
    for (let index = start; index < end; index++) this.add(index);
  }

  /** The first missing chunk at or after `from`, or undefined. */
  nextMissing(from = 0): number | undefined {
    return this.#next(from, false);
  }

  /** The first held chunk at or after `from`, or undefined. */
  nextHeld(from = 0): number | undefined {
    return this.#next(from, true);
  }

  /** Runs of held chunks in order. */
  *heldRanges(): Generator<ChunkRange> {
    yield* this.#ranges(true);
  }

  /** The same from `index` on. */
  *heldRangesFrom(index: number): Generator<ChunkRange> {
    yield* this.#ranges(true, index);
  }

  /** Runs of missing chunks in order. */
  *missingRanges(): Generator<ChunkRange> {
    yield* this.#ranges(false);
  }

  /** Whether it holds a chunk that `other`, of the same file, does not. */
  holdsBeyond(other: ChunkMap): boolean {
    return this.#bits.some((byte, at) => (byte & ~(other.#bits[at] ?? 0)) !== 0);
  }

  /** Runs of held chunks that begin before `index`, the nearest first; the first may end behind it. */
  *heldRangesBefore(index: number): Generator<ChunkRange> {
    let end = this.#previous(index, true);
    while (end >= 0) {
      const before = this.#previous(end + 1, false);
      yield { start: before + 1, end: end < index - 1 ? end + 1 : (this.nextMissing(end) ?? this.length) };
      end = this.#previous(before + 1, true);
    }
  }

  copy(): ChunkMap {
    const map = new ChunkMap(this.length);
    map.#bits.set(this.#bits);
    map.#count = this.#count;
    return map;
  }

  toBytes(): Uint8Array<ArrayBuffer> {
    return new Uint8Array(this.#bits);
  }

  *#ranges(held: boolean, from = 0): Generator<ChunkRange> {
    let start = this.#next(from, held);
    while (start !== undefined) {
      const end: number = this.#next(start, !held) ?? this.length;
      yield { start, end };
      start = this.#next(end, held);
    }
  }

  /** Whole bytes without what is looked for are stepped over, so that a map of a million chunks takes microseconds. */
  #next(from: number, held: boolean): number | undefined {
    const without = held ? 0x00 : 0xff;
    let index = from;
    while (index < this.length) {
      if (index % 8 === 0 && this.#bits[index >> 3] === without) index += 8;
      else if (this.has(index) === held) return index;
      else index += 1;
    }
    return undefined;
  }

  /** The last chunk before `from` that is held, or is not; -1 when there is none. */
  #previous(from: number, held: boolean): number {
    const without = held ? 0x00 : 0xff;
    let index = Math.min(from, this.length) - 1;
    while (index >= 0) {
      if (index % 8 === 7 && this.#bits[index >> 3] === without) index -= 8;
      else if (this.has(index) === held) return index;
      else index -= 1;
    }
    return -1;
  }

  #byteOf(index: number): number {
    const byte = this.#bits[index >> 3];
    if (byte === undefined || index < 0 || index >= this.length) throw new RangeError(`no chunk ${index}`);
    return byte;
  }
}

function bitCount(byte: number): number {
  let count = 0;
  for (let rest = byte; rest > 0; rest &= rest - 1) count += 1;
  return count;
}
