import { describe, expect, test } from 'vitest';
import type { Random } from '../../src-main/engine/ports/index.ts';
import { pick, randomId, shuffle } from '../../src-main/engine/shuffle.ts';
import { SystemRandom } from '../../src-main/platform/system-random.ts';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';

const adapters: [string, () => Random][] = [
  ['SystemRandom', () => new SystemRandom()],
  ['SeededRandom(1)', () => new SeededRandom(1)],
];

describe.each(adapters)('%s', (_, make) => {
  test('bytes gives as many as asked, all values occurring', () => {
    const random = make();
    expect(random.bytes(0)).toHaveLength(0);
    const many = random.bytes(100_000);
    expect(many).toHaveLength(100_000);
    expect(new Set(many).size).toBe(256);
  });

  test('int stays below its bound and reaches all of it evenly', () => {
    const random = make();
    const counts = new Array<number>(6).fill(0);
    for (let draw = 0; draw < 60_000; draw++) {
      const drawn = random.int(6);
      counts[drawn] = (counts[drawn] ?? 0) + 1;
    }
    expect(counts).toHaveLength(6);
    // 10,000 each; 6 standard deviations are 550.
    for (const count of counts) expect(Math.abs(count - 10_000)).toBeLessThan(550);
  });

  test('int takes bounds from 1 to 2^32 and no other', () => {
    const random = make();
    expect(random.int(1)).toBe(0);
    const wide = Array.from({ length: 200 }, () => random.int(2 ** 32));
    expect(Math.max(...wide)).toBeGreaterThan(2 ** 31);
    for (const bad of [0, -1, 1.5, 2 ** 32 + 1, Number.NaN]) expect(() => random.int(bad)).toThrow(RangeError);
  });

  test('float lies in 0 to 1 with a mean of a half', () => {
    const random = make();
    let sum = 0;
    for (let draw = 0; draw < 50_000; draw++) {
      const drawn = random.float();
      if (drawn < 0 || drawn >= 1) throw new Error(`float gave ${drawn}`);
      sum += drawn;
    }
    // 6 standard deviations of the mean are 0.0078.
    expect(Math.abs(sum / 50_000 - 0.5)).toBeLessThan(0.0078);
  });

  test('shuffle keeps every item, leaves the original alone and favours no place', () => {
    const random = make();
    const items = Object.freeze(['a', 'b', 'c', 'd']);
    const firsts = new Map<string, number>();
    for (let round = 0; round < 8000; round++) {
      const mixed = shuffle(random, items);
      if (mixed.toSorted().join() !== 'a,b,c,d') throw new Error(mixed.join());
      firsts.set(mixed[0] ?? '', (firsts.get(mixed[0] ?? '') ?? 0) + 1);
    }
    // 2000 each; 6 standard deviations are 233.
    for (const item of items) expect(Math.abs((firsts.get(item) ?? 0) - 2000)).toBeLessThan(233);
  });

  test('pick gives each item, and undefined of none', () => {
    const random = make();
    const picked = new Set(Array.from({ length: 200 }, () => pick(random, [1, 2, 3])));
    expect(picked).toEqual(new Set([1, 2, 3]));
    expect(pick(random, [])).toBeUndefined();
  });

  test('randomId is hex of the length asked and differs each time', () => {
    const random = make();
    const ids = Array.from({ length: 100 }, () => randomId(random, 16));
    for (const id of ids) expect(id).toMatch(/^[0-9a-f]{32}$/);
    expect(new Set(ids).size).toBe(100);
  });
});

describe('SeededRandom alone', () => {
  test('the same seed gives the same numbers, another seed others', () => {
    const draw = (seed: number) => {
      const random = new SeededRandom(seed);
      return [random.int(1000), random.float(), ...random.bytes(8)];
    };
    expect(draw(42)).toEqual(draw(42));
    expect(draw(42)).not.toEqual(draw(43));
    expect(draw(42)).not.toEqual(draw(42 + 2 ** 32));
  });
});
