import type { ContentHash } from '../../contract/ids.ts';

/** Hex digits of a hash that are looked at: 48 bits, exact in a double. Rows of other contents may share them: compare the whole hash. */
const KEY_DIGITS = 12;

/** Parts that grow on their own: a Map that grows past 300,000 entries stops everything for 20 ms. */
const PARTS = 32;

/**
 * Rows by their content, in memory: an index of the database on random hashes would change a page for nearly every row, which costs
 * as much as all the rest of adding it.
 */
export class ContentRows {
  /** Most contents have one row. */
  readonly #parts = Array.from({ length: PARTS }, () => new Map<number, number | readonly number[]>());

  add(hash: ContentHash, id: number): void {
    const key = contentKey(hash);
    const part = this.#partOf(key);
    const held = part.get(key);
    part.set(key, held === undefined ? id : [...toList(held), id]);
  }

  remove(hash: ContentHash, id: number): void {
    const key = contentKey(hash);
    const part = this.#partOf(key);
    const left = toList(part.get(key)).filter((other) => other !== id);
    const [only] = left;
    if (only === undefined) part.delete(key);
    else part.set(key, left.length === 1 ? only : left);
  }

  /** Ids of rows that may have this content. */
  idsOf(hash: ContentHash): readonly number[] {
    const key = contentKey(hash);
    return toList(this.#partOf(key).get(key));
  }

  #partOf(key: number): Map<number, number | readonly number[]> {
    const part = this.#parts[key % PARTS];
    if (part === undefined) throw new RangeError(`no part for ${key}`);
    return part;
  }
}

function toList(held: number | readonly number[] | undefined): readonly number[] {
  if (held === undefined) return [];
  return typeof held === 'number' ? [held] : held;
}

/** Nearly always different for different contents, and cheaper to compare than they. */
export function contentKey(hash: ContentHash): number {
  return Number.parseInt(hash.slice(0, KEY_DIGITS), 16);
}
