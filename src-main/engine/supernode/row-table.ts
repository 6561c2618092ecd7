import { type NewRow, type Row, RowBlock } from './row-block.ts';
import type { Signature } from './row-signature.ts';

/** Where a row is. Good until the table changes. */
export type RowAt = { readonly block: RowBlock; readonly at: number };
/** Takes a row; false ends the scan. */
export type RowVisitor = (block: RowBlock, at: number) => boolean;

/** Places in one block, as a power of 2; about as many rows as an upload batch brings. */
const BLOCK_BITS = 9;
export const BLOCK_ROWS = 2 ** BLOCK_BITS;

/** The rows of one child in memory, by place: the count of those that came before. */
export class RowTable {
  /** That of a place is at its upper bits. */
  readonly #blocks: (RowBlock | undefined)[] = [];
  #nextPlace = 0;
  #units = 0;

  /** The place after the last one given. */
  get nextPlace(): number {
    return this.#nextPlace;
  }

  /** Memory that it takes, about: UTF-16 units. */
  get units(): number {
    return this.#units;
  }

  /** The place of the first; the others follow it. At most BLOCK_ROWS; those that do not fit into the last block begin another. */
  add(added: readonly NewRow[]): number {
    const room = BLOCK_ROWS - (this.#nextPlace % BLOCK_ROWS);
    if (added.length > room) this.#nextPlace += room;
    const first = this.#nextPlace;
    const rows = added.map((row, at): Row => ({ ...row, place: first + at }));
    this.#nextPlace += rows.length;
    const number = blockOf(first);
    this.#replace(number, [...(this.#blocks[number]?.liveRows() ?? []), ...rows]);
    return first;
  }

  find(place: number): RowAt | undefined {
    const block = this.#blocks[blockOf(place)];
    const at = block?.indexOf(place) ?? -1;
    return block !== undefined && at >= 0 && block.isLive(at) ? { block, at } : undefined;
  }

  /** A block that lost most of its rows is made anew: few rows never hold much memory. */
  remove(place: number): void {
    const row = this.find(place);
    if (!row) return;
    row.block.remove(row.at);
    if (row.block.live * 2 < row.block.length) this.#replace(blockOf(place), row.block.liveRows());
  }

  /** Visits rows from one place to another (inclusive) that may have a signature, until `visit` says no; false when it did. */
  scan(range: { readonly from: number; readonly to: number }, signature: Signature, visit: RowVisitor): boolean {
    const [from, to] = [Math.max(0, range.from), Math.min(range.to, this.#nextPlace - 1)];
    for (let number = blockOf(from); number <= blockOf(to) && from <= to; number++) {
      const block = this.#blocks[number];
      if (block === undefined) continue;
      const end = block.firstFrom(to + 1);
      for (let at = block.nextLike(signature, block.firstFrom(from), end); at < end; ) {
        if (!visit(block, at)) return false;
        at = block.nextLike(signature, at + 1, end);
      }
    }
    return true;
  }

  #replace(number: number, rows: readonly Row[]): void {
    this.#units -= this.#blocks[number]?.units ?? 0;
    const block = rows.length === 0 ? undefined : new RowBlock(rows);
    this.#blocks[number] = block;
    this.#units += block?.units ?? 0;
  }
}

function blockOf(place: number): number {
  return place >> BLOCK_BITS;
}
