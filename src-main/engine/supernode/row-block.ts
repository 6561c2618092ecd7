import { fromHex } from '../../contract/bytes.ts';
import { FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { SIGNATURE_LENGTH, type Signature } from './row-signature.ts';

/** One file of one child as the index keeps it. `words` is folded text (see indexed-words.ts); `descriptor` as in indexed-text.ts. */
export type NewRow = {
  readonly hash: ContentHash;
  /** contentKey of it. */
  readonly key: number;
  readonly size: number;
  readonly type: FileType;
  readonly year: number | undefined;
  readonly words: string;
  readonly descriptor: string;
  /** signatureOfWords of them. */
  readonly signature: Uint32Array;
};
/** `place`: which of all rows that its child ever had. */
export type Row = NewRow & { readonly place: number };

/** A hash is kept as bytes: half the memory of its text. */
const HASH_BYTES = 32;
const HEX = Array.from({ length: 256 }, (_, byte) => byte.toString(16).padStart(2, '0'));
export const NO_YEAR = -1;
/** What a row takes beside its texts, in UTF-16 units: numbers, signature and its part of the block. */
const ROW_OVERHEAD = 88;

/** Numbers of one row, side by side: half a line of the processor's cache instead of one line for each column. */
const ROW_BYTES = 32;
const [INTS, DOUBLES] = [ROW_BYTES / 4, ROW_BYTES / 8];
/** Which of the row's 32-bit numbers: place, ends of its texts, and type, mark of removal and year in one. */
const [PLACE, WORD_END, TOLD_END, MARKS] = [0, 1, 2, 3];
/** Which of its doubles. */
const [SIZE, KEY] = [2, 3];
const TYPE_MASK = 0xff;
const REMOVED = 0x100;
const YEAR_SHIFT = 16;

/**
 * Some rows of a child by ascending place: two long texts and two arrays of numbers. An object with texts for each row takes half as much
 * again, and a million small objects make the garbage collector stop everything for longer than a query may take.
 */
export class RowBlock {
  /** Rows, with those removed. */
  readonly length: number;
  /** Memory that it takes, about: UTF-16 units. */
  readonly units: number;
  readonly #words: string;
  /** Descriptors. */
  readonly #told: string;
  readonly #hashes: Uint8Array;
  /** Both see the same bytes. */
  readonly #ints: Uint32Array;
  readonly #doubles: Float64Array;
  /** SIGNATURE_LENGTH columns: rows are passed over by one of them. */
  readonly #signatures: Uint32Array;
  #live: number;

  constructor(rows: readonly Row[]) {
    this.length = rows.length;
    const numbers = new ArrayBuffer(rows.length * ROW_BYTES);
    this.#ints = new Uint32Array(numbers);
    this.#doubles = new Float64Array(numbers);
    this.#signatures = new Uint32Array(rows.length * SIGNATURE_LENGTH);
    this.#hashes = new Uint8Array(rows.length * HASH_BYTES);
    let [wordEnd, toldEnd] = [0, 0];
    for (const [at, { place, hash, size, key, type, year, words, descriptor, signature }] of rows.entries()) {
      wordEnd += words.length;
      toldEnd += descriptor.length;
      const marks = FILE_TYPES.indexOf(type) | (((year ?? NO_YEAR) - NO_YEAR) << YEAR_SHIFT);
      this.#ints.set([place, wordEnd, toldEnd, marks], at * INTS);
      this.#doubles.set([size, key], at * DOUBLES + SIZE);
      for (let part = 0; part < SIGNATURE_LENGTH; part++)
        this.#signatures[part * rows.length + at] = signature[part] ?? 0;
      this.#hashes.set(fromHex(hash), at * HASH_BYTES);
    }
    this.#words = rows.map(({ words }) => words).join('');
    this.#told = rows.map(({ descriptor }) => descriptor).join('');
    this.#live = rows.length;
    this.units = this.#words.length + this.#told.length + rows.length * ROW_OVERHEAD;
  }

  /** Rows that were not removed. */
  get live(): number {
    return this.#live;
  }

  isLive(at: number): boolean {
    return (this.#int(at, MARKS) & REMOVED) === 0;
  }

  place(at: number): number {
    return this.#int(at, PLACE);
  }

  size(at: number): number {
    return this.#doubles[at * DOUBLES + SIZE] ?? 0;
  }

  /** See contentKey. */
  key(at: number): number {
    return this.#doubles[at * DOUBLES + KEY] ?? 0;
  }

  /** Its number among FILE_TYPES. */
  type(at: number): number {
    return this.#int(at, MARKS) & TYPE_MASK;
  }

  /** NO_YEAR for none. */
  year(at: number): number {
    return (this.#int(at, MARKS) >>> YEAR_SHIFT) + NO_YEAR;
  }

  words(at: number): string {
    return this.#words.slice(this.#start(at, WORD_END), this.#int(at, WORD_END));
  }

  hash(at: number): ContentHash {
    let hash = '';
    for (let byte = at * HASH_BYTES; byte < (at + 1) * HASH_BYTES; byte++) hash += HEX[this.#hashes[byte] ?? 0];
    return hash as ContentHash;
  }

  descriptor(at: number): string {
    return this.#told.slice(this.#start(at, TOLD_END), this.#int(at, TOLD_END));
  }

  descriptorLength(at: number): number {
    return this.#int(at, TOLD_END) - this.#start(at, TOLD_END);
  }

  /** The first row at this place or behind it; `length` for none. */
  firstFrom(place: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if (this.place(middle) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the row of this place is; -1 when it is not here. */
  indexOf(place: number): number {
    // Without rows missing before it, it is as far from the first as its place.
    const near = place - this.place(0);
    if (this.#has(near, place)) return near;
    const at = this.firstFrom(place);
    return this.#has(at, place) ? at : -1;
  }

  /** Whether the row may have what was asked for: false is certain. */
  isLike({ parts, masks }: Signature, at: number): boolean {
    for (let i = 0; i < parts.length; i++) {
      const mask = masks[i] ?? 0;
      if ((mask & ~(this.#signatures[(parts[i] ?? 0) * this.length + at] ?? 0)) !== 0) return false;
    }
    return true;
  }

  /** The first row from `at` on that is like it; `end` for none. */
  nextLike(signature: Signature, at: number, end: number): number {
    const signatures = this.#signatures;
    const column = (signature.parts[0] ?? 0) * this.length;
    const mask = signature.masks[0] ?? 0;
    // One column rules out most rows: 2 ns for each.
    for (; at < end; at++) {
      if ((mask & ~(signatures[column + at] ?? 0)) !== 0) continue;
      if (this.isLike(signature, at) && this.isLive(at)) return at;
    }
    return end;
  }

  /** Its texts stay until the block is made anew from `liveRows`. */
  remove(at: number): void {
    if (this.isLive(at)) this.#live--;
    this.#ints[at * INTS + MARKS] = this.#int(at, MARKS) | REMOVED;
  }

  liveRows(): Row[] {
    return Array.from({ length: this.length }, (_, at) => at)
      .filter((at) => this.isLive(at))
      .map((at) => this.#row(at));
  }

  #int(at: number, which: number): number {
    return this.#ints[at * INTS + which] ?? 0;
  }

  /** Where a text begins: where that of the row before ends. */
  #start(at: number, end: number): number {
    return at === 0 ? 0 : this.#int(at - 1, end);
  }

  #has(at: number, place: number): boolean {
    return at >= 0 && at < this.length && this.place(at) === place;
  }

  #signature(at: number): Uint32Array {
    return Uint32Array.from({ length: SIGNATURE_LENGTH }, (_, part) => this.#signatures[part * this.length + at] ?? 0);
  }

  #row(at: number): Row {
    const year = this.year(at);
    return {
      place: this.place(at),
      hash: this.hash(at),
      key: this.key(at),
      size: this.size(at),
      type: FILE_TYPES[this.type(at)] ?? 'other',
      year: year === NO_YEAR ? undefined : year,
      words: this.words(at),
      descriptor: this.descriptor(at),
      signature: this.#signature(at),
    };
  }
}
