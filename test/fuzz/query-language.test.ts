import Sqlite from 'better-sqlite3';
import fc from 'fast-check';
import { afterAll, expect, test } from 'vitest';
import { fold, foldWords } from '../../src-main/engine/fold.ts';
import { type ParsedQuery, parseQuery } from '../../src-main/engine/search/query-language.ts';
import { toFtsMatch } from '../../src-main/engine/store/fts-match.ts';
import { prepareQuery } from '../../src-main/engine/supernode/query-plan.ts';

/** Pieces that mean something to the query language, to FTS5 or to SQL, between any others. */
const piece = fc.oneof(
  fc.string({ unit: 'binary', maxLength: 12 }),
  fc.string({ unit: 'grapheme', maxLength: 12 }),
  fc.constantFrom(
    '"',
    '-',
    '*',
    ':',
    '(',
    ')',
    '^',
    '+',
    ' ',
    "'",
    '\0',
    '{',
    '}',
    ';',
    '--',
    '東京',
    'ß',
    'e\u0301',
    '“',
  ),
  fc.constantFrom(
    'AND',
    'OR',
    'NOT',
    'NEAR(',
    'type:',
    'artist:"',
    'min:',
    'max:1MB',
    'ext:',
    'year:2001..',
    'words:',
    'rank',
  ),
);
const text = fc.array(piece, { maxLength: 20 }).map((pieces) => pieces.join(''));

const database = new Sqlite(':memory:');
database.exec("CREATE VIRTUAL TABLE file USING fts5 (words, content='', columnsize=0, detail=none, tokenize='ascii')");
const insert = database.prepare('INSERT INTO file (rowid, words) VALUES (?, ?)');
const match = database.prepare('SELECT rowid FROM file WHERE file MATCH ?').pluck();
afterAll(() => database.close());

function parsed(given: string): ParsedQuery | undefined {
  const query = parseQuery(given);
  if (!('why' in query)) return query;
  expect(query.why).not.toBe('');
  return undefined;
}

test('any text is a query within its limits or has a reason', () => {
  fc.assert(
    fc.property(text, (given) => {
      const query = parsed(given);
      if (query === undefined) return;
      expect(query.terms.length).toBeGreaterThan(0);
      expect(query.terms.length + query.excluded.length).toBeLessThanOrEqual(10);
      for (const { words } of [...query.terms, ...query.excluded]) {
        expect(words.length).toBeGreaterThan(0);
        for (const word of words) expect(word).toMatch(/^[\p{L}\p{N}\p{M}]+$/u);
      }
    }),
    { numRuns: 5000 },
  );
});

test('what is asked of FTS5 is never a syntax error, and finds a row of just these tokens', () => {
  let row = 0;
  fc.assert(
    fc.property(text, (given) => {
      const query = parsed(given);
      if (query === undefined) return;
      const { tokens } = prepareQuery(query);
      insert.run(++row, tokens.map(({ token }) => token).join(' '));
      expect(match.all(toFtsMatch(tokens))).toContain(row);
    }),
    { numRuns: 2000 },
  );
});

test('folding what is folded changes nothing, and words stay words', () => {
  fc.assert(
    fc.property(fc.oneof(text, fc.string({ unit: 'binary' })), (given) => {
      const folded = fold(given);
      expect(fold(folded)).toBe(folded);
      expect(foldWords(given).join(' ')).toBe(folded);
    }),
    { numRuns: 10_000 },
  );
});
