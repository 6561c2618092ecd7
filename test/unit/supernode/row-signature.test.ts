import fc from 'fast-check';
import { expect, test } from 'vitest';
import { parseQuery } from '../../../src-main/engine/search/query-language.ts';
import { contentKey } from '../../../src-main/engine/supernode/content-rows.ts';
import { toIndexedWords } from '../../../src-main/engine/supernode/indexed-words.ts';
import { matchScorer, NO_MATCH } from '../../../src-main/engine/supernode/match-score.ts';
import { prepareQuery } from '../../../src-main/engine/supernode/query-plan.ts';
import { RowBlock } from '../../../src-main/engine/supernode/row-block.ts';
import { signatureOfWords } from '../../../src-main/engine/supernode/row-signature.ts';
import { file } from '../../support/index-batches.ts';

function blockOf(names: readonly string[]): RowBlock {
  return new RowBlock(
    names.map((name, place) => {
      const { hash, size, type } = file(place, name);
      const words = toIndexedWords(file(place, name));
      const texts = { words, descriptor: '{}', signature: signatureOfWords(words) };
      return { place, hash, key: contentKey(hash), size, type, year: undefined, ...texts };
    }),
  );
}

const word = fc.oneof(
  fc.constantFrom(
    'ab',
    'abc',
    'abcd',
    'abcdefgh',
    'x1',
    'é',
    'straße',
    '東',
    '東京',
    '東京都',
    'ー',
    'ﬁne',
    '𝒳yz',
    '𠮷野',
    '.',
    '...',
  ),
  fc.string({ unit: 'grapheme', minLength: 1, maxLength: 8 }),
);
const text = fc.array(word, { minLength: 1, maxLength: 5 }).map((words) => words.join(' '));

test('no row that matches is ruled out by its signature', () => {
  let matches = 0;
  fc.assert(
    fc.property(fc.array(text, { minLength: 1, maxLength: 8 }), text, (names, more) => {
      const block = blockOf(names);
      for (const asked of [...names, more, (names[0] ?? '').slice(0, 3)]) {
        const query = parseQuery(asked);
        if ('why' in query) continue;
        const [score, { signature }] = [matchScorer(query), prepareQuery(query)];
        for (let at = 0; at < block.length; at++) {
          if (score(block.words(at)) === NO_MATCH) continue;
          matches++;
          expect(block.isLike(signature, at)).toBe(true);
          expect(block.nextLike(signature, at, block.length)).toBe(at);
        }
      }
    }),
    { numRuns: 2000 },
  );
  expect(matches).toBeGreaterThan(2000);
});

test('most rows that do not match are ruled out', () => {
  const block = blockOf(
    Array.from({ length: 500 }, (_, n) => `some name with track${n * 7919} and artist${n * 104_729}.mp3`),
  );
  const query = parseQuery('"track39595"');
  if ('why' in query) throw new Error(query.why);
  const { signature } = prepareQuery(query);
  const left = Array.from({ length: block.length }, (_, at) => at).filter((at) => block.isLike(signature, at));
  expect(left).toContain(5);
  expect(left.length).toBeLessThan(50);
});
