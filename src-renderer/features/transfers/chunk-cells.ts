import type { ChunksView } from '#contract/transfer.ts';

/** One or more chunks, drawn as one: the verified share of them, who may be asked, and the source that any of them is asked of. */
export type ChunkCell = {
  readonly verified: number;
  readonly asked: string | null;
  /** Sources from which the rarest missing one may be had. */
  readonly available: number;
};
/** For those who cannot see the map. */
export type ChunkCount = { readonly verified: number; readonly asked: number };

/** One bit a chunk, the first the most significant one. */
export function decodeBits(base64: string): Uint8Array {
  return Uint8Array.from(atob(base64), (character) => character.charCodeAt(0));
}

const isSet = (bits: Uint8Array, index: number): boolean => (((bits[index >> 3] ?? 0) >> (7 - (index & 7))) & 1) === 1;

export const isFirstVerified = ({ verified, chunks }: ChunksView): boolean =>
  chunks > 0 && isSet(decodeBits(verified.slice(0, 4)), 0);

/** The whole file in at most `most` cells of (nearly) the same number of chunks. */
export function toCells({ chunks, verified, asked, availability }: ChunksView, most: number): readonly ChunkCell[] {
  const count = Math.min(chunks, Math.max(1, Math.floor(most)));
  const bits = decodeBits(verified);
  const askedOf = new Array<string | null>(count).fill(null);
  for (const { node, first, last } of asked) {
    const end = Math.min(count - 1, cellOf(Math.min(last, chunks - 1), chunks, count));
    for (let cell = cellOf(first, chunks, count); cell <= end; cell++) askedOf[cell] ??= node;
  }
  return askedOf.map((node, cell) => {
    const [from, to] = [startOf(cell, chunks, count), startOf(cell + 1, chunks, count)];
    let done = 0;
    for (let chunk = from; chunk < to; chunk++) if (isSet(bits, chunk)) done++;
    const parts = availability.slice(
      Math.floor((from * availability.length) / chunks),
      Math.max(Math.ceil((to * availability.length) / chunks), 1),
    );
    return { verified: done / (to - from), asked: node, available: parts.length > 0 ? Math.min(...parts) : 0 };
  });
}

const startOf = (cell: number, chunks: number, count: number): number => Math.floor((cell * chunks) / count);
/** The inverse of `startOf`. */
const cellOf = (chunk: number, chunks: number, count: number): number => Math.floor(((chunk + 1) * count - 1) / chunks);

export function countChunks({ chunks, verified, asked }: ChunksView): ChunkCount {
  const bits = decodeBits(verified);
  let done = 0;
  for (let chunk = 0; chunk < chunks; chunk++) if (isSet(bits, chunk)) done++;
  const fetched = new Set<number>();
  for (const { first, last } of asked) for (let chunk = first; chunk <= last; chunk++) fetched.add(chunk);
  return { verified: done, asked: fetched.size };
}
