import { equalBytes } from '../../contract/bytes.ts';
import type { Sha256 } from '../ports/sha256.ts';
import { NODE_BYTES } from './constants.ts';
import { hashInto } from './hash-into.ts';
import { type Layer, levelsAbove, nodeAt, nodeCount, paddingNode, pairUp } from './tree.ts';

/**
 * That node `index` of a layer belongs under the layer's root: the sibling at each level from the bottom up, 32 bytes each. For a
 * chunk under its file the layer is the chunk layer; for a leaf under its chunk, the leaf layer with the chunk's height.
 */
export function makeProof(
  { nodes, level, height = levelsAbove(nodeCount(nodes)) }: Layer,
  index: number,
  sha256: Sha256,
): Uint8Array {
  const hash = hashInto(sha256);
  const work = new Uint8Array(nodes.length + NODE_BYTES);
  work.set(nodes);
  const proof = new Uint8Array(height * NODE_BYTES);
  let count = nodeCount(nodes);
  for (let i = 0; i < height; i++) {
    const sibling = Math.floor(index / 2 ** i) ^ 1;
    proof.set(sibling < count ? nodeAt(work, sibling) : paddingNode(level + i, hash), i * NODE_BYTES);
    count = pairUp(work, count, { level: level + i, hash });
  }
  return proof;
}

/** Whether `proof` leads from `node` at `index` to `root`. The caller says how many levels there are: a proof of another length is none. */
export function checkProof(
  proof: Uint8Array,
  { node, index, height, root }: { node: Uint8Array; index: number; height: number; root: Uint8Array },
  sha256: Sha256,
): boolean {
  if (node.length !== NODE_BYTES || proof.length !== height * NODE_BYTES || index >= 2 ** height) return false;
  const pair = new Uint8Array(2 * NODE_BYTES);
  let current = node;
  for (let i = 0; i < height; i++) {
    const isRight = Math.floor(index / 2 ** i) % 2 === 1;
    pair.set(current, isRight ? NODE_BYTES : 0);
    pair.set(nodeAt(proof, i), isRight ? 0 : NODE_BYTES);
    current = sha256(pair);
  }
  return equalBytes(current, root);
}
