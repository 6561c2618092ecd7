import { FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { SIGNATURE_LENGTH, type Signature } from './row-signature.ts';

/** One file of one child as the index keeps it. `words` is folded text (see indexed-words.ts); `descriptor` is JSON. */
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

/** Hex digits of a hash, which stands before each descriptor. */
const HASH_LENGTH = 64;
const NO_YEAR = -1;
/** What a row takes beside its texts, in UTF-16 units: five columns and its part of the block. */
const ROW_OVERHEAD = 72;

/**
 * Some rows of a child by ascending place: two long texts and columns of numbers. An object with texts for each row takes half as much
 * again, and a million small objects make the garbage collector stop everything for longer than a query may take.
 */
export class RowBlock {
  readonly places: Uint32Array;
  readonly sizes: Float64Array;
  readonly types: Uint8Array;
  /** -1 for none. */
  readonly years: Int16Array;
  /** See contentKey. */
  readonly keys: Float64Array;
  /** Memory that it takes, about: UTF-16 units. */
  readonly units: number;
  readonly #words: string;
  readonly #wordEnds: Uint32Array;
  /** Hash and descriptor of each. */
  readonly #told: string;
  readonly #toldEnds: Uint32Array;
  /** SIGNATURE_LENGTH columns. */
  readonly #signatures: Uint32Array;
  readonly #removed: Uint8Array;
  #live: number;

  constructor(rows: readonly Row[]) {
    this.places = Uint32Array.from(rows, ({ place }) => place);
    this.sizes = Float64Array.from(rows, ({ size }) => size);
    this.types = Uint8Array.from(rows, ({ type }) => FILE_TYPES.indexOf(type));
    this.years = Int16Array.from(rows, ({ year }) => year ?? NO_YEAR);
    this.keys = Float64Array.from(rows, ({ key }) => key);
    this.#signatures = new Uint32Array(rows.length * SIGNATURE_LENGTH);
    for (const [at, { signature }] of rows.entries()) {
      for (let part = 0; part < SIGNATURE_LENGTH; part++)
        this.#signatures[part * rows.length + at] = signature[part] ?? 0;
    }
    this.#words = rows.map(({ words }) => words).join('');
    this.#wordEnds = endsOf(rows, ({ words }) => words.length);
    this.#told = rows.map(({ hash, descriptor }) => hash + descriptor).join('');
    this.#toldEnds = endsOf(rows, ({ descriptor }) => HASH_LENGTH + descriptor.length);
    this.#removed = new Uint8Array(rows.length);
    this.#live = rows.length;
    this.units = this.#words.length + this.#told.length + rows.length * ROW_OVERHEAD;
  }

  /** Rows, with those removed. */
  get length(): number {
    return this.places.length;
  }

  /** Rows that were not removed. */
  get live(): number {
    return this.#live;
  }

  isLive(at: number): boolean {
    return this.#removed[at] === 0;
  }

  words(at: number): string {
    return this.#words.slice(startOf(this.#wordEnds, at), this.#wordEnds[at]);
  }

  hash(at: number): ContentHash {
    const start = startOf(this.#toldEnds, at);
    return this.#told.slice(start, start + HASH_LENGTH) as ContentHash;
  }

  descriptor(at: number): string {
    return this.#told.slice(startOf(this.#toldEnds, at) + HASH_LENGTH, this.#toldEnds[at]);
  }

  descriptorLength(at: number): number {
    return (this.#toldEnds[at] ?? 0) - startOf(this.#toldEnds, at) - HASH_LENGTH;
  }

  /** The first row at this place or behind it; `length` for none. */
  firstFrom(place: number): number {
    let [low, high] = [0, this.length];
    while (low < high) {
      const middle = (low + high) >> 1;
      if ((this.places[middle] ?? 0) < place) low = middle + 1;
      else high = middle;
    }
    return low;
  }

  /** Where the row of this place is; -1 when it is not here. */
  indexOf(place: number): number {
    // Without rows missing before it, it is as far from the first as its place.
    const near = place - (this.places[0] ?? 0);
    if (this.places[near] === place) return near;
    const at = this.firstFrom(place);
    return this.places[at] === place ? at : -1;
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
    if (this.#removed[at] === 0) this.#live--;
    this.#removed[at] = 1;
  }

  liveRows(): Row[] {
    return Array.from(this.places.keys())
      .filter((at) => this.isLive(at))
      .map((at) => this.#row(at));
  }

  #signature(at: number): Uint32Array {
    return Uint32Array.from({ length: SIGNATURE_LENGTH }, (_, part) => this.#signatures[part * this.length + at] ?? 0);
  }

  #row(at: number): Row {
    const year = this.years[at] ?? NO_YEAR;
    return {
      place: this.places[at] ?? 0,
      hash: this.hash(at),
      key: this.keys[at] ?? 0,
      size: this.sizes[at] ?? 0,
      type: FILE_TYPES[this.types[at] ?? 0] ?? 'other',
      year: year === NO_YEAR ? undefined : year,
      words: this.words(at),
      descriptor: this.descriptor(at),
      signature: this.#signature(at),
    };
  }
}

function startOf(ends: Uint32Array, at: number): number {
  return at === 0 ? 0 : (ends[at - 1] ?? 0);
}

function endsOf(rows: readonly Row[], lengthOf: (row: Row) => number): Uint32Array {
  let end = 0;
  return Uint32Array.from(rows, (row) => {
    end += lengthOf(row);
    return end;
  });
}
