import { LEAF_BYTES, leafCount, NODE_BYTES } from './constants.ts';
import type { HashInto } from './hash-into.ts';
import { layerRoot, levelsAbove } from './tree.ts';

/** The leaf layer of `bytes`: the hash of each 16 KiB, the last one of what is left, not padded. */
export function leafLayer(bytes: Uint8Array, hash: HashInto): Uint8Array<ArrayBuffer> {
  const layer = new Uint8Array(leafCount(bytes.length) * NODE_BYTES);
  for (let at = 0, node = 0; at < bytes.length; at += LEAF_BYTES, node += NODE_BYTES) {
    hash(bytes.subarray(at, at + LEAF_BYTES), layer, node);
  }
  return layer;
}

/** The tree node of one chunk (not empty) that the tree gives `leaves` leaves: `leavesOfChunk` of the file's size. */
export function chunkRoot(bytes: Uint8Array, leaves: number, hash: HashInto): Uint8Array {
  return layerRoot({ nodes: leafLayer(bytes, hash), level: 0, height: levelsAbove(leaves) }, hash);
}
