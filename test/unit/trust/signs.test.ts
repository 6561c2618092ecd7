import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { FILE_TYPES, type FileType } from '../../../src-main/contract/descriptor.ts';
import type { SearchResult } from '../../../src-main/contract/search.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { fold } from '../../../src-main/engine/fold.ts';
import { ResultSet } from '../../../src-main/engine/search/result-set.ts';
import { at, judgeOf, kindsOf, searchWith } from '../../support/judges.ts';
import { content, hit, node } from '../../support/search-fixtures.ts';

const world = (hideAbove = DEFAULT_SETTINGS['trust.hide-above']) =>
  searchWith(judgeOf(() => ({ ...DEFAULT_SETTINGS, 'trust.hide-above': hideAbove })));

const search = (words: string, hits: readonly ReturnType<typeof hit>[]) => world()(words, hits);

describe('a name', () => {
  it('that hides the ending of a program behind another is hidden', () => {
    const names = [
      'song.mp3.exe',
      'song.mp3          .scr'.replace('.scr', '.exe'),
      'song \u202e3pm.exe',
      'holiday.jpg .bat',
      'report.PDF.EXE',
    ];
    for (const name of names) {
      const [result] = search('song', [hit(1, { name, type: 'software', sources: [at(1)] })]);
      expect([name, kindsOf(result)?.[0], result?.pollution.isHidden]).toEqual([name, 'disguised-name', true]);
      expect(result?.rank.total).toBeLessThan(0.05);
    }
  });

  it('of an honest program, archive or song is no sign', () => {
    for (const [name, type] of [
      ['setup-1.2.3.exe', 'software'],
      ['my.band - live.mp3', 'audio'],
      ['backup.2019.tar.gz', 'archive'],
      ['notes.txt', 'document'],
      ['movie.trailer.mkv', 'video'],
      ['Mr. Smith.pdf', 'document'],
    ] as const) {
      const [result] = search('anything', [hit(1, { name, type, size: 5e6, sources: [at(1)] })]);
      expect([name, result?.pollution]).toEqual([name, { score: 0, signs: [], isHidden: false }]);
    }
  });

  it('whose ending is of another kind than it is said to be, is a sign', () => {
    expect(kindsOf(search('x', [hit(1, { name: 'song.mp3', type: 'software', sources: [at(1)] })])[0])).toEqual([
      'type-disagrees',
    ]);
  });

  it('that independent sources do not agree on is a sign; one liar against many is none', () => {
    const named = (name: string, number: number) => hit(1, { name, sources: [at(number)] });
    const [apart] = search('blue', [
      named('blue train.mp3', 1),
      named('holiday in rome.mp3', 2),
      named('zebra.mp3', 3),
    ]);
    expect(kindsOf(apart)).toContain('names-disagree');
    const honest = [1, 2, 3, 4].map((number) => named(`${number} blue train (live).mp3`, number));
    const [agreed] = search('blue', [...honest, named('virus.mp3', 9)]);
    expect(kindsOf(agreed)).toEqual([]);
  });
});

describe('what a download has found by its bytes', () => {
  const knowing = (type?: FileType) => {
    const judge = judgeOf(
      () => DEFAULT_SETTINGS,
      {},
      undefined,
      () => type,
    );
    const [result] = searchWith(judge)('song', [hit(1, { name: 'a song.mp3', sources: [at(1)] })]);
    return result?.pollution;
  };

  it('is a sign that hides by itself, where the name says something else', () => {
    for (const found of ['software', 'image', 'archive'] as const) {
      const sign = { kind: 'content-type', weight: 0.9, params: { found, ending: 'mp3' } };
      expect(knowing(found)).toEqual({ score: 0.9, signs: [sign], isHidden: true });
    }
  });

  it('is none where that fits, or nothing was found', () => {
    for (const found of ['audio', 'video', undefined] as const) expect(knowing(found)?.signs).toEqual([]);
  });

  it('counts at once in a search that is shown already', () => {
    let found: FileType | undefined;
    const judge = judgeOf(
      () => DEFAULT_SETTINGS,
      {},
      undefined,
      () => found,
    );
    const results = new ResultSet({ terms: ['song'], fold, isStruck: () => false, judge: judge.begin(['song']) });
    results.add({ hits: [hit(1, { name: 'a song.mp3', sources: [at(1)] })], namedBy: node(1000), wave: 0 });
    results.settle();
    expect(results.all()[0]?.pollution.isHidden).toBe(false);
    found = 'software';
    expect(results.all()[0]?.pollution.isHidden).toBe(true);
  });
});

describe('a size', () => {
  it('that does not fit what the descriptor says is a sign', () => {
    const sized = (size: number, extracted: object, type: 'audio' | 'video' | 'image' = 'audio') => {
      const name = { audio: 'a.mp3', video: 'a.mkv', image: 'a.jpg' }[type];
      return kindsOf(search('x', [hit(1, { name, type, size, extracted, sources: [at(1)] })])[0]);
    };
    expect(sized(100_000, { durationSeconds: 240, bitrateKbps: 192 })).toEqual(['size-impossible']);
    expect(sized(5_760_000, { durationSeconds: 240, bitrateKbps: 192 })).toEqual([]);
    // Ogg tells what is usual: quiet music at 23 kbit/s.
    expect(sized(690_000, { durationSeconds: 240, bitrateKbps: 80 })).toEqual([]);
    expect(sized(50_000, { durationSeconds: 3600 })).toEqual(['size-impossible']);
    expect(sized(5e6, { durationSeconds: 7200 }, 'video')).toEqual(['size-impossible']);
    expect(sized(7e8, { durationSeconds: 7200 }, 'video')).toEqual([]);
    expect(sized(2000, { width: 6000, height: 4000 }, 'image')).toEqual(['size-impossible']);
    expect(sized(4e6, { width: 6000, height: 4000 }, 'image')).toEqual([]);
  });
});

describe('what a descriptor says of the inside', () => {
  const lie = { type: 'software', extracted: { durationSeconds: 86_000, bitrateKbps: 1000 } } as const;
  const told = (liars: number, honest: number) => {
    const named = (number: number, more: object) =>
      hit(1, { name: 'song.mp3', size: 5e6, sources: [at(number)], ...more });
    return kindsOf(
      search('song', [
        ...Array.from({ length: liars }, (_, number) => named(number, lie)),
        ...Array.from({ length: honest }, (_, number) => named(100 + number, {})),
      ])[0],
    );
  };

  it('is a sign where all say it, or two who are independent and more than the others', () => {
    const both = ['size-impossible', 'type-disagrees'];
    expect([told(1, 0), told(2, 1), told(3, 2)]).toEqual([both, both, both]);
  });

  it('is none where as many say otherwise, or more', () => {
    expect([told(1, 1), told(1, 2), told(2, 3)]).toEqual([[], [], []]);
  });
});

describe('sources', () => {
  it('in one network count as one operator', () => {
    const crowd = Array.from({ length: 12 }, (_, number) => at(number, 7));
    const spread = Array.from({ length: 12 }, (_, number) => at(100 + number, 300 + number));
    const [crowded, honest] = search('blue train', [
      hit(1, { name: 'blue train.mp3', sources: crowd }),
      hit(2, { name: 'blue train (live).mp3', sources: spread }),
    ]);
    expect(kindsOf(crowded)).toContain('crowded');
    expect(kindsOf(honest)).toEqual([]);
    expect(honest?.rank.total).toBeGreaterThan(crowded?.rank.total ?? 1);
  });

  it('with few copies of many versions are suspect beside the version that many networks have', () => {
    const fakes = Array.from({ length: 10 }, (_, number) =>
      hit(number, { name: 'Blue Train.mp3', sources: [at(number)] }),
    );
    const real = hit(99, {
      name: 'blue_train.mp3',
      sources: Array.from({ length: 6 }, (_, number) => at(200 + number)),
    });
    const results = search('blue', [...fakes, real]);
    expect(results.filter((result) => kindsOf(result)?.includes('many-versions'))).toHaveLength(10);
    expect(kindsOf(results.find(({ hash }) => hash === content(99)))).toEqual([]);
  });

  it('that answer every search are greedy, those that answer some are not', () => {
    const find = world();
    const words = [
      'red sun',
      'green hill',
      'cold sea',
      'old town',
      'wild wind',
      'deep lake',
      'high road',
      'last call',
      'new dawn',
    ];
    const ofAll = (query: string, number: number) =>
      hit(number, { name: `${query} song.mp3`, sources: [at(number % 7, 5)] });
    const ofSome = (query: string, number: number) => hit(500 + number, { name: `${query}.mp3`, sources: [at(80)] });
    let last: readonly SearchResult[] = [];
    for (const [number, query] of words.entries())
      last = find(
        query,
        [ofAll(query, number), ...(number % 3 === 2 ? [ofSome(query, number)] : [])],
        [number % 2, 50 + (number % 4)],
      );
    expect(last.map(kindsOf)).toEqual([['greedy-sources'], ['echo']]);
  });
});

describe('a network', () => {
  const rack = (number: number) => hit(number, { name: `tune ${number}.mp3`, sources: [at(number, 9)] });
  const spread = (number: number) => hit(100 + number, { name: `tune ${number}.flac`, sources: [at(100 + number)] });

  it('with far more peers than others is a rack, and still is after a restart', async () => {
    const kept: { text?: string } = {};
    const first = judgeOf(() => DEFAULT_SETTINGS, kept);
    const before = searchWith(first);
    for (const number of Array.from({ length: 12 }, (_, index) => index))
      before(`tune ${number}`, [...(number < 6 ? [rack(number)] : []), spread(number)], [number % 3, number % 3]);
    await first.stop();
    expect(kept.text).not.toContain('tune');
    const second = judgeOf(() => DEFAULT_SETTINGS, kept);
    await second.start();
    const [racked, honest] = searchWith(second)('tune 20', [rack(1), spread(1)]);
    expect([kindsOf(racked), kindsOf(honest)]).toEqual([['racks'], []]);
  });

  it('is no rack by the word of one supernode, which could frame an honest one', () => {
    const find = world();
    for (let number = 0; number < 12; number++) find(`tune ${number}`, [rack(number), spread(number)], [7, number]);
    const [framed] = find('tune 20', [rack(1), spread(1)], [7, 1]);
    expect(kindsOf(framed)).toEqual([]);
  });

  it('is nothing special where all are full', () => {
    const find = world();
    const full = (number: number) => hit(number, { name: `tune ${number}.mp3`, sources: [at(number, number % 12)] });
    for (let number = 0; number < 60; number++)
      expect(kindsOf(find(`tune ${number}`, [full(number)])[0])).toEqual(['echo']);
  });

  it('what was kept and is none of ours is forgotten, and said', async () => {
    for (const text of ['', '{', '[]', '{"next":0}', '{"next":99,"queries":[],"networks":[]}']) {
      const judge = judgeOf(() => DEFAULT_SETTINGS, { text });
      await judge.start();
      expect(kindsOf(searchWith(judge)('tune 1', [rack(1)])[0])).toEqual(['echo']);
    }
  });
});

describe('a file', () => {
  it('that another search found under a quite other name is suspect, but not for one liar', () => {
    const find = world();
    const honest = [1, 2, 3].map((number) => hit(1, { name: 'Blue Train.mp3', sources: [at(number)] }));
    expect(kindsOf(find('blue', honest)[0])).toEqual([]);
    const [renamed] = find('holiday photos', [hit(1, { name: 'holiday photos rome.mp3', sources: [at(9)] })]);
    expect(kindsOf(renamed)).toEqual(['renamed']);
    expect(kindsOf(find('train', honest)[0])).toEqual([]);
  });
});

describe('what people say', () => {
  const saying = (score: number, own: 'fake' | 'good' | null) =>
    searchWith(
      judgeOf(
        () => DEFAULT_SETTINGS,
        {},
        () => ({ score, own }),
      ),
    )('song', [hit(1, { name: 'song.mp3.exe', type: 'software', size: 1e6, sources: [at(1)] })])[0];

  it('counts with the signs, and what the user says decides and is never hidden', () => {
    expect(saying(0, null)?.pollution).toMatchObject({ score: 0.95, isHidden: true });
    expect(saying(-0.5, null)?.pollution.score).toBe(0.98);
    expect(saying(0.8, null)?.pollution).toMatchObject({ score: 0.19, isHidden: false });
    expect(saying(-0.9, 'good')?.pollution).toEqual({ score: 0, signs: [], isHidden: false });
    const judged = saying(0, 'fake');
    expect([judged?.pollution.score, judged?.pollution.isHidden, judged?.rank.total]).toEqual([1, false, 0]);
  });
});

describe('whatever strangers send', () => {
  it('scores lie between 0 and 1, more signs never make less, and 100 hides nothing', () => {
    const any = fc.record({
      name: fc.string({ minLength: 1, maxLength: 60, unit: 'binary' }),
      type: fc.constantFrom(...FILE_TYPES),
      size: fc.integer({ min: 1, max: 2 ** 50 }),
      extracted: fc.record(
        {
          durationSeconds: fc.double({ min: 0, max: 1e7, noNaN: true }),
          bitrateKbps: fc.double({ min: 0, max: 1e7, noNaN: true }),
          width: fc.nat(1e6),
          height: fc.nat(1e6),
        },
        { requiredKeys: [] },
      ),
      sources: fc.array(
        fc.nat(400).map((number) => at(number, number % 9)),
        { minLength: 1, maxLength: 12 },
      ),
    });
    fc.assert(
      fc.property(fc.array(any, { maxLength: 12 }), fc.string({ maxLength: 20 }), (claims, words) => {
        const find = world(100);
        for (const result of find(
          fold(words),
          claims.map((claim, index) => hit(index % 4, claim)),
        )) {
          const { score, signs, isHidden } = result.pollution;
          expect([score >= 0, score <= 1, isHidden]).toEqual([true, true, false]);
          expect(score).toBeGreaterThanOrEqual(Math.max(0, ...signs.map(({ weight }) => weight)) - 0.01);
          expect(result.rank.total).toBeLessThanOrEqual(1);
        }
      }),
    );
  });
});
