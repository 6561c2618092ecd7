import { describe, expect, it } from 'vitest';
import type { Source } from '../../../src-main/contract/search.ts';
import { RANK_WEIGHTS, rank } from '../../../src-main/engine/search/ranking.ts';
import { source } from '../../support/search-fixtures.ts';

const networkOf = ({ nodeId }: Source): string => nodeId;
const base = {
  terms: ['blue', 'train'],
  name: 'blue train',
  descriptor: '',
  sources: [source(1)],
  supernodes: 1,
  pollution: 0,
  networkOf,
};

describe('the rank of a result', () => {
  it('is the weighted sum of its terms', () => {
    const { nameMatch, availability, agreement, total } = rank(base);
    const sum =
      RANK_WEIGHTS.nameMatch * nameMatch +
      RANK_WEIGHTS.availability * availability +
      RANK_WEIGHTS.agreement * agreement;
    expect(total).toBeCloseTo(sum);
    expect(nameMatch).toBe(1);
  });

  it('counts the sources of one network as the best of them', () => {
    const rack = [1, 2, 3].map((number) => source(number, { freeSlots: number - 1 }));
    const together = rank({ ...base, sources: rack, networkOf: () => '40.1.2' }).availability;
    expect(together).toBe(rank({ ...base, sources: [source(3, { freeSlots: 2 })] }).availability);
    expect(rank({ ...base, sources: rack }).availability).toBeGreaterThan(together);
  });

  it('is less by as much as signs say that it is polluted', () => {
    expect(rank({ ...base, pollution: 0.75 }).total).toBeCloseTo(rank(base).total / 4);
  });

  it('falls from whole words to starts, insides, the descriptor and nothing', () => {
    const match = (name: string, descriptor = '') => rank({ ...base, terms: ['train'], name, descriptor }).nameMatch;
    const order = [
      match('a train x'),
      match('trainsx a'),
      match('a xtrains'),
      match('aaaaaaaaa', 'train'),
      match('aaaaaaaaa'),
    ];
    expect([...order].sort((a, b) => b - a)).toEqual(order);
    expect(new Set(order).size).toBe(5);
  });

  it('rises with free sources and with independent supernodes', () => {
    const busy = rank({ ...base, sources: [source(1, { freeSlots: 0, queueLength: 9 })] }).availability;
    const free = rank({ ...base, sources: [source(1, { freeSlots: 1 })] }).availability;
    const two = rank({ ...base, sources: [source(1, { freeSlots: 1 }), source(2)] }).availability;
    expect([busy < rank(base).availability, rank(base).availability < free, free < two]).toEqual([true, true, true]);
    expect(rank({ ...base, supernodes: 3 }).agreement).toBeGreaterThan(rank(base).agreement);
  });
});
