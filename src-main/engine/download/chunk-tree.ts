import type { ContentHash } from '../../contract/ids.ts';
import { expectedChunkNode } from '../content/chunk-layer.ts';
import { CHUNK_BYTES, chunkCount, chunkLength, leavesOfChunk } from '../content/constants.ts';

/** What each chunk of a known file must hash to. */
export class ChunkTree {
  readonly hash: ContentHash;
  readonly size: number;
  readonly chunkCount: number;
  /** 32 bytes a chunk; empty for a file of one chunk, whose node is the root itself. */
  readonly layer: Uint8Array;

  constructor(hash: ContentHash, size: number, layer: Uint8Array) {
    this.hash = hash;
    this.size = size;
    this.chunkCount = chunkCount(size);
    this.layer = layer;
  }

  /** A copy: a view would take the whole layer along when it travels to another thread. */
  node(chunk: number): Uint8Array {
    return expectedChunkNode(this, this.layer, chunk).slice();
  }

  /** Leaves that the tree gives each chunk. */
  get leaves(): number {
    return leavesOfChunk(this.size);
  }

  span(chunk: number): { readonly start: number; readonly bytes: number } {
    return { start: chunk * CHUNK_BYTES, bytes: chunkLength(this.size, chunk) };
  }
}
