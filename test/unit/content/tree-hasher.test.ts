import { describe, expect, test } from 'vitest';
import { toHex } from '../../../src-main/contract/bytes.ts';
import { TreeHasher } from '../../../src-main/engine/content/tree-hasher.ts';
import { referenceTree } from '../../support/reference-tree.ts';
import { seededBytes, sha256Into } from '../../support/sha256.ts';

const MIB = 2 ** 20;
const SIZES = [1, 64, 16_383, 16_384, 16_385, 49_152, MIB - 1, MIB, MIB + 1, 2 * MIB, 3 * MIB, 5 * MIB + 40_000];

function hashWhole(bytes: Uint8Array) {
  const hasher = new TreeHasher(sha256Into);
  hasher.update(bytes);
  return hasher.finish();
}

describe('TreeHasher', () => {
  test.each(SIZES)('names %i bytes as BEP 52 does', (size) => {
    const bytes = seededBytes(size, size);
    const { root, chunkLayer } = referenceTree(bytes);
    const hashed = hashWhole(bytes);
    expect(hashed?.hash).toBe(toHex(root));
    expect(hashed?.size).toBe(size);
    expect(toHex(hashed?.chunkLayer ?? new Uint8Array(1))).toBe(toHex(chunkLayer));
  });

  test('grows its chunk layer beyond its first room', () => {
    const bytes = new Uint8Array(70 * MIB + 1);
    const { root, chunkLayer } = referenceTree(bytes);
    const hashed = hashWhole(bytes);
    expect(hashed?.hash).toBe(toHex(root));
    expect(hashed?.chunkLayer).toHaveLength(71 * 32);
    expect(toHex(hashed?.chunkLayer ?? new Uint8Array(1))).toBe(toHex(chunkLayer));
  });

  test('gives nothing for an empty file', () => {
    const hasher = new TreeHasher(sha256Into);
    hasher.update(new Uint8Array(0));
    expect(hasher.finish()).toBeUndefined();
  });
});
