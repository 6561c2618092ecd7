import type { ChunksView } from '#contract/transfer.ts';

/** What a cell of the map shows: the part that is verified, 0 to 1, and whom a chunk in it is asked of. */
export type ChunkCell = { readonly verified: number; readonly asked: number | null };

/** More cells than this are too small to be seen. */
export const MAX_CELLS = 2000;

export const isVerified = (bits: Uint8Array, chunk: number): boolean =>
  (((bits[chunk >> 3] ?? 0) >> (7 - (chunk & 7))) & 1) === 1;

export const bitsOf = ({ verified }: ChunksView): Uint8Array =>
  Uint8Array.from(atob(verified), (character) => character.charCodeAt(0));

/** Cells of equally many chunks, at most MAX_CELLS; `asked` numbers the sources in the order of the view. */
export function chunkCells(view: ChunksView): readonly ChunkCell[] {
  const { chunks, asked } = view;
  const bits = bitsOf(view);
  const perCell = Math.max(1, Math.ceil(chunks / MAX_CELLS));
  const nodes = [...new Set(asked.map(({ node }) => node))];
  return Array.from({ length: Math.ceil(chunks / perCell) }, (_, cell) => {
    const [from, to] = [cell * perCell, Math.min(chunks, (cell + 1) * perCell)];
    let count = 0;
    for (let chunk = from; chunk < to; chunk++) if (isVerified(bits, chunk)) count += 1;
    const run = asked.find(({ first, last }) => first < to && last >= from);
    return { verified: count / (to - from), asked: run && count < to - from ? nodes.indexOf(run.node) : null };
  });
}

export function countChunks(view: ChunksView): { readonly verified: number; readonly asked: number } {
  const bits = bitsOf(view);
  let verified = 0;
  for (let chunk = 0; chunk < view.chunks; chunk++) if (isVerified(bits, chunk)) verified += 1;
  const wanted = new Set<number>();
  for (const { first, last } of view.asked) {
    for (let chunk = first; chunk <= last; chunk++) if (!isVerified(bits, chunk)) wanted.add(chunk);
  }
  return { verified, asked: wanted.size };
}
