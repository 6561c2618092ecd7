import { describe, expect, test } from 'vitest';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';

describe('ChunkMap', () => {
  test('adds and removes once', () => {
    const map = new ChunkMap(10);
    expect([map.add(9), map.add(9), map.has(9), map.has(8), map.count]).toEqual([true, false, true, false, 1]);
    expect([map.remove(9), map.remove(9), map.has(9), map.count]).toEqual([true, false, false, 0]);
  });

  test('puts chunk 0 into the highest bit and leaves unused bits 0', () => {
    const map = new ChunkMap(10);
    map.add(0);
    map.add(9);
    expect([...map.toBytes()]).toEqual([0b1000_0000, 0b0100_0000]);
    expect([...ChunkMap.full(10).toBytes()]).toEqual([0xff, 0b1100_0000]);
  });

  test('refuses bytes of another length and unused bits', () => {
    expect(ChunkMap.fromBytes(new Uint8Array([0xff, 0xc0]), 10)?.isFull).toBe(true);
    expect(ChunkMap.fromBytes(new Uint8Array([0xff, 0xe0]), 10)).toBeUndefined();
    expect(ChunkMap.fromBytes(new Uint8Array([0xff]), 10)).toBeUndefined();
    expect(ChunkMap.fromBytes(new Uint8Array([0xff, 0xc0, 0]), 10)).toBeUndefined();
    expect(ChunkMap.fromBytes(new Uint8Array([0xff]), 8)?.count).toBe(8);
  });

  test('finds the next missing and held chunk across whole bytes', () => {
    const map = new ChunkMap(100);
    map.addRange({ start: 3, end: 90 });
    expect([map.nextHeld(), map.nextMissing(3), map.nextMissing(0), map.nextHeld(90)]).toEqual([3, 90, 0, undefined]);
    expect(ChunkMap.full(16).nextMissing()).toBeUndefined();
  });

  test('lists its runs', () => {
    const map = new ChunkMap(20);
    map.addRange({ start: 0, end: 2 });
    map.addRange({ start: 5, end: 20 });
    expect([...map.heldRanges()]).toEqual([
      { start: 0, end: 2 },
      { start: 5, end: 20 },
    ]);
    expect([...map.missingRanges()]).toEqual([{ start: 2, end: 5 }]);
  });

  test('refuses chunks that the file has not', () => {
    const map = new ChunkMap(9);
    for (const index of [-1, 9, 15, 16]) {
      expect(() => map.has(index)).toThrow(RangeError);
      expect(() => map.add(index)).toThrow(RangeError);
    }
  });

  test('a copy is apart', () => {
    const map = new ChunkMap(3);
    const copy = map.copy();
    copy.add(1);
    expect([map.has(1), copy.has(1), copy.count]).toEqual([false, true, 1]);
  });
});
