import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import { VERDICTS } from '../../../src-main/contract/votes.ts';
import { judge, type WeighedVote, weightOf } from '../../../src-main/engine/votes/weight.ts';

const DAY = 24 * 3_600_000;
const vote = (more: Partial<WeighedVote> = {}): WeighedVote => ({
  ...{ verdict: 'good', block: '198.51.100', agreed: 0, disagreed: 0, ageMs: 0 },
  ...more,
});
const trusted = { agreed: 10, ageMs: 60 * DAY };

describe('the weight of a voter', () => {
  test('grows with agreement and age, and stays below 1', () => {
    const weights = [1, 2, 5, 20, 1000].map((agreed) => weightOf({ agreed, disagreed: 0, ageMs: 30 * DAY }));
    expect(weights).toEqual([...weights].sort((a, b) => a - b));
    expect(weights[0]).toBeCloseTo(1 / 3);
    expect(weights.at(-1)).toBeLessThan(1);
    const ages = [0, 15, 30, 90].map((days) => weightOf({ agreed: 8, disagreed: 0, ageMs: days * DAY }));
    expect(ages).toEqual([0.4, expect.closeTo(0.6), 0.8, 0.8]);
  });

  test('is 0 without an agreement, and after one lie for three of them', () => {
    expect(weightOf({ agreed: 0, disagreed: 0, ageMs: 365 * DAY })).toBe(0);
    expect(weightOf({ agreed: 3, disagreed: 1, ageMs: 365 * DAY })).toBe(0);
    expect(weightOf({ agreed: 4, disagreed: 1, ageMs: 365 * DAY })).toBeCloseTo(1 / 7);
  });
});

describe('an opinion', () => {
  test('says nothing where nobody does', () => {
    const counts = { good: 0, fake: 0, broken: 0, malware: 0, mislabelled: 0 };
    expect(judge([])).toEqual({ score: 0, known: 0, unknown: 0, counts });
  });

  test('follows those with whom the user agreed, the more of them the further', () => {
    const one = judge([vote({ ...trusted, verdict: 'fake' })]);
    expect(one).toMatchObject({ known: 1, unknown: 0, counts: { fake: 1 } });
    expect(one.score).toBeLessThan(-0.5);
    const blocks = ['1.1.1', '2.2.2', '3.3.3', '4.4.4'];
    const many = judge(blocks.map((block) => vote({ ...trusted, block, verdict: 'broken' })));
    expect(many.score).toBeLessThan(one.score);
    expect(many.score).toBeGreaterThanOrEqual(-0.9);
  });

  test('is moved by strangers by a tenth at most, however many and wherever they are', () => {
    const strangers = Array.from({ length: 1000 }, (_, at) => vote({ block: `10.${at >> 8}.${at & 255}` }));
    const { score, known, unknown } = judge(strangers);
    expect({ known, unknown }).toEqual({ known: 0, unknown: 1000 });
    expect(score).toBeGreaterThan(0.09);
    expect(score).toBeLessThanOrEqual(0.1);
    const bad = vote({ ...trusted, verdict: 'malware', block: '9.9.9' });
    expect(judge([bad, ...strangers]).score - judge([bad]).score).toBeLessThanOrEqual(0.1);
    expect(judge([bad, ...strangers]).score).toBeLessThan(-0.4);
  });

  test('counts a thousand keys of one block as one', () => {
    const keys = Array.from({ length: 1000 }, () => vote());
    expect(judge(keys)).toEqual(judge([vote()]));
    const copycats = Array.from({ length: 1000 }, () => vote({ ...trusted, verdict: 'good' }));
    expect(judge(copycats).score).toBeCloseTo(judge([vote({ ...trusted })]).score);
    expect(judge(copycats)).toMatchObject({ known: 1, counts: { good: 1 } });
    // And one honest voter elsewhere is worth as much as all of them.
    expect(judge([...copycats, vote({ ...trusted, block: '9.9.9', verdict: 'fake' })]).score).toBeCloseTo(0);
  });

  test('leaves out who had occasion to agree and did not', () => {
    const liar = vote({ disagreed: 1 });
    expect(judge([liar, vote({ agreed: 3, disagreed: 1, block: '7.7.7' })])).toEqual(judge([]));
  });

  test('of voters of one block who say different things is between them', () => {
    const mixed = [vote({ ...trusted }), vote({ ...trusted, verdict: 'fake' })];
    expect(judge(mixed).score).toBeCloseTo(0);
    expect(judge(mixed).known).toBe(1);
  });

  test('strangers lie within a block of somebody known, and add nothing', () => {
    const known = vote({ ...trusted, verdict: 'fake' });
    expect(judge([known, vote(), vote(), vote()])).toEqual(judge([known]));
  });

  test('keeps its bounds, whoever votes', () => {
    const any = fc.record({
      verdict: fc.constantFrom(...VERDICTS),
      block: fc.constantFrom('1.1.1', '2.2.2', '3.3.3', '4.4.4', '5.5.5'),
      agreed: fc.double({ min: 0, max: 1000, noNaN: true }),
      disagreed: fc.nat(20),
      ageMs: fc.integer({ min: -DAY, max: 1000 * DAY }),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 40 }), (votes) => {
        const { score, known, unknown, counts } = judge(votes);
        expect(Math.abs(score)).toBeLessThanOrEqual(1);
        expect(Object.values(counts).reduce((sum, count) => sum + count)).toBe(known + unknown);
        const strangers = votes.filter(({ agreed, disagreed }) => agreed + disagreed === 0);
        const others = votes.filter((one) => !strangers.includes(one));
        expect(Math.abs(score - judge(others).score)).toBeLessThanOrEqual(0.1 + 1e-9);
      }),
    );
  });
});
