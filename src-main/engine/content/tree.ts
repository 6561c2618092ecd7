import { NODE_BYTES } from './constants.ts';
import type { HashInto } from './hash-into.ts';

/**
 * Binary hash trees of BEP 52. A layer is a byte array of 32 bytes a node. A layer that is not full is continued, in thought, by the
 * padding node of its level: 32 zero bytes for leaves, and above that the hash of two padding nodes of the level below.
 */
export type Layer = {
  /** At least one node. */
  readonly nodes: Uint8Array;
  /** Level of `nodes` in the tree: 0 for leaves, 6 for chunks. */
  readonly level: number;
  /** Levels of pairing up to the wanted root, at least `levelsAbove` of the nodes and by default just that. */
  readonly height?: number;
};

/** How many nodes a layer has. */
export const nodeCount = (nodes: Uint8Array): number => nodes.length / NODE_BYTES;

/** Node `index` of a layer, as a view. */
export const nodeAt = (nodes: Uint8Array, index: number): Uint8Array =>
  nodes.subarray(index * NODE_BYTES, (index + 1) * NODE_BYTES);

/** How many levels of pairing lead from `nodes` nodes to one root: the exponent of the next power of two. */
export function levelsAbove(nodes: number): number {
  let levels = 0;
  while (2 ** levels < nodes) levels++;
  return levels;
}

/** The padding node of `level` (z of protocol section 6). */
export function paddingNode(level: number, hash: HashInto): Uint8Array {
  const pair = new Uint8Array(2 * NODE_BYTES);
  for (let i = 0; i < level; i++) {
    hash(pair, pair, 0);
    pair.copyWithin(NODE_BYTES, 0, NODE_BYTES);
  }
  return pair.slice(0, NODE_BYTES);
}

/** The node `height` levels above a layer that is padded to 2^height nodes. */
export function layerRoot({ nodes, level, height = levelsAbove(nodeCount(nodes)) }: Layer, hash: HashInto): Uint8Array {
  const work = new Uint8Array(nodes.length + NODE_BYTES);
  work.set(nodes);
  let count = nodeCount(nodes);
  for (let i = 0; i < height; i++) count = pairUp(work, count, { level: level + i, hash });
  return work.slice(0, NODE_BYTES);
}

/**
 * Replaces the first `count` nodes of `work` by the hashes of their pairs, the last one paired with padding when it is alone (`work`
 * then needs room for one node more). Returns how many nodes are left.
 */
export function pairUp(work: Uint8Array, count: number, { level, hash }: { level: number; hash: HashInto }): number {
  if (count % 2 === 1) work.set(paddingNode(level, hash), count * NODE_BYTES);
  const pairs = Math.ceil(count / 2);
  for (let i = 0; i < pairs; i++) {
    const at = 2 * i * NODE_BYTES;
    hash(work.subarray(at, at + 2 * NODE_BYTES), work, i * NODE_BYTES);
  }
  return pairs;
}
