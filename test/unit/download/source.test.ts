import { describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { Source } from '../../../src-main/engine/download/source.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';

const nodeOf = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;
const makeSource = () => new Source(nodeOf(1), { clock: new VirtualClock(), settings: () => DEFAULT_SETTINGS });
const hit = (number: number) => ({ nodeId: nodeOf(1), addresses: [], size: number, namedBy: nodeOf(1000 + number) });

describe('what strangers say of a source', () => {
  test('is kept for the first of them, however many come', () => {
    const source = makeSource();
    for (let number = 1; number <= 1000; number++) source.learn(hit(number));
    expect([...source.sizes]).toEqual([1, 2, 3, 4, 5, 6, 7, 8]);
    expect(source.namedBy.size).toBe(20);
    expect(source.namedBy.has(nodeOf(1001))).toBe(true);
  });

  test('is news only as long as it is kept', () => {
    const source = makeSource();
    expect(source.learn(hit(1))).toBe(true);
    expect(source.learn(hit(1))).toBe(false);
    for (let number = 2; number <= 20; number++) source.learn(hit(number));
    expect(source.learn(hit(21))).toBe(false);
  });
});
