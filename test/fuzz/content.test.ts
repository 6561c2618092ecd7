import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { toHex } from '../../src-main/contract/bytes.ts';
import { ChunkMap } from '../../src-main/engine/content/chunk-map.ts';
import { checkProof, makeProof } from '../../src-main/engine/content/proof.ts';
import { layerRoot, levelsAbove, nodeAt } from '../../src-main/engine/content/tree.ts';
import { TreeHasher } from '../../src-main/engine/content/tree-hasher.ts';
import { referenceTree } from '../support/reference-tree.ts';
import { seededBytes, sha256, sha256Into } from '../support/sha256.ts';

describe('tree', () => {
  test('is the same whatever the pieces that the bytes arrive in', () => {
    const sizes = fc.oneof(fc.integer({ min: 1, max: 100_000 }), fc.integer({ min: 1_000_000, max: 2_200_000 }));
    const cuts = fc.array(fc.integer({ min: 0, max: 400_000 }), { maxLength: 12 });
    fc.assert(
      fc.property(sizes, fc.nat(), cuts, (size, seed, pieces) => {
        const bytes = seededBytes(size, seed);
        const hasher = new TreeHasher(sha256Into);
        let at = 0;
        for (const piece of pieces) {
          hasher.update(bytes.subarray(at, at + piece));
          at = Math.min(size, at + piece);
        }
        hasher.update(bytes.subarray(at));
        const { root, chunkLayer } = referenceTree(bytes);
        const hashed = hasher.finish();
        expect(hashed?.hash).toBe(toHex(root));
        expect(toHex(hashed?.chunkLayer ?? new Uint8Array(1))).toBe(toHex(chunkLayer));
      }),
      { numRuns: 60 },
    );
  });

  test('proves each node of a layer, and no node at another place', () => {
    const layers = fc.integer({ min: 2, max: 70 }).chain((count) =>
      fc.record({
        nodes: fc.uint8Array({ minLength: 32 * count, maxLength: 32 * count }).filter((nodes) => isDistinct(nodes)),
        index: fc.integer({ min: 0, max: count - 1 }),
        other: fc.integer({ min: 0, max: count - 1 }),
        level: fc.integer({ min: 0, max: 8 }),
      }),
    );
    fc.assert(
      fc.property(layers, ({ nodes, index, other, level }) => {
        const height = levelsAbove(nodes.length / 32);
        const root = layerRoot({ nodes, level }, sha256Into);
        const proof = makeProof({ nodes, level }, index, sha256);
        const claim = { node: nodeAt(nodes, index), height, root };
        expect(checkProof(proof, { ...claim, index: other }, sha256)).toBe(other === index);
      }),
    );
  });
});

function isDistinct(nodes: Uint8Array): boolean {
  const texts = new Set<string>();
  for (let i = 0; i < nodes.length / 32; i++) texts.add(toHex(nodeAt(nodes, i)));
  return texts.size === nodes.length / 32;
}

describe('ChunkMap', () => {
  const steps = fc.integer({ min: 1, max: 200 }).chain((length) =>
    fc.record({
      length: fc.constant(length),
      steps: fc.array(fc.tuple(fc.boolean(), fc.integer({ min: 0, max: length - 1 })), { maxLength: 300 }),
    }),
  );

  test('behaves as a set of numbers, and survives its bytes', () => {
    fc.assert(
      fc.property(steps, ({ length, steps }) => {
        const map = new ChunkMap(length);
        const model = new Set<number>();
        for (const [isAdd, index] of steps) {
          if (isAdd) expect(map.add(index)).toBe(!model.has(index) && Boolean(model.add(index)));
          else expect(map.remove(index)).toBe(model.delete(index));
        }
        const held = [...model].toSorted((a, b) => a - b);
        const read = ChunkMap.fromBytes(map.toBytes(), length);
        for (const each of [map, read]) {
          expect(each?.count).toBe(held.length);
          const listed = [...(each?.heldRanges() ?? [])].flatMap(({ start, end }) => indexes(start, end));
          expect(listed).toEqual(held);
          const missing = [...(each?.missingRanges() ?? [])].flatMap(({ start, end }) => indexes(start, end));
          expect(missing).toEqual(indexes(0, length).filter((index) => !model.has(index)));
        }
      }),
    );
  });

  test('reads any bytes or refuses them, and what it reads it writes alike', () => {
    fc.assert(
      fc.property(fc.uint8Array({ maxLength: 20 }), fc.integer({ min: 0, max: 170 }), (bytes, length) => {
        const map = ChunkMap.fromBytes(bytes, length);
        const unused = bytes.length * 8 - length;
        const fits = unused >= 0 && unused < 8 && ((bytes.at(-1) ?? 0) & ((1 << unused) - 1)) === 0;
        expect(map !== undefined).toBe(fits);
        if (map) expect(toHex(map.toBytes())).toBe(toHex(bytes));
      }),
    );
  });
});

const indexes = (start: number, end: number) => Array.from({ length: end - start }, (_, i) => start + i);
