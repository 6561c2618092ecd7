import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import type { Hit } from '../../../src-main/contract/search.ts';
import { packHits } from '../../../src-main/engine/search/pack-hits.ts';
import { fitHits } from '../../../src-main/engine/supernode/fit-hits.ts';
import type { Hits } from '../../../src-main/engine/wire/messages/hits.ts';
import { decodeMessage, encodeMessage } from '../../../src-main/engine/wire/session-message.ts';
import { hit, hits, searchId, source } from '../../support/search-fixtures.ts';
import { hashOf, Voter } from '../../support/voters.ts';

const HEAD = { type: 'hits', id: searchId(1) } as const;
const LONGEST = { size: Number.MAX_SAFE_INTEGER, sequence: Number.MAX_SAFE_INTEGER };
const KIB_64 = 64 * 1024;
const bytesOf = (text: string) => new TextEncoder().encode(text).length;
const crowd = (count: number) => Array.from({ length: count }, (_, at) => source(at));

const inParts = ({ hash, size, sources, ...shown }: Hit) => ({
  ...{ hash, size, shown: JSON.stringify(shown) },
  sources: sources.map((one) => JSON.stringify(one)),
});
/** As it arrives. */
const fitted = (given: readonly Hit[]): Hits => JSON.parse(fitHits(HEAD, { hits: given.map(inParts), more: false }));

describe('an answer', () => {
  it('keeps to 64 KiB and 200 hits and can be decoded, for any hits', () => {
    const any = fc.record({
      name: fc
        .string({ unit: 'binary', minLength: 1, maxLength: 120 })
        .map((name) => name.replace(/^\.{1,2}$|[/\0]/g, '-')),
      sources: fc.integer({ min: 1, max: 50 }).map(crowd),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 300, size: 'max' }), (claims) => {
        const given = claims.map((claim, at) => hit(at, claim));
        const packed = packHits(HEAD, { hits: given, more: false }).map(encodeMessage);
        for (const text of [fitHits(HEAD, { hits: given.map(inParts), more: false }), ...packed]) {
          expect(bytesOf(text)).toBeLessThanOrEqual(KIB_64);
          expect(decodeMessage(text)).toMatchObject({ ok: true });
        }
      }),
      { numRuns: 30 },
    );
  });

  it('keeps to 64 KiB with all the votes that it may hold, which have a message of their own to a client', () => {
    const voter = new Voter();
    const votes = Array.from({ length: 64 }, () => voter.listed(hashOf(1), 'mislabelled', LONGEST));
    const given = hits(0, 100).map((one) => ({ ...one, sources: crowd(50) }));
    const text = fitHits({ ...HEAD, votes }, { hits: given.map(inParts), more: false });
    expect(bytesOf(text)).toBeLessThanOrEqual(KIB_64);
    expect(decodeMessage(text)).toMatchObject({ ok: true, message: { votes } });
    const packed = packHits(HEAD, { hits: given, more: false, votes, host: '2001:db8::1' });
    expect(packed.at(-1)).toEqual({ ...HEAD, hits: [], more: false, votes, host: '2001:db8::1' });
    for (const message of packed.map(encodeMessage)) expect(bytesOf(message)).toBeLessThanOrEqual(KIB_64);
  });

  it('leaves out sources before contents', () => {
    const given = hits(0, 100).map((one) => ({ ...one, sources: crowd(50) }));
    const { hits: kept, more } = fitted(given);
    expect([kept.length, more, (kept[0]?.sources.length ?? 0) < 50]).toEqual([100, false, true]);
  });

  it('says that there was more when hits were left out', () => {
    expect(fitted(hits(0, 201)).more).toBe(true);
    expect(fitted(hits(0, 200))).toEqual({ ...HEAD, hits: hits(0, 200), more: false });
  });

  it('is split into as many messages as its hits need, losing none', () => {
    const given = hits(0, 450);
    const messages = packHits(HEAD, { hits: given, more: false });
    expect(messages.flatMap((message) => message.hits)).toEqual(given);
    expect(packHits(HEAD, { hits: [], more: true })).toEqual([]);
  });
});
