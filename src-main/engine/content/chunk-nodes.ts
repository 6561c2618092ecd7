import { chunkRoot } from './chunk-root.ts';
import { CHUNK_BYTES, chunkCount, LEAVES_PER_CHUNK, NODE_BYTES } from './constants.ts';
import type { HashInto } from './hash-into.ts';

/** The piece of a chunk layer for `bytes`, which begin with a chunk of a file of more than 1 MiB and end with one or with the file. */
export function chunkNodes(bytes: Uint8Array, hash: HashInto): Uint8Array<ArrayBuffer> {
  const nodes = new Uint8Array(chunkCount(bytes.length) * NODE_BYTES);
  for (let chunk = 0; chunk * CHUNK_BYTES < bytes.length; chunk++) {
    const own = bytes.subarray(chunk * CHUNK_BYTES, (chunk + 1) * CHUNK_BYTES);
    nodes.set(chunkRoot(own, LEAVES_PER_CHUNK, hash), chunk * NODE_BYTES);
  }
  return nodes;
}
