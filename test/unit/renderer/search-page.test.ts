import { describe, expect, test } from 'vitest';
import type { ContentHash, NodeId } from '../../../src-main/contract/ids.ts';
import { CLEAN } from '../../../src-main/contract/pollution.ts';
import type { SearchResult } from '../../../src-main/contract/search.ts';
import { type Choice, FacetIndex } from '../../../src-renderer/features/search/facets.ts';
import { plainWords } from '../../../src-renderer/features/search/library-marks.ts';
import { outputPath } from '../../../src-renderer/features/search/output-path.ts';
import { useRecentWords } from '../../../src-renderer/features/search/recent-words.ts';
import { wordsOf } from '../../../src-renderer/features/search/words-of.ts';

const result = (name: string, part: Partial<SearchResult> = {}): SearchResult => ({
  ...{ hash: 'a'.repeat(64) as ContentHash, size: 5e6, name, otherNames: [], type: 'audio', extracted: {} },
  ...{ sources: [], wave: 0, namedBy: ['b'.repeat(64) as NodeId] },
  rank: { nameMatch: 1, availability: 1, agreement: 1, total: 1 },
  pollution: CLEAN,
  ...part,
});
const night = result('night dive.flac', { extracted: { artist: 'The Silversides', durationSeconds: 59 } });
const day = result('day dive.mp3', { size: 2e9, otherNames: ['old tape.mp3'] });
const notes = result('notes.pdf', { type: 'document' });
const all = [night, day, notes];
const namesOf = (rows: readonly SearchResult[]) => rows.map(({ name }) => name);

const wish = (choice: Choice, words: readonly string[], withHidden = false) => ({ choice, words, withHidden });

describe('narrowing', () => {
  test('several groups of one facet widen, several facets narrow', () => {
    const index = new FacetIndex();
    const both = { extension: new Set(['flac', 'mp3']) };
    expect(namesOf(index.narrow(all, wish(both, [])).rows)).toEqual(['night dive.flac', 'day dive.mp3']);
    const large = { ...both, size: new Set(['4']) };
    expect(namesOf(index.narrow(all, wish(large, [])).rows)).toEqual(['day dive.mp3']);
  });

  test('a group counts what would be there if its own facet had no choice', () => {
    const { counts } = new FacetIndex().narrow(all, wish({ type: new Set(['audio']) }, []));
    expect(counts.type).toEqual([
      { value: 'audio', count: 2 },
      { value: 'document', count: 1 },
    ]);
    expect(counts.extension.map(({ value }) => value)).toEqual(['flac', 'mp3']);
  });

  test('a chosen group stays to be taken back when nothing is in it', () => {
    const { rows, counts } = new FacetIndex().narrow([notes], wish({ extension: new Set(['flac']) }, []));
    expect(rows).toEqual([]);
    expect(counts.extension).toContainEqual({ value: 'flac', count: 0 });
  });

  test('words are found in every name and in who made it, in any case', () => {
    const index = new FacetIndex();
    expect(namesOf(index.narrow(all, wish({}, ['silver', 'dive'])).rows)).toEqual(['night dive.flac']);
    expect(namesOf(index.narrow(all, wish({}, ['tape'])).rows)).toEqual(['day dive.mp3']);
  });

  test('what is not known is in no group', () => {
    const { counts } = new FacetIndex().narrow(all, wish({}, []));
    expect(counts.length).toEqual([{ value: '0', count: 1 }]);
    expect(counts.bitrate).toEqual([]);
  });
});

test('the library is asked for the words of a query, not for its filters', () => {
  expect(plainWords('reef "at night" -old -"very old" type:audio artist:"The Band" min:1MB')).toBe('reef at night');
  expect(plainWords('type:audio')).toBe('');
});

describe('a name as a query', () => {
  test.each([
    ['night-dive: type:audio "old".flac', 'night dive type audio old flac'],
    ['one two three four five six seven eight nine ten eleven', 'one two three four five six seven eight nine ten'],
    ['...', ''],
  ])('%j is %j', (name, words) => {
    expect(wordsOf(name)).toBe(words);
  });

  test.each(['珊瑚'.repeat(100), 'Кораллы'.repeat(40), '🐠'.repeat(90), 'a'.repeat(255)])('%j fits', (name) => {
    const words = wordsOf(name);
    expect(new TextEncoder().encode(words).length).toBeLessThanOrEqual(200);
    expect(words.isWellFormed()).toBe(true);
  });
});

test('a whole path of either kind is joined as its system does; others are refused', () => {
  expect(outputPath('  ', 'a.txt')).toBeUndefined();
  expect(outputPath('/data/in/', 'a.txt')).toBe('/data/in/a.txt');
  expect(outputPath('/', 'a.txt')).toBe('/a.txt');
  expect(outputPath('C:\\in\\', 'a.txt')).toBe('C:\\in\\a.txt');
  expect(outputPath('in', 'a.txt')).toBeNull();
});

describe('words of before', () => {
  const memory = (kept: Record<string, string> = {}) => ({
    kept,
    getItem: (key: string) => kept[key] ?? null,
    setItem: (key: string, value: string) => void Object.assign(kept, { [key]: value }),
    removeItem: (key: string) => void delete kept[key],
  });

  test('stand newest first, once, and few; the next page has them too', () => {
    const storage = memory();
    const { add } = useRecentWords(storage);
    for (let at = 0; at < 20; at++) add(`words ${at}`);
    add('words 15');
    const { recent, clear } = useRecentWords(storage);
    expect(recent.value).toHaveLength(12);
    expect(recent.value.slice(0, 2)).toEqual(['words 15', 'words 19']);
    clear();
    expect(storage.kept).toEqual({});
  });

  test('are none where something else was kept, or nothing can be', () => {
    expect(useRecentWords(memory({ 'shoal.recent-searches': '{"a":1}' })).recent.value).toEqual([]);
    const { add, recent } = useRecentWords({
      ...memory(),
      setItem: () => {
        throw new Error('full');
      },
    });
    add('reef');
    expect(recent.value).toEqual(['reef']);
  });
});
