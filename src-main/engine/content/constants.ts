/** Sizes of the ContentHash (protocol section 6, BEP 52). */

/** Bytes of a leaf of the hash tree; fixed by BEP 52. */
export const LEAF_BYTES = 16 * 1024;
/** Leaves of a chunk. */
export const LEAVES_PER_CHUNK = 64;
/** Bytes of a chunk, the unit of verification, planning and partial sharing: 1 MiB. */
export const CHUNK_BYTES = LEAF_BYTES * LEAVES_PER_CHUNK;
/** The largest file that can be downloaded: its chunk layer takes 64 MiB, and a stranger may claim any size. */
export const MAX_FILE_BYTES = 2 * 2 ** 40;
/** Bytes of a node of the tree: one SHA-256. */
export const NODE_BYTES = 32;
/** Level of the chunk layer in the tree; leaves are level 0. */
export const CHUNK_LEVEL = Math.log2(LEAVES_PER_CHUNK);

/** How many chunks a file of `size` bytes has; the last one may be short. */
export const chunkCount = (size: number): number => Math.ceil(size / CHUNK_BYTES);

/** Bytes of chunk `index` of a file of `size` bytes; 0 beyond its end. */
export const chunkLength = (size: number, index: number): number =>
  Math.max(0, Math.min(CHUNK_BYTES, size - index * CHUNK_BYTES));

/** How many leaves `bytes` bytes have; the last one may be short. */
export const leafCount = (bytes: number): number => Math.ceil(bytes / LEAF_BYTES);

/**
 * How many leaves the tree gives each chunk of a file of `size` bytes: 64, or for a file of at most 1 MiB, which has no chunk
 * layer, the power of two that holds its own leaves.
 */
export const leavesOfChunk = (size: number): number =>
  size > CHUNK_BYTES ? LEAVES_PER_CHUNK : 2 ** Math.ceil(Math.log2(Math.max(1, leafCount(size))));

/** Bytes of the chunk layer of a file of `size` bytes: none for a file of at most 1 MiB, whose tree has no such layer. */
export const chunkLayerBytes = (size: number): number => (size > CHUNK_BYTES ? chunkCount(size) * NODE_BYTES : 0);
