import type { ContentHash } from '../../contract/ids.ts';

/** Hex digits of a hash that are looked at: 48 bits, exact in a double. Rows of other contents may share them: compare the whole hash. */
const KEY_DIGITS = 12;

/** Parts that grow on their own: a Map that grows past 300,000 entries stops everything for 20 ms. */
const PARTS = 32;

/**
 * Rows by the key of their content, in memory: an index of the database on random hashes would change a page for nearly every row, which costs
 * as much as all the rest of adding it.
 */
export class ContentRows {
  /** Keys with several rows: few, so that asking for one meets the processor's cache, where the maps cost 1 µs. */
  readonly #shared = new Set<number>();
  /** Most contents have one row. */
  readonly #parts = Array.from({ length: PARTS }, () => new Map<number, number | readonly number[]>());

  add(key: number, id: number): void {
    const part = this.#partOf(key);
    const held = part.get(key);
    if (held !== undefined) this.#shared.add(key);
    part.set(key, held === undefined ? id : [...toList(held), id]);
  }

  remove(key: number, id: number): void {
    const part = this.#partOf(key);
    const left = toList(part.get(key)).filter((other) => other !== id);
    const [only] = left;
    if (left.length < 2) this.#shared.delete(key);
    if (only === undefined) part.delete(key);
    else part.set(key, left.length === 1 ? only : left);
  }

  /** Distinct keys. */
  get size(): number {
    return this.#parts.reduce((sum, part) => sum + part.size, 0);
  }

  /** Whether several rows have this key. */
  isShared(key: number): boolean {
    return this.#shared.has(key);
  }

  /** Ids of rows that may have this content. */
  idsOf(key: number): readonly number[] {
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
