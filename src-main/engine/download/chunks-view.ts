import { toBase64 } from '../../contract/bytes.ts';
import type { ChunksView } from '../../contract/transfer.ts';
import { isSourceId } from '../../contract/web-url.ts';
import { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, chunkCount } from '../content/constants.ts';
import type { RangePlanner } from './range-planner.ts';

type KnownChunks = {
  readonly size: number | undefined;
  /** Whether every chunk is here. */
  readonly isWhole: boolean;
  /** Of this run of the program. */
  readonly planner: RangePlanner | undefined;
  /** As it was recorded by an earlier one. */
  readonly recorded: ChunkMap | undefined;
};

/** The chunks of one download as a face shows them. */
export function chunksView(known: KnownChunks): ChunksView {
  const { size, isWhole, planner } = known;
  if (size === undefined) return { size: null, chunks: 0, verified: '', asked: [] };
  const chunks = chunkCount(size);
  const verified = isWhole ? ChunkMap.full(chunks) : verifiedChunks(chunks, known);
  // Of a size that was believed before, perhaps.
  const runs = !isWhole && planner?.chunkCount === chunks ? planner.runs : [];
  return {
    size,
    chunks,
    verified: toBase64(verified.toBytes()),
    asked: runs.flatMap(({ source: { id }, next, to }) =>
      next < to && isSourceId(id) ? [{ node: id, first: next, last: to - 1 }] : [],
    ),
  };
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
