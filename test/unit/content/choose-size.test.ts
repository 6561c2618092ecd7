import { describe, expect, test } from 'vitest';
import { chooseSize, TWIN_BYTES } from '../../../src-main/engine/content/choose-size.ts';
import { checkChunkLayer } from '../../../src-main/engine/content/chunk-layer.ts';
import { leafLayer } from '../../../src-main/engine/content/chunk-root.ts';
import { TreeHasher } from '../../../src-main/engine/content/tree-hasher.ts';
import { seededBytes, sha256Into } from '../../support/sha256.ts';

function hashOf(bytes: Uint8Array) {
  const hasher = new TreeHasher(sha256Into);
  hasher.update(bytes);
  return hasher.finish()?.hash;
}

describe('the 64-byte twin', () => {
  test('of a 32 KiB file has its root, and is refused when any source claims the real size', () => {
    const real = seededBytes(32 * 1024, 1);
    const twin = leafLayer(real, sha256Into);
    expect(twin).toHaveLength(TWIN_BYTES);
    const hash = hashOf(real);
    expect(hashOf(twin)).toBe(hash);
    if (!hash) throw new Error('no hash');
    // No tree can tell them apart: both pass.
    expect(checkChunkLayer(new Uint8Array(0), { hash, size: 64 }, sha256Into)).toBe(true);
    expect(chooseSize([64, 64, 64, 64, 32_768])).toBe(32_768);
  });

  test('is believed when it is the only claim, for there are real files of 64 bytes', () => {
    expect(chooseSize([64, 64])).toBe(64);
    expect(chooseSize([64, 5], new Set([5]))).toBe(64);
  });
});

describe('chooseSize', () => {
  test('takes the most claimed size, the larger one when equal', () => {
    expect(chooseSize([10, 20, 20, 30])).toBe(20);
    expect(chooseSize([10, 20])).toBe(20);
  });

  test('leaves out what was refuted, down to nothing', () => {
    expect(chooseSize([10, 20, 20], new Set([20]))).toBe(10);
    expect(chooseSize([20], new Set([20]))).toBeUndefined();
    expect(chooseSize([])).toBeUndefined();
  });
});
