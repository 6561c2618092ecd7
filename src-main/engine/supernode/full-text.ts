import type { IndexStore } from '../store/index-store.ts';
import type { HeldRows } from './held-rows.ts';
import { toIndexedTokens } from './indexed-words.ts';
import { ANY_ROW } from './row-signature.ts';
import type { Shard } from './shard.ts';

/** A row that is in the full text. */
export type TextRow = { readonly id: number; readonly words: string };
/** Rows of one shard to take out. */
type Gone = { readonly shard: Shard; readonly rows: TextRow[] };

/** Rows written in one transaction: less than 1 ms, its end included. A query in the middle of one would make FTS5 write it out early. */
const STEP_ROWS = 60;
/**
 * Rows that the full text may be behind: one child as they usually are, and a batch. A query looks at each of them (0.1 µs), so that they
 * are found before they are in it.
 */
const MAX_BEHIND = 2500;
/** Transactions of a shard before it is merged even while batches wait: each leaves a piece, and every query looks into all of them. */
const MAX_PIECES = 40;

/**
 * Brings the words of rows into the full text and out again, after the batch that changed them was answered: the rows themselves are
 * in memory, where queries find those that are not in it yet, and miss those that are still in it.
 */
export class FullText {
  readonly #store: IndexStore;
  readonly #behind = new Set<HeldRows>();
  readonly #gone: Gone[] = [];
  /** Transactions since the last merge. */
  readonly #pieces = new Map<Shard, number>();
  #rowsGone = 0;

  constructor(store: IndexStore) {
    this.#store = store;
  }

  /** Rows were added to this child. */
  added(child: HeldRows): void {
    if (child.rowsBehind > 0) this.#behind.add(child);
  }

  /** Rows of this shard were removed; only those that had come into the full text. */
  removed(shard: Shard, rows: TextRow[]): void {
    if (rows.length === 0) return;
    this.#gone.push({ shard, rows });
    this.#rowsGone += rows.length;
  }

  /** The child is gone; `removed` tells of its rows. */
  forget(child: HeldRows): void {
    this.#behind.delete(child);
  }

  /** Works off what is too much to be left for quiet moments. */
  *catchUp(): Generator<void, void> {
    while (this.#rowsBehind() + this.#rowsGone > MAX_BEHIND) {
      this.#step();
      yield;
    }
    for (const [shard, pieces] of this.#pieces) if (pieces > MAX_PIECES) yield* this.#merge(shard);
  }

  /** Works off everything, with what comes meanwhile. */
  *tidy(): Generator<void, void> {
    for (;;) {
      while (this.#step()) yield;
      const [shard] = this.#pieces.keys();
      if (shard === undefined) return;
      yield* this.#merge(shard);
    }
  }

  *#merge(shard: Shard): Generator<void, void> {
    while (this.#store.mergeStep(shard.number)) yield;
    this.#pieces.delete(shard);
  }

  #rowsBehind(): number {
    let rows = 0;
    for (const child of this.#behind) rows += child.rowsBehind;
    return rows;
  }

  /** One transaction; false when nothing is left to do. */
  #step(): boolean {
    const gone = this.#gone[0];
    if (gone) return this.#takeOut(gone);
    const [child] = this.#behind;
    if (child) return this.#bringIn(child);
    return false;
  }

  #takeOut(gone: Gone): boolean {
    const rows = gone.rows.slice(-STEP_ROWS);
    this.#change(gone.shard, rows, -1);
    gone.rows.length -= rows.length;
    this.#rowsGone -= rows.length;
    if (gone.rows.length === 0) this.#gone.shift();
    return true;
  }

  #bringIn(child: HeldRows): boolean {
    const rows: TextRow[] = [];
    const isAll = child.rows.scan({ from: child.indexedTo, to: child.rows.nextPlace }, ANY_ROW, (block, at) => {
      if (rows.length === STEP_ROWS) return false;
      rows.push({ id: child.firstId + block.place(at), words: block.words(at) });
      return true;
    });
    this.#change(child.shard, rows, 1);
    child.indexedTo = isAll ? child.rows.nextPlace : (rows.at(-1)?.id ?? 0) + 1 - child.firstId;
    if (isAll) this.#behind.delete(child);
    return true;
  }

  /** All or none. */
  #change(shard: Shard, rows: readonly TextRow[], by: 1 | -1): void {
    const changed = rows.map(({ id, words }) => ({ id, tokens: toIndexedTokens(words) }));
    const texts = changed.map(({ id, tokens }) => ({ id, tokens: [...tokens].join(' ') }));
    if (by === 1) this.#store.insert(shard.number, texts);
    else this.#store.remove(shard.number, texts);
    for (const { tokens } of changed) shard.counts.change(tokens, by);
    this.#pieces.set(shard, (this.#pieces.get(shard) ?? 0) + 1);
  }
}
