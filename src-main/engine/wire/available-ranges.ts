import { ChunkMap, type ChunkRange } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';

export const AVAILABLE_HEADER = 'x-available-ranges';

/** Ranges in one header (protocol section 5): some 700 bytes for the largest files. */
export const MAX_AVAILABLE_RANGES = 32;

/**
 * The value of `X-Available-Ranges`: the bytes of whole chunks that may be had of a file of `size` bytes, `bytes 0-1048575, 3145728-4194303`;
 * at most 32 ranges, those nearest to the chunk that was asked for. Empty when there are none.
 */
export function formatAvailableRanges(held: ChunkMap, size: number, asked: number): string {
  const ranges = nearest(held, asked);
  if (ranges.length === 0) return '';
  const bytes = ranges.map(({ start, end }) => `${start * CHUNK_BYTES}-${Math.min(end * CHUNK_BYTES, size) - 1}`);
  return `bytes ${bytes.join(', ')}`;
}

/**
 * Takes what `X-Available-Ranges` says into what is known of a source: between the first and the last range that it names nothing else is held;
 * what lies outside is unknown when the header is full, else not held. undefined for anything that is no such header.
 */
export function readAvailableRanges(text: string, size: number, known: ChunkMap | undefined): ChunkMap | undefined {
  const ranges = parse(text, size);
  if (!ranges) return undefined;
  const [first] = ranges;
  const last = ranges.at(-1);
  const isFull = known && first && last && ranges.length >= MAX_AVAILABLE_RANGES;
  const held = isFull ? known.copy() : new ChunkMap(chunkCount(size));
  if (isFull) for (let chunk = first.start; chunk < last.end; chunk++) held.remove(chunk);
  for (const range of ranges) held.addRange(range);
  return held;
}

/** The 32 around the one that the chunk lies in or before; all when there are no more. A map of many pieces is not walked through for them. */
function nearest(held: ChunkMap, asked: number): readonly ChunkRange[] {
  const middle = Math.min(Math.max(0, asked), held.length);
  const before = take(held.heldRangesBefore(middle), MAX_AVAILABLE_RANGES).reverse();
  const from = before.at(-1)?.end ?? 0;
  const after = take(held.heldRangesFrom(Math.max(middle, from)), MAX_AVAILABLE_RANGES);
  const fewBefore = Math.max(MAX_AVAILABLE_RANGES / 2, MAX_AVAILABLE_RANGES - after.length);
  const kept = before.slice(Math.max(0, before.length - fewBefore));
  return [...kept, ...after].slice(0, MAX_AVAILABLE_RANGES);
}

function take<T>(values: Iterable<T>, count: number): T[] {
  const taken: T[] = [];
  for (const value of values) {
    taken.push(value);
    if (taken.length === count) break;
  }
  return taken;
}

/** Chunks that lie whole within the byte ranges, which must be in order and apart. */
function parse(text: string, size: number): readonly ChunkRange[] | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return [];
  if (!trimmed.startsWith('bytes ')) return undefined;
  const parts = trimmed.slice('bytes '.length).split(',');
  if (parts.length > MAX_AVAILABLE_RANGES) return undefined;
  const ranges: ChunkRange[] = [];
  let before = -1;
  for (const part of parts) {
    const match = /^(\d{1,16})-(\d{1,16})$/.exec(part.trim());
    const start = Number(match?.[1]);
    const last = Number(match?.[2]);
    if (!match || start <= before || last < start || last >= size) return undefined;
    before = last;
    const chunks = { start: Math.ceil(start / CHUNK_BYTES), end: endChunk(last + 1, size) };
    if (chunks.start < chunks.end) ranges.push(chunks);
  }
  return ranges;
}

/** The last chunk of a file may be short. */
const endChunk = (end: number, size: number): number =>
  end === size ? chunkCount(size) : Math.floor(end / CHUNK_BYTES);
