import { describe, expect, test } from 'vitest';
import { CHUNK_LEVEL } from '../../../src-main/engine/content/constants.ts';
import { checkProof, makeProof } from '../../../src-main/engine/content/proof.ts';
import { layerRoot, levelsAbove, nodeAt } from '../../../src-main/engine/content/tree.ts';
import { seededBytes, sha256, sha256Into } from '../../support/sha256.ts';

describe.each([1, 2, 3, 5, 8, 13])('proofs in a layer of %i chunks', (count) => {
  const layer = { nodes: seededBytes(32 * count, count), level: CHUNK_LEVEL };
  const height = levelsAbove(count);
  const root = layerRoot(layer, sha256Into);

  test('lead from every chunk to the root', () => {
    for (let index = 0; index < count; index++) {
      const proof = makeProof(layer, index, sha256);
      expect(checkProof(proof, { node: nodeAt(layer.nodes, index), index, height, root }, sha256)).toBe(true);
    }
  });

  test('are refused for another place, another node, another length', () => {
    const node = nodeAt(layer.nodes, 0);
    const proof = makeProof(layer, 0, sha256);
    expect(checkProof(proof, { node, index: 2 ** height, height, root }, sha256)).toBe(false);
    expect(checkProof(proof, { node: seededBytes(32, 99), index: 0, height, root }, sha256)).toBe(false);
    expect(checkProof(new Uint8Array(proof.length + 32), { node, index: 0, height, root }, sha256)).toBe(false);
    if (height > 0) expect(checkProof(proof, { node, index: 1, height, root }, sha256)).toBe(false);
  });
});

test('a leaf is proved under its chunk with the height of the chunk', () => {
  const leaves = { nodes: seededBytes(32 * 3, 4), level: 0, height: CHUNK_LEVEL };
  const root = layerRoot(leaves, sha256Into);
  const proof = makeProof(leaves, 2, sha256);
  expect(checkProof(proof, { node: nodeAt(leaves.nodes, 2), index: 2, height: CHUNK_LEVEL, root }, sha256)).toBe(true);
});
