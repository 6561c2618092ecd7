import fc from 'fast-check';
import { expect, test } from 'vitest';
import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import { fold, isCjk } from '../../src-main/engine/fold.ts';
import { parseQuery, type QueryTerm } from '../../src-main/engine/search/query-language.ts';
import { decodeFilesBatch, encodeFilesBatch } from '../../src-main/engine/wire/files-batch.ts';
import { MemoryMetadataIndex } from '../../src-main/simulator/memory-metadata-index.ts';
import { file, hash, nameOf, node, pack } from '../support/index-batches.ts';

const LIMITS = { files: 20_000, bytes: 16 * 2 ** 20 };

/** Few words that begin and contain each other, so that queries often nearly match. */
const word = fc.constantFrom('ab', 'abc', 'abcd', 'b', 'bc', 'x1', 'é', '東', '東京', '京都', '東京都', 'ー');
const phrase = fc.array(word, { minLength: 1, maxLength: 3 }).map((words) => words.join(' '));
const name = fc.array(word, { minLength: 1, maxLength: 6 }).map((words) => words.join(' '));
const item = fc.oneof(
  word,
  phrase.map((text) => `"${text}"`),
  word.map((text) => `-${text}`),
  phrase.map((text) => `-"${text}"`),
);
const query = fc.array(item, { minLength: 1, maxLength: 5 }).map((items) => items.join(' '));

/** Whether `words` stand in a text, as protocol section 8 means it: told from the text itself, without any index. */
function holds(text: string, { words, prefix }: QueryTerm): boolean {
  const all = text.split(' ');
  return all.some((_, at) =>
    words.every((asked, step) => {
      const found = all[at + step] ?? '';
      const [isFirst, isLast] = [step === 0, step === words.length - 1];
      if (!isCjk(asked)) return isLast && prefix ? found.startsWith(asked) : found === asked;
      if (isFirst && isLast) return found.includes(asked);
      return isFirst ? found.endsWith(asked) : isLast ? found.startsWith(asked) : found === asked;
    }),
  );
}

test('gives the files that a look at every name gives', async () => {
  await fc.assert(
    fc.asyncProperty(
      fc.array(name, { minLength: 1, maxLength: 12 }),
      fc.array(query, { maxLength: 12 }),
      fc.float({ min: 0, max: 1, maxExcluded: true, noNaN: true }),
      async (names, queries, start) => {
        const index = new MemoryMetadataIndex();
        for (const [n, each] of names.entries()) await index.apply(node(n % 3), pack([file(n, each)]), LIMITS);
        for (const text of queries) {
          const parsed = parseQuery(text);
          if ('why' in parsed) continue;
          const wanted = [...names.entries()].filter(([, each]) => {
            const folded = fold(each);
            return (
              parsed.terms.every((term) => holds(folded, term)) && !parsed.excluded.some((term) => holds(folded, term))
            );
          });
          const { hits, more } = await index.search(text, { limit: 100, start });
          expect(hits.map((hit) => hit.hash).sort()).toEqual(wanted.map(([n]) => hash(n)).sort());
          expect(more).toBe(false);
        }
        await index.close();
      },
    ),
    { numRuns: 150 },
  );
});

test('finds a file by each word of whatever name it has', async () => {
  const index = new MemoryMetadataIndex();
  let n = 0;
  await fc.assert(
    fc.asyncProperty(fc.string({ unit: 'grapheme', minLength: 1, maxLength: 40 }), async (given) => {
      const wanted = file(++n, given);
      const result = await index.apply(node(1), pack([wanted]), LIMITS);
      if (!result.ok) {
        expect(result.reason).toBe('malformed');
        return;
      }
      for (const each of fold(given).split(' ')) {
        if (new TextEncoder().encode(each).length < 2) continue;
        const { hits, more } = await index.search(`"${each}"`, { limit: 1000, start: 0 });
        if (!more) expect(hits.map(nameOf)).toContain(wanted.name);
      }
    }),
    { numRuns: 400 },
  );
  await index.close();
});

test('after any batches holds what a plain map holds', async () => {
  const change = fc.record({
    added: fc.array(fc.record({ n: fc.nat(8), name }), { maxLength: 6 }),
    removed: fc.array(fc.nat(8), { maxLength: 4 }),
  });
  await fc.assert(
    fc.asyncProperty(fc.array(change, { maxLength: 8 }), async (changes) => {
      const index = new MemoryMetadataIndex();
      const held = new Map<number, Descriptor>();
      for (const { added, removed } of changes) {
        const files = added.map((each) => file(each.n, each.name));
        await index.apply(
          node(1),
          pack(
            files,
            removed.map((each) => file(each, 'x')),
          ),
          LIMITS,
        );
        for (const each of removed) held.delete(each);
        for (const each of added) held.set(each.n, file(each.n, each.name));
        const fresh = new MemoryMetadataIndex();
        await fresh.apply(node(1), pack([...held.values()]), LIMITS);
        expect(await index.holding(node(1))).toEqual(await fresh.holding(node(1)));
        const names = (await index.search('"abc"', { limit: 100, start: 0 })).hits.map(nameOf).sort();
        expect(names).toEqual(
          [...held.values()]
            .map((each) => each.name)
            .filter((each) => ` ${each} `.includes(' abc '))
            .sort(),
        );
        await fresh.close();
      }
      await index.close();
    }),
    { numRuns: 60 },
  );
});

test('a batch means the same with and without a parser', () => {
  const good = encodeFilesBatch({
    added: [file(1, 'a & b'), file(2, 'c', { extracted: { title: '"<>' } })],
    removed: [file(3, 'x')],
  });
  const edit = fc.record({
    at: fc.nat(good.length),
    drop: fc.nat(3),
    put: fc.oneof(
      fc.constant(''),
      fc.constantFrom('"', '<', '>', '/', ' ', '=', '&', 'a="b"', '<file/>', '\n', "'"),
      fc.string({ maxLength: 2 }),
    ),
  });
  fc.assert(
    fc.property(fc.array(edit, { maxLength: 3 }), (edits) => {
      let text = good;
      for (const { at, drop, put } of edits) text = text.slice(0, at) + put + text.slice(at + drop);
      const plain = decodeFilesBatch(text);
      // The declaration makes it go through the parser.
      const parsed = decodeFilesBatch(`<?xml version="1.0"?>${text}`);
      expect(plain.ok ? plain : plain.ok).toEqual(parsed.ok ? parsed : parsed.ok);
    }),
    { numRuns: 5000 },
  );
});
