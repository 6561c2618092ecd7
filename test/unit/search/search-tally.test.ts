import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { type Namer, SearchTally } from '../../../src-main/engine/search/search-tally.ts';
import { node } from '../../support/search-fixtures.ts';

const by = (number: number, block?: string, struck = false): Namer => ({
  own: false,
  nodeId: node(number),
  block,
  struck,
});

describe('what counts towards the end of a search', () => {
  it('is any distinct result of the own index', () => {
    const tally = new SearchTally();
    tally.begin(3);
    for (const unit of ['a', 'b', 'b', 'c']) tally.add(unit, { own: true });
    expect([tally.missing, tally.results]).toEqual([0, 3]);
  });

  it('is a quarter of what is wanted from one other supernode', () => {
    const tally = new SearchTally();
    tally.begin(8);
    for (let at = 0; at < 20; at++) tally.add(`${at}`, by(1));
    expect([tally.missing, tally.results]).toEqual([6, 20]);
  });

  it('is a result once another supernode names it that has not used up its share', () => {
    const tally = new SearchTally();
    tally.begin(4);
    for (const unit of ['a', 'b']) tally.add(unit, by(1));
    tally.add('b', by(2));
    expect(tally.missing).toBe(2);
  });

  it('is a half from one large address block, and no less from one private network', () => {
    const [public_, private_] = [new SearchTally(), new SearchTally()];
    for (const tally of [public_, private_]) tally.begin(8);
    for (let at = 0; at < 8; at++) {
      public_.add(`${at}`, by(at, '40.1'));
      private_.add(`${at}`, by(at));
    }
    expect([public_.missing, private_.missing]).toEqual([4, 0]);
  });

  it('is nothing of a struck supernode', () => {
    const tally = new SearchTally();
    tally.begin(4);
    tally.add('a', by(1, undefined, true));
    expect([tally.missing, tally.results]).toEqual([4, 1]);
  });

  it('is what an earlier parent found, but in a further run nothing that is known already', () => {
    const tally = new SearchTally();
    tally.begin(4, 3);
    tally.add('a', { own: true });
    expect([tally.missing, tally.results]).toEqual([0, 4]);
    tally.begin(2);
    tally.add('a', { own: true });
    expect(tally.missing).toBe(2);
    tally.add('b', { own: true });
    expect([tally.missing, tally.results]).toEqual([1, 5]);
  });

  it('never exceeds a share, whatever comes', () => {
    const claim = fc.record({ unit: fc.nat(60), namer: fc.nat(5), block: fc.nat(1) });
    fc.assert(
      fc.property(
        fc.integer({ min: 4, max: 100 }),
        fc.array(claim, { maxLength: 300, size: 'max' }),
        (wanted, claims) => {
          const tally = new SearchTally();
          tally.begin(wanted);
          // One supernode lies in one block.
          for (const { unit, namer } of claims) tally.add(`${unit}`, by(namer, `${namer % 2}`));
          const namers = new Set(claims.map(({ namer }) => namer)).size;
          const blocks = new Set(claims.map(({ namer }) => namer % 2)).size;
          const most = Math.min(namers * Math.floor(wanted / 4), blocks * Math.floor(wanted / 2));
          expect(wanted - tally.missing).toBeLessThanOrEqual(most);
          expect(tally.results).toBe(new Set(claims.map(({ unit }) => unit)).size);
        },
      ),
    );
  });
});
