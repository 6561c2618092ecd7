import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import {
  inviteChance,
  isLeastLoaded,
  medianUse,
  probationPlaces,
  stepDownChance,
  USABLE,
  useOf,
} from '../../../src-main/engine/overlay/election/need.ts';

const use = fc.double({ min: 0, max: 1, noNaN: true });

describe('use of a supernode', () => {
  test('is that of the scarcer of places and queries', () => {
    expect(useOf({ children: 75, fullCapacity: 150, queriesPerMinute: 600 }, 100)).toBe(0.5);
    expect(useOf({ children: 15, fullCapacity: 150, queriesPerMinute: 4800 }, 100)).toBe(0.8);
  });

  test('is between 0 and 1, whatever was declared', () => {
    const declared = fc.nat();
    fc.assert(
      fc.property(declared, declared, declared, (children, fullCapacity, queriesPerMinute) => {
        const value = useOf({ children, fullCapacity, queriesPerMinute }, 100);
        return value >= 0 && value <= 1;
      }),
    );
  });
});

test('fewer than half of those known cannot move the median beyond what honest ones say', () => {
  fc.assert(
    fc.property(fc.array(use, { minLength: 1, maxLength: 25 }), fc.infiniteStream(use), (honest, lies) => {
      const told = [...honest, ...[...lies.take(honest.length - 1)]];
      const value = medianUse(told);
      return value >= Math.min(...honest) && value <= Math.max(...honest);
    }),
  );
});

test('the chances meet at the use that is aimed at, and never both are there', () => {
  expect(inviteChance(0.75)).toBe(0);
  expect(inviteChance(0.9)).toBeCloseTo(0.9 / USABLE - 1);
  expect(stepDownChance(0.5, 100)).toBe(0);
  expect(stepDownChance(0.13, 100)).toBeCloseTo(0.8);
  fc.assert(fc.property(use, (value) => inviteChance(value) * stepDownChance(value, 100) === 0));
});

test('none steps down where the others would carry more than they should', () => {
  expect(stepDownChance(0.49, 4)).toBe(0);
  expect(stepDownChance(0.49, 5)).toBeGreaterThan(0);
  expect(stepDownChance(0, 1)).toBeGreaterThan(0);
});

test('of any number of equal supernodes a third may step down', () => {
  fc.assert(
    fc.property(use, fc.integer({ min: 0, max: 30 }), (value, others) => {
      const equal = Array.from({ length: others }, () => value);
      const chances = Array.from({ length: 300 }, (_, at) => at / 300);
      const share = chances.filter((chance) => isLeastLoaded(value, equal, chance)).length / 300;
      return others < 2 ? share === 1 || share > 1 / 3 : Math.abs(share - (others + 1) / 3 / others) < 0.01;
    }),
  );
});

test('places double with each step, up to all of them', () => {
  const places = (minutes: number) => probationPlaces(minutes * 60_000, { first: 10, stepMs: 600_000, full: 150 });
  expect([0, 9, 10, 25, 30, 40, 10_000].map(places)).toEqual([10, 10, 20, 40, 80, 150, 150]);
  expect(probationPlaces(0, { first: 10, stepMs: 0, full: 150 })).toBe(10);
});
