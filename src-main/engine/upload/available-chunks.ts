import type { ContentHash } from '../../contract/ids.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { Headers, IncomingRequest } from '../ports/index.ts';
import { AVAILABLE_HEADER, formatAvailableRanges } from '../wire/available-ranges.ts';
import type { Lease } from './open-files.ts';
import type { Swarms } from './swarms.ts';

type Asked = { readonly request: IncomingRequest; readonly hash: ContentHash; readonly lease: Lease };

/**
 * Chunks that may be sent to who asks, now; undefined: all. Of a file that is still loading those that are verified; of a whole one, to a
 * member of its swarm, those that no other member has got.
 */
export function availableChunks(swarms: Swarms, { request, hash, lease }: Asked): ChunkMap | undefined {
  if (lease.part) return lease.part.held();
  if (lease.size <= CHUNK_BYTES) return undefined;
  const file = { hash, size: lease.size };
  const member = swarms.memberOf(file, request);
  return member && swarms.offered(file, member);
}

/** `X-Available-Ranges`, where not all is available. `start`: the byte that was asked for. */
export const availableHeader = (available: ChunkMap | undefined, size: number, start: number): Headers =>
  available ? { [AVAILABLE_HEADER]: formatAvailableRanges(available, size, Math.floor(start / CHUNK_BYTES)) } : {};

/** The end of what is available without a gap from byte `start` on: `start` itself when that is not. */
export function availableTo(available: ChunkMap, size: number, start: number): number {
  const first = Math.floor(start / CHUNK_BYTES);
  if (!available.has(first)) return start;
  let chunk = first;
  while (chunk < available.length && available.has(chunk)) chunk++;
  return Math.min(chunk * CHUNK_BYTES, size);
}
