import type { ContentHash } from '../../contract/ids.ts';

/** Hex digits of a hash that are looked at: 48 bits, exact in a double. Rows of other contents may share them: compare the whole hash. */
const KEY_DIGITS = 12;

/**
 * Rows by their content, in memory: an index of the database on random hashes would change a page for nearly every row, which costs
 * as much as all the rest of adding it.
 */
export class ContentRows {
  /** Most contents have one row in a shard. */
  readonly #ids = new Map<number, number | readonly number[]>();

  add(hash: ContentHash, id: number): void {
    const key = keyOf(hash);
    const held = this.#ids.get(key);
    this.#ids.set(key, held === undefined ? id : [...toList(held), id]);
  }

  remove(hash: ContentHash, id: number): void {
    const key = keyOf(hash);
    const left = toList(this.#ids.get(key)).filter((other) => other !== id);
    const [only] = left;
    if (only === undefined) this.#ids.delete(key);
    else this.#ids.set(key, left.length === 1 ? only : left);
  }

  /** Ids of rows that may have this content. */
  idsOf(hash: ContentHash): readonly number[] {
    return toList(this.#ids.get(keyOf(hash)));
  }
}

function toList(held: number | readonly number[] | undefined): readonly number[] {
  if (held === undefined) return [];
  return typeof held === 'number' ? [held] : held;
}

function keyOf(hash: ContentHash): number {
  return Number.parseInt(hash.slice(0, KEY_DIGITS), 16);
}
