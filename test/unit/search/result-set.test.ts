import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { type ResultPage, ResultSet } from '../../../src-main/engine/search/result-set.ts';
import { judgeOf } from '../../support/judges.ts';
import { hit, node, source } from '../../support/search-fixtures.ts';

const judge = judgeOf(() => DEFAULT_SETTINGS);
const fold = (text: string) => text.toLowerCase();
const resultsOf = (terms: readonly string[] = [], struck: ReadonlySet<string> = new Set()) =>
  new ResultSet({ terms, fold, isStruck: (supernode) => struck.has(supernode), judge: judge.begin(terms) });

describe('results', () => {
  it('are distinct by hash and size', () => {
    const results = resultsOf();
    results.add({ hits: [hit(1), hit(1, { size: 2000 }), hit(2)], namedBy: node(1), wave: 0 });
    expect(results.count).toBe(3);
  });

  it('are told when new, and again only when their sources change', () => {
    const results = resultsOf();
    const add = (number: number, namer: number) =>
      results.add({ hits: [hit(1, { sources: [source(number)] })], namedBy: node(namer), wave: namer });
    expect(add(5, 0)).toHaveLength(1);
    expect(add(5, 1)).toHaveLength(0);
    const [changed] = add(6, 2);
    expect(changed).toMatchObject({ wave: 0, namedBy: [node(0), node(1), node(2)] });
    expect(changed?.sources.map(({ nodeId }) => nodeId)).toEqual([node(5), node(6)]);
  });

  it('come in pages that no supernode can make large, and no row is left out', () => {
    const results = resultsOf();
    const many = Array.from({ length: 50 }, (_, at) => source(at));
    for (let row = 0; row < 1500; row++) {
      for (let part = 0; part < 4; part++) {
        const sources = many.map((one) => source(part * 50 + many.indexOf(one)));
        results.add({ hits: [hit(row, { sources })], namedBy: node(1), wave: 0 });
      }
    }
    const lengths: number[] = [];
    const seen = new Set<string>();
    for (let next: number | null = 0; next !== null; ) {
      const page: ResultPage = results.page(next, 2000);
      lengths.push(page.results.length);
      expect(JSON.stringify(page.results).length).toBeLessThan(12_000_000);
      for (const { hash, sources } of page.results) {
        expect(sources).toHaveLength(200);
        seen.add(hash);
      }
      next = page.next;
    }
    expect(seen.size).toBe(1500);
    expect(Math.max(...lengths)).toBeLessThan(200);
    expect(results.all()).toHaveLength(1500);
  });

  it('keep the addresses of a source that were known first', () => {
    const results = resultsOf();
    const at = (host: string) => source(5, { addresses: [{ host, port: 1 }] });
    results.add({ hits: [hit(1, { sources: [at('40.0.0.1')] })], namedBy: node(1), wave: 0 });
    for (let last = 2; last < 9; last++) {
      results.add({ hits: [hit(1, { sources: [at(`40.0.0.${last}`)] })], namedBy: node(2), wave: 0 });
    }
    const [row] = results.add({ hits: [hit(1, { sources: [source(6)] })], namedBy: node(3), wave: 0 });
    const addresses = row?.sources[0]?.addresses ?? [];
    expect([addresses[0]?.host, addresses.length]).toEqual(['40.0.0.1', 4]);
  });

  it('have the name that most supernodes agree on, not the one with most sources', () => {
    const results = resultsOf();
    const many = Array.from({ length: 50 }, (_, at) => source(100 + at));
    results.add({ hits: [hit(1, { name: 'bait.exe', type: 'software', sources: many })], namedBy: node(1), wave: 0 });
    results.add({ hits: [hit(1, { name: 'song.mp3', sources: [source(1)] })], namedBy: node(2), wave: 1 });
    const [row] = results.add({
      hits: [hit(1, { name: 'song.mp3', sources: [source(2)] })],
      namedBy: node(3),
      wave: 1,
    });
    expect(row).toMatchObject({ name: 'song.mp3', otherNames: ['bait.exe'], type: 'audio' });
  });

  it('are named by the many, however many names one was quick to give, and however many gave one each', () => {
    for (const liars of [1, 12]) {
      const results = resultsOf();
      const said = (name: string, namedBy: number) =>
        results.add({ hits: [hit(1, { name, sources: [source(namedBy)] })], namedBy: node(namedBy), wave: 0 });
      for (let at = 0; at < 12; at++) said(`setup${at} crack${at}.mp3.exe`, 100 + (at % liars));
      for (let at = 0; at < 20; at++) said('Blue Moon.mp3', at);
      const [row] = results.all();
      expect([row?.name, row?.pollution.isHidden, results.count]).toEqual(['Blue Moon.mp3', false, 1]);
    }
  });

  it('are what most supernodes say of them, whoever was first to lie under the true name', () => {
    const results = resultsOf(['blue']);
    const name = 'Blue Moon.mp3';
    const lie = {
      name,
      size: 5e6,
      type: 'software',
      extracted: { durationSeconds: 86_000, bitrateKbps: 1000 },
    } as const;
    const truth = { name, size: 5e6, type: 'audio', extracted: { durationSeconds: 200, bitrateKbps: 192 } } as const;
    results.add({ hits: [hit(1, { ...lie, sources: [source(99)] })], namedBy: node(99), wave: 0 });
    for (let at = 0; at < 15; at++)
      results.add({ hits: [hit(1, { ...truth, sources: [source(at)] })], namedBy: node(at), wave: 1 });
    const [row] = results.all();
    expect(row).toMatchObject({ type: truth.type, extracted: truth.extracted, pollution: { signs: [] } });
    expect(results.count).toBe(1);
  });

  it('are not given away by ten who are quick to say ten things of them', () => {
    const results = resultsOf(['blue']);
    const said = (at: number, durationSeconds: number) =>
      results.add({
        hits: [hit(1, { extracted: { durationSeconds }, sources: [source(at)] })],
        namedBy: node(at),
        wave: 0,
      });
    for (let at = 0; at < 12; at++) said(100 + at, 86_000 + at);
    for (let at = 0; at < 3; at++) said(at, 200);
    expect(results.all()[0]?.extracted).toEqual({ durationSeconds: 200 });
  });

  it('of struck supernodes only rank last and do not count', () => {
    const results = resultsOf(['song'], new Set([node(1)]));
    const [bad] = results.add({ hits: [hit(1, { name: 'song' })], namedBy: node(1), wave: 1 });
    const [good] = results.add({ hits: [hit(2, { name: 'something' })], namedBy: node(2), wave: 1 });
    expect([bad?.rank.total, results.count]).toEqual([0, 1]);
    expect(good?.rank.total).toBeGreaterThan(0);
  });

  it('of 64 bytes are believed at the end, and only if no source claims another size for the hash', () => {
    const results = resultsOf();
    const tiny = (hash: number) => hit(hash, { size: 64 });
    expect(results.add({ hits: [tiny(1), tiny(2), hit(2)], namedBy: node(1), wave: 0 })).toHaveLength(1);
    expect(results.settle().map(({ hash, size }) => [hash, size])).toEqual([[tiny(1).hash, 64]]);
    expect(results.count).toBe(2);
  });

  it('keep at most 200 sources, 10 names and 20 namers of one content', () => {
    const results = resultsOf();
    for (let at = 0; at < 300; at++) {
      results.add({ hits: [hit(1, { name: `name ${at}`, sources: [source(at)] })], namedBy: node(at), wave: 0 });
    }
    const more = source(0, { addresses: [{ host: '40.0.0.9', port: 9 }] });
    const [row] = results.add({ hits: [hit(1, { sources: [more] })], namedBy: node(1), wave: 0 });
    expect([row?.sources.length, row?.otherNames.length, row?.namedBy.length]).toEqual([200, 9, 20]);
  });

  it('have each source once and terms of rank between 0 and 1, whatever supernodes send', () => {
    const any = fc.record({
      hash: fc.nat(2),
      name: fc.string({ minLength: 1 }),
      source: fc.nat(1000),
      namer: fc.nat(100),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 60, size: 'max' }), (claims) => {
        const results = resultsOf(['a']);
        for (const { hash, name, source: from, namer } of claims) {
          const changed = results.add({
            hits: [hit(hash, { name, sources: [source(from)] })],
            namedBy: node(namer),
            wave: 0,
          });
          for (const { sources, otherNames, namedBy, rank } of changed) {
            expect(sources.length).toBeLessThanOrEqual(200);
            expect(new Set(sources.map(({ nodeId }) => nodeId)).size).toBe(sources.length);
            expect([otherNames.length <= 9, namedBy.length <= 20]).toEqual([true, true]);
            for (const term of Object.values(rank)) expect(term >= 0 && term <= 1).toBe(true);
          }
        }
        const all = results.all();
        expect(all).toHaveLength(new Set(claims.map(({ hash }) => hash)).size);
        expect(results.count).toBe(all.filter(({ pollution }) => !pollution.isHidden).length);
      }),
    );
  });
});
