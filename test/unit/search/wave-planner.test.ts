import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { narrowBlock, wideBlock } from '../../../src-main/contract/address-block.ts';
import { nodePrefix } from '../../../src-main/engine/search/node-prefix.ts';
import { HASH_WAVES, WavePlanner, WORD_WAVES, waveSize } from '../../../src-main/engine/search/wave-planner.ts';
import { entry, node, target, targets } from '../../support/search-fixtures.ts';

const SELF = node(9999);
const ids = (batch: readonly { entry: { nodeId: string } }[]) => batch.map(({ entry: { nodeId } }) => nodeId);
const count = (values: readonly string[], value: string) => values.filter((other) => other === value).length;

describe('the size of a wave', () => {
  it('is 8, then 32, then twice that while nothing was found', () => {
    expect(waveSize(WORD_WAVES, { wanted: 100, asked: 0, results: 0 })).toBe(8);
    expect(waveSize(WORD_WAVES, { wanted: 100, asked: 8, results: 0 })).toBe(32);
    expect(waveSize(WORD_WAVES, { wanted: 100, asked: 40, results: 0 })).toBe(64);
  });

  it('is what is wanted by the mean of what one brings, within 3 and 24', () => {
    expect(waveSize(WORD_WAVES, { wanted: 50, asked: 8, results: 40 })).toBe(10);
    expect(waveSize(WORD_WAVES, { wanted: 1, asked: 8, results: 800 })).toBe(3);
    expect(waveSize(WORD_WAVES, { wanted: 1000, asked: 8, results: 1 })).toBe(24);
  });

  it('is smaller for a query by hash', () => {
    fc.assert(
      fc.property(fc.nat(500), fc.nat(500), fc.nat(500), (wanted, asked, results) => {
        const need = { wanted, asked, results };
        expect(waveSize(HASH_WAVES, need)).toBeLessThan(waveSize(WORD_WAVES, need) + 1);
        expect(waveSize(WORD_WAVES, need)).toBeLessThanOrEqual(need.results === 0 ? 64 : 24);
        expect(waveSize(WORD_WAVES, need)).toBeGreaterThanOrEqual(3);
      }),
    );
  });
});

describe('the wave planner', () => {
  it('asks those with a session first, then named ones, then others that are known', () => {
    const planner = new WavePlanner(SELF);
    planner.name(node(1), [entry(50)]);
    const known = [target(10), target(30, { session: false })];
    expect(ids(planner.next(known, 8))).toEqual([node(10), node(50), node(30)]);
  });

  it('asks nobody twice, by NodeId or by address, and never this peer', () => {
    const planner = new WavePlanner(SELF);
    expect(planner.next(targets(1, 3), 8)).toHaveLength(3);
    const sameAddress = { ...target(70), entry: { ...entry(70), address: entry(1).address } };
    expect(planner.next([...targets(1, 3), sameAddress, target(9999)], 8)).toEqual([]);
  });

  it('leaves out those that an earlier parent asked', () => {
    const planner = new WavePlanner(SELF, [nodePrefix(node(1))]);
    expect(ids(planner.next(targets(1, 2), 8))).toEqual([node(2)]);
  });

  it('uses at most 4 of those that one supernode names in a whole search', () => {
    const planner = new WavePlanner(SELF);
    const named = Array.from({ length: 8 }, (_, at) => entry(100 + at));
    planner.name(node(1), named);
    expect(planner.next([], 24)).toHaveLength(4);
    planner.name(node(1), named);
    expect(planner.next([], 24)).toHaveLength(0);
    planner.name(node(2), named);
    expect(planner.next([], 24)).toHaveLength(4);
  });

  it('asks at most 2 of one /24 and 8 of one /16, over all waves', () => {
    const host = fc
      .tuple(fc.integer({ min: 40, max: 41 }), fc.nat(1), fc.nat(6))
      .map(([a, b, c]) => `${a}.${b}.${c}.7`);
    fc.assert(
      fc.property(
        fc.array(host, { minLength: 60, maxLength: 120, size: 'max' }),
        fc.integer({ min: 1, max: 24 }),
        (hosts, size) => {
          const planner = new WavePlanner(SELF);
          const known = hosts.map((at, number) => target(number, { host: at }));
          const asked: string[] = [];
          for (let batch = planner.next(known, size); batch.length > 0; batch = planner.next(known, size)) {
            expect(batch.length).toBeLessThanOrEqual(size);
            asked.push(...batch.map(({ entry: { address } }) => address.host));
          }
          for (const small of new Set(asked.map(narrowBlock))) {
            expect(count(asked.map(narrowBlock), small)).toBeLessThanOrEqual(2);
          }
          for (const large of new Set(asked.map(wideBlock))) {
            expect(count(asked.map(wideBlock), large)).toBeLessThanOrEqual(8);
          }
        },
      ),
    );
  });

  it('has no such limit within private and loopback ranges', () => {
    const planner = new WavePlanner(SELF);
    const known = Array.from({ length: 20 }, (_, at) => target(at, { host: at % 2 ? '127.0.0.1' : '10.1.1.9' }));
    expect(planner.next(known, 24)).toHaveLength(20);
  });
});
