import { describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { at, judgeOf, kindsOf, searchWith } from '../../support/judges.ts';
import { hit } from '../../support/search-fixtures.ts';

describe('what the user finds bad', () => {
  const fake = (number: number) =>
    hit(number, {
      name: `film ${number}.mkv`,
      type: 'video',
      size: 5e8 + number,
      sources: [1, 2, 3, 4].map((one) => at(one)),
    });
  const other = (number: number) =>
    hit(number, {
      name: `film ${number}.mkv`,
      type: 'video',
      size: 6e8 + number,
      sources: [11, 12, 13].map((one) => at(one)),
    });
  const file = ({ hash, size, name }: ReturnType<typeof hit>) => ({ hash, size, name });

  it('teaches to mistrust its sources, over a restart, and saying otherwise takes it back', async () => {
    const kept: { text?: string } = {};
    const judge = judgeOf(() => DEFAULT_SETTINGS, kept);
    searchWith(judge)('film one', [fake(1), other(2)]);
    judge.taken(file(fake(1)));
    judge.did(file(fake(1)), 'deleted-soon');
    await judge.stop();
    const next = judgeOf(() => DEFAULT_SETTINGS, kept);
    await next.start();
    const found = (words: string) => searchWith(next)(words, [fake(3), other(4)]);
    const [suspect, clean] = found('film three');
    expect([kindsOf(suspect), kindsOf(clean)]).toEqual([['learned'], []]);
    expect(suspect?.pollution.isHidden).toBe(false);
    expect(suspect?.rank.total).toBeLessThan(clean?.rank.total ?? 0);
    next.said(file(fake(1)), 'good');
    expect(found('film four').map(kindsOf)).toEqual([[], []]);
    next.said(file(fake(1)), 'malware');
    const before = found('film five')[0]?.pollution.score ?? 0;
    expect(before).toBeGreaterThan(suspect?.pollution.score ?? 1);
    next.did(file(fake(1)), 'kept');
    expect(found('film six')[0]?.pollution.score).toBe(before);
  });

  it('is still known after a restart, however long folding makes the words of a name', async () => {
    const kept: { text?: string } = {};
    const judge = judgeOf(() => DEFAULT_SETTINGS, kept);
    searchWith(judge)('film one', [fake(1)]);
    judge.said(file(fake(1)), 'fake');
    // Each letter becomes five of one word.
    judge.said({ ...file(other(2)), name: `${'\u3300'.repeat(200)}.mkv` }, 'fake');
    await judge.stop();
    const next = judgeOf(() => DEFAULT_SETTINGS, kept);
    await next.start();
    expect(kindsOf(searchWith(next)('film three', [fake(3)])[0])).toContain('learned');
  });

  it('makes those suspect who share what its sources share, and nobody for what he shares alone or with others', () => {
    const judge = judgeOf(() => DEFAULT_SETTINGS);
    const find = searchWith(judge);
    const shared = (number: number, by: readonly number[]) =>
      hit(number, { name: `tape ${number}.flac`, size: 7e7 + number, sources: by.map((one) => at(one)) });
    const scoreOf = (number: number, by: readonly number[]) =>
      find(`album ${number}`, [shared(number, by)])[0]?.pollution.score ?? Number.NaN;
    find('film one', [fake(1)]);
    judge.said(file(fake(1)), 'fake');
    // 21 and 22 share one with two who had the fake, 31 and 32 one with nobody of them, 1 has others by himself.
    find('tape fifty', [shared(50, [1, 2, 21, 22]), shared(51, [31, 32, 33])]);
    const once = scoreOf(52, [21, 22]);
    expect(once).toBeGreaterThan(0.1);
    expect(scoreOf(53, [31, 32])).toBe(0);
    const alone = scoreOf(54, [1]);
    expect(scoreOf(55, [1])).toBe(alone);
    // However much they share, it does not hide anything by itself.
    for (let number = 60; number < 80; number++) find(`reel ${number}`, [shared(number, [1, 2, 3, 21, 22])]);
    const often = scoreOf(90, [21, 22]);
    expect(often).toBeGreaterThan(once);
    expect(often).toBeLessThanOrEqual(0.8);
    const known = scoreOf(91, [1]);
    // Nor do names by the thousand beside one that is known push out what the user said himself.
    for (let number = 0; number < 300; number++)
      find(`flood ${number}`, [
        shared(1000 + number, [1, 2, 3, ...Array.from({ length: 17 }, (_, n) => 5000 + number * 17 + n)]),
      ]);
    expect(scoreOf(92, [1])).toBe(known);
    // The user was wrong: then so was what followed from it, and a lesson of another kind does not bring it back.
    judge.said(file(fake(1)), null);
    judge.said({ hash: other(2).hash, size: 1, name: 'x.mkv' }, 'fake');
    expect(scoreOf(93, [21, 22])).toBe(0);
  });

  it('says little of the one source of a rare file, which fetched a fake as anybody may', () => {
    const judge = judgeOf(() => DEFAULT_SETTINGS);
    searchWith(judge)('film one', [fake(1)]);
    judge.said(file(fake(1)), 'fake');
    const [rare] = searchWith(judge)('field recording', [
      hit(9, { name: 'field recording.flac', size: 7e7, sources: [at(1)] }),
    ]);
    expect(rare?.pollution.score).toBeLessThan(0.6);
  });
});
