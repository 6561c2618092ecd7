import { describe, expect, test } from 'vitest';
import { fromHex, toHex } from '../../../src-main/contract/bytes.ts';
import {
  checkChunkLayer,
  checkLeafLayer,
  expectedChunkNode,
  fileRoot,
} from '../../../src-main/engine/content/chunk-layer.ts';
import { chunkRoot, leafLayer } from '../../../src-main/engine/content/chunk-root.ts';
import {
  CHUNK_BYTES,
  CHUNK_LEVEL,
  chunkCount,
  chunkLayerBytes,
  chunkLength,
  leavesOfChunk,
} from '../../../src-main/engine/content/constants.ts';
import { paddingNode } from '../../../src-main/engine/content/tree.ts';
import { TreeHasher } from '../../../src-main/engine/content/tree-hasher.ts';
import type { HashedFile } from '../../../src-main/engine/ports/index.ts';
import { seededBytes, sha256Into } from '../../support/sha256.ts';

function hashed(bytes: Uint8Array): HashedFile {
  const hasher = new TreeHasher(sha256Into);
  hasher.update(bytes);
  const file = hasher.finish();
  if (!file) throw new Error('empty');
  return file;
}

const chunkOf = (bytes: Uint8Array, index: number) => bytes.subarray(index * CHUNK_BYTES, (index + 1) * CHUNK_BYTES);
const SIZES = [1, 16_385, 49_152, 1_000_000, CHUNK_BYTES, CHUNK_BYTES + 1, 3 * CHUNK_BYTES + 20_000];

describe('geometry', () => {
  test.each([
    [1, 1, 1, 0],
    [16_384, 1, 1, 0],
    [16_385, 1, 2, 0],
    [49_152, 1, 4, 0],
    [CHUNK_BYTES - 1, 1, 64, 0],
    [CHUNK_BYTES, 1, 64, 0],
    [CHUNK_BYTES + 1, 2, 64, 64],
    [5 * CHUNK_BYTES + 40_000, 6, 64, 192],
  ])('%i bytes are %i chunks of %i leaves, with a chunk layer of %i bytes', (size, chunks, leaves, layerBytes) => {
    expect([chunkCount(size), leavesOfChunk(size), chunkLayerBytes(size)]).toEqual([chunks, leaves, layerBytes]);
  });

  test('the last chunk is what is left', () => {
    const size = CHUNK_BYTES + 7;
    expect([0, 1, 2].map((index) => chunkLength(size, index))).toEqual([CHUNK_BYTES, 7, 0]);
  });
});

describe('what strangers send', () => {
  test.each(SIZES)('each chunk of %i bytes hashes to the node that the file expects', (size) => {
    const bytes = seededBytes(size, 7);
    const file = hashed(bytes);
    for (let index = 0; index < chunkCount(size); index++) {
      const node = chunkRoot(chunkOf(bytes, index), leavesOfChunk(size), sha256Into);
      expect(toHex(node)).toBe(toHex(expectedChunkNode(file, file.chunkLayer, index)));
    }
  });

  test.each(SIZES)('the chunk layer of %i bytes is accepted, a changed or longer one refused', (size) => {
    const file = hashed(seededBytes(size, 8));
    expect(checkChunkLayer(file.chunkLayer, file, sha256Into)).toBe(true);
    expect(checkChunkLayer(new Uint8Array(file.chunkLayer.length + 32), file, sha256Into)).toBe(false);
    if (file.chunkLayer.length === 0) return;
    expect(toHex(fileRoot(file.chunkLayer, sha256Into))).toBe(file.hash);
    const changed = file.chunkLayer.slice();
    changed[40] = (changed[40] ?? 0) ^ 1;
    expect(checkChunkLayer(changed, file, sha256Into)).toBe(false);
    expect(checkChunkLayer(file.chunkLayer.subarray(32), file, sha256Into)).toBe(false);
  });

  test('the chunk layer of a shorter file, continued by its padding, is refused', () => {
    const file = hashed(seededBytes(2 * CHUNK_BYTES + 1, 8));
    const padded = new Uint8Array([...file.chunkLayer, ...paddingNode(CHUNK_LEVEL, sha256Into)]);
    expect(toHex(fileRoot(padded, sha256Into))).toBe(file.hash);
    expect(checkChunkLayer(padded, { ...file, size: 4 * CHUNK_BYTES }, sha256Into)).toBe(false);
  });

  test.each(SIZES)('the leaf layer of each chunk of %i bytes is accepted, a changed or padded one refused', (size) => {
    const bytes = seededBytes(size, 9);
    const file = hashed(bytes);
    for (let index = 0; index < chunkCount(size); index++) {
      const leaves = leafLayer(chunkOf(bytes, index), sha256Into);
      const place = { size, index, expected: expectedChunkNode(file, file.chunkLayer, index) };
      expect(checkLeafLayer(leaves, place, sha256Into)).toBe(true);
      const padded = new Uint8Array(leaves.length + 32);
      padded.set(leaves);
      expect(checkLeafLayer(padded, place, sha256Into)).toBe(false);
      leaves[0] = (leaves[0] ?? 0) ^ 1;
      expect(checkLeafLayer(leaves, place, sha256Into)).toBe(false);
    }
  });

  test('a chunk beyond the end has no leaf layer', () => {
    const expected = fromHex('00'.repeat(32));
    expect(checkLeafLayer(new Uint8Array(0), { size: 5, index: 1, expected }, sha256Into)).toBe(false);
  });
});
