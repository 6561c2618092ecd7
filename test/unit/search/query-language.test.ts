import { describe, expect, test } from 'vitest';
import type { ParsedQuery, QueryFilters } from '../../../src-main/engine/search/query-language.ts';
import { parseQuery, queryText } from '../../../src-main/engine/search/query-language.ts';
import { parseByteSize, parseYears } from '../../../src-main/engine/search/query-values.ts';

function parsed(text: string): ParsedQuery {
  const query = parseQuery(text);
  if ('why' in query) throw new Error(query.why);
  return query;
}
const word = (text: string) => ({ words: [text], prefix: false });
const begun = (...words: string[]) => ({ words, prefix: true });

describe('terms', () => {
  test('the last plain word may go on, whatever stands behind it', () => {
    expect(parsed('Blue tra').terms).toEqual([word('blue'), begun('tra')]);
    expect(parsed('tra type:audio -live "big band"').terms).toEqual([
      begun('tra'),
      { words: ['big', 'band'], prefix: false },
    ]);
  });

  test('a single letter does not go on, but a CJK letter does', () => {
    expect(parsed('plan b').terms).toEqual([word('plan'), word('b')]);
    expect(parsed('東').terms).toEqual([begun('東')]);
  });

  test('quoted words stay together; a missing quote ends with the query', () => {
    expect(parsed('"Long Road" home').terms).toEqual([{ words: ['long', 'road'], prefix: false }, begun('home')]);
    expect(parsed('“long road').terms).toEqual([{ words: ['long', 'road'], prefix: false }]);
  });

  test('what folds to several words is a phrase', () => {
    expect(parsed("don't stop-me").terms).toEqual([{ words: ['don', 't'], prefix: false }, begun('stop', 'me')]);
    expect(parsed('Mission:Impossible').terms).toEqual([begun('mission', 'impossible')]);
  });

  test('a minus excludes a word or phrase, but only in front', () => {
    const query = parsed('blue -live -"big band" re-mix');
    expect(query.excluded).toEqual([word('live'), { words: ['big', 'band'], prefix: false }]);
    expect(query.terms).toEqual([word('blue'), begun('re', 'mix')]);
  });

  test('marks alone are passed over', () => {
    expect(parsed('blue - & "" ++ -').terms).toEqual([begun('blue')]);
  });
});

describe('filters', () => {
  test.each<[string, QueryFilters]>([
    ['type:audio', { type: 'audio' }],
    ['TYPE:Audio', { type: 'audio' }],
    ['artist:"Ana Ríos"', { artist: 'ana rios' }],
    ['artist:ana', { artist: 'ana' }],
    ['ext:.PDF', { ext: 'pdf' }],
    ['min:10MB', { minBytes: 1e7 }],
    ['max:"1.5 GiB"', {}],
    ['min:1k max:2MiB', { minBytes: 1000, maxBytes: 2 ** 21 }],
    ['year:2001', { yearFrom: 2001, yearTo: 2001 }],
    ['year:2001..2005', { yearFrom: 2001, yearTo: 2005 }],
  ])('%s', (text, filters) => {
    const query = parseQuery(`road ${text}`);
    if (Object.keys(filters).length === 0) expect(query).toHaveProperty('why');
    else expect(query).toMatchObject({ terms: [begun('road')], filters });
  });
});

test.each([
  ['', '2 to 200'],
  [' x ', '2 to 200'],
  ['é', 'no reason'],
  ['x'.repeat(201), '2 to 200'],
  ['é'.repeat(101), '2 to 200'],
  ['+-+', 'a word'],
  ['-live', 'a word'],
  ['type:audio', 'a word'],
  ['a b c d e f g h i j k', 'at most 10'],
  ['a b c d e f -g -h -i -j -k', 'at most 10'],
  ['road type:song', 'type: is one of audio'],
  ['road min:big', 'min: is a size'],
  ['road year:05', 'year: is 2001'],
  ['road year:2005..2001', 'year: is 2001'],
  ['road ext:""', 'ext: needs'],
  ['road type:audio type:video', 'type: stands twice'],
  ['road -type:audio', 'type: cannot be excluded'],
])('%j is refused with its reason', (text, why) => {
  const query = parseQuery(text);
  if (why === 'no reason') expect(query).not.toHaveProperty('why');
  else expect(query).toMatchObject({ why: expect.stringContaining(why) });
});

test('ten words of 200 bytes are allowed', () => {
  expect(parsed(Array.from({ length: 10 }, () => 'x'.repeat(19)).join(' ')).terms).toHaveLength(10);
});

test('queryText gives the folded words a match must have, or fails', () => {
  expect(queryText.terms('Blue "Long Road" -live type:audio')).toEqual(['blue', 'long', 'road']);
  expect(() => queryText.terms('x')).toThrow(expect.objectContaining({ code: 'search.query-invalid' }));
});

test.each<[string, number | undefined]>([
  ['0', 0],
  ['700', 700],
  ['10MB', 1e7],
  ['10mb', 1e7],
  ['1.5GiB', 1.5 * 2 ** 30],
  ['2T', 2e12],
  ['MB', undefined],
  ['-1', undefined],
  ['1e3', undefined],
  ['10 MB', undefined],
  ['10XB', undefined],
  ['999999999999999TB', undefined],
  ['10constructor', undefined],
])('%s is %s bytes', (text, bytes) => {
  expect(parseByteSize(text)).toBe(bytes);
});

test.each<[string, [number, number] | undefined]>([
  ['2001', [2001, 2001]],
  ['2001..2005', [2001, 2005]],
  ['2001..', [2001, 9999]],
  ['..2005', [0, 2005]],
  ['..', undefined],
  ['', undefined],
  ['20012005', undefined],
  ['2005..2001', undefined],
  ['01', undefined],
])('%s are the years %s', (text, years) => {
  expect(parseYears(text)).toEqual(years && { from: years[0], to: years[1] });
});
