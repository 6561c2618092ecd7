import { equalBytes, fromHex } from '../../contract/bytes.ts';
import type { ContentHash } from '../../contract/ids.ts';
import {
  CHUNK_LEVEL,
  chunkCount,
  chunkLayerBytes,
  chunkLength,
  leafCount,
  leavesOfChunk,
  NODE_BYTES,
} from './constants.ts';
import type { HashInto } from './hash-into.ts';
import { layerRoot, levelsAbove, nodeAt, paddingNode } from './tree.ts';

/** What names a file. */
export type FileName = { readonly hash: ContentHash; readonly size: number };

/** The root of a file of more than 1 MiB from its chunk layer. */
export function fileRoot(chunkLayer: Uint8Array, hash: HashInto): Uint8Array {
  return layerRoot({ nodes: chunkLayer, level: CHUNK_LEVEL }, hash);
}

/**
 * Whether `layer`, as a stranger sent it, is the chunk layer of the file: 32 bytes for each chunk and the right root. A file of at
 * most 1 MiB has none, so only an empty layer is right for it. One that ends with padding has the root of a shorter file.
 */
export function checkChunkLayer(layer: Uint8Array, { hash, size }: FileName, into: HashInto): boolean {
  if (layer.length !== chunkLayerBytes(size)) return false;
  if (layer.length === 0) return true;
  const last = nodeAt(layer, chunkCount(size) - 1);
  return !equalBytes(last, paddingNode(CHUNK_LEVEL, into)) && equalBytes(fileRoot(layer, into), fromHex(hash));
}

/** What chunk `index` must hash to: its node of a checked chunk layer, or the root of a file of one chunk. */
export function expectedChunkNode({ hash, size }: FileName, chunkLayer: Uint8Array, index: number): Uint8Array {
  return chunkCount(size) === 1 ? fromHex(hash) : nodeAt(chunkLayer, index);
}

/** Whether `layer`, as a stranger sent it, is the leaf layer of chunk `index`, whose node is `expected`. */
export function checkLeafLayer(
  layer: Uint8Array,
  { size, index, expected }: { readonly size: number; readonly index: number; readonly expected: Uint8Array },
  hash: HashInto,
): boolean {
  const leaves = leafCount(chunkLength(size, index));
  if (leaves === 0 || layer.length !== leaves * NODE_BYTES) return false;
  const height = levelsAbove(leavesOfChunk(size));
  return equalBytes(layerRoot({ nodes: layer, level: 0, height }, hash), expected);
}
