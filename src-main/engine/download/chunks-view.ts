import { toBase64 } from '../../contract/bytes.ts';
import { type ChunksView, MAX_AVAILABILITY } from '../../contract/transfer.ts';
import { isSourceId } from '../../contract/web-url.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import type { PlannedSource } from './planner-types.ts';
import type { RangePlanner } from './range-planner.ts';

type KnownChunks = {
  readonly size: number | undefined;
  /** Whether every chunk is here. */
  readonly isWhole: boolean;
  /** Of this run of the program. */
  readonly planner: RangePlanner | undefined;
  /** As it was recorded by an earlier one. */
  readonly recorded: ChunkMap | undefined;
  /** That could be asked. */
  readonly sources: readonly PlannedSource[];
};

/** The chunks of one download as a face shows them. */
export function chunksView(known: KnownChunks): ChunksView {
  const { size, isWhole, planner } = known;
  if (size === undefined) return { size: null, chunks: 0, verified: '', availability: [], asked: [] };
  const chunks = chunkCount(size);
  const verified = isWhole ? ChunkMap.full(chunks) : verifiedChunks(chunks, known);
  // Of a size that was believed before, perhaps.
  const runs = !isWhole && planner?.chunkCount === chunks ? planner.runs : [];
  return {
    size,
    chunks,
    verified: toBase64(verified.toBytes()),
    availability: verified.isFull ? [] : availability(verified, known.sources),
    asked: runs.flatMap(({ source: { id }, next, to }) =>
      next < to && isSourceId(id) ? [{ node: id, first: next, last: to - 1 }] : [],
    ),
  };
}

/** Sources of the rarest missing chunk in each part of the file; of parts that are here, of the rarest one in them. */
function availability(verified: ChunkMap, sources: readonly PlannedSource[]): readonly number[] {
  const { length } = verified;
  const whole = sources.filter(({ chunks }) => chunks === undefined).length;
  const partial = sources.flatMap(({ chunks }) => chunks ?? []);
  const parts = Math.min(length, MAX_AVAILABILITY);
  return Array.from({ length: parts }, (_, part) => {
    const end = Math.floor(((part + 1) * length) / parts);
    let least = Number.POSITIVE_INFINITY;
    for (let chunk = Math.floor((part * length) / parts); chunk < end; chunk++) {
      if (!verified.has(chunk)) least = Math.min(least, partial.filter((chunks) => chunks.has(chunk)).length);
    }
    return whole + (Number.isFinite(least) ? least : partial.length);
  });
}

function verifiedChunks(chunks: number, { planner, recorded }: KnownChunks): ChunkMap {
  if (planner?.chunkCount !== chunks) return recorded?.length === chunks ? recorded : new ChunkMap(chunks);
  return planner.done();
}

/** Bytes of the chunks that a map holds, of a file of `size` bytes. */
export function bytesOf(map: ChunkMap, size: number): number {
  const spare = map.length * CHUNK_BYTES - size;
  return map.count * CHUNK_BYTES - (map.has(map.length - 1) ? spare : 0);
}
