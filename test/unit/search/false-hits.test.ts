import { describe, expect, it } from 'vitest';
import { FalseHits } from '../../../src-main/engine/search/false-hits.ts';
import { node } from '../../support/search-fixtures.ts';

function judge(outcomes: string) {
  const strikes: string[] = [];
  const falseHits = new FalseHits({ strike: (_, why) => strikes.push(why) });
  for (const outcome of outcomes) falseHits.report(node(1), outcome === 'x' ? 'false' : 'good');
  return { falseHits, strikes };
}

describe('a supernode that names sources without the file', () => {
  it('is not judged by fewer than 10', () => {
    expect(judge('xxxxxxxxx').falseHits.isStruck(node(1))).toBe(false);
  });

  it('is struck once above 20 %, and not at 20 %', () => {
    expect(judge('xx........').falseHits.isStruck(node(1))).toBe(false);
    const { falseHits, strikes } = judge('xx........xxx');
    expect([falseHits.isStruck(node(1)), falseHits.isStruck(node(2)), strikes.length]).toEqual([true, false, 1]);
  });

  it('is forgiven when what it names is good again', () => {
    expect(judge(`xxxxxxxxxx${'.'.repeat(60)}`).falseHits.isStruck(node(1))).toBe(false);
  });
});
