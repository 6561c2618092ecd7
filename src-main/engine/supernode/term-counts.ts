import { foldHash, HASH_START, hashEnd, hashStep } from './term-hash.ts';

/** Log2 of the counters: 512 KiB of memory, about three for each distinct word and beginning in 20,000 files. */
const BITS = 17;
/** Beginnings of up to this many UTF-16 units are counted; a longer one is not more frequent than its beginning. */
const MAX_PREFIX = 6;

/**
 * About how many rows of a shard have a token, or one that begins so: a query begins with its rarest word, and passes over shards that
 * lack one. Counters are shared by tokens of equal hash, so a count may be too high, never too low.
 */
export class TermCounts {
  readonly #counts = new Int32Array(2 ** BITS);
  #rows = 0;

  /** Rows that came and have not gone. */
  get rows(): number {
    return this.#rows;
  }

  /** `tokens` of one row; `by` is 1 when it came and -1 when it went. */
  change(tokens: Iterable<string>, by: 1 | -1): void {
    this.#rows += by;
    for (const token of tokens) {
      let hash = HASH_START;
      for (let at = 0; at < token.length; at++) {
        hash = hashStep(hash, token.charCodeAt(at));
        if (at < MAX_PREFIX) this.#change(hash, by);
      }
      this.#change(hashEnd(hash), by);
    }
  }

  estimate({ token, prefix }: { readonly token: string; readonly prefix: boolean }): number {
    let hash = HASH_START;
    const length = prefix ? Math.min(token.length, MAX_PREFIX) : token.length;
    for (let at = 0; at < length; at++) hash = hashStep(hash, token.charCodeAt(at));
    return this.#counts[foldHash(prefix ? hash : hashEnd(hash), BITS)] ?? 0;
  }

  #change(hash: number, by: number): void {
    const at = foldHash(hash, BITS);
    this.#counts[at] = (this.#counts[at] ?? 0) + by;
  }
}
