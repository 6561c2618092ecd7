import { MAX_QUERY_BYTES } from '#contract/search.ts';

const MOST_WORDS = 10;

/** A query of the first words of a name, as long as one may be; a minus or a colon in it would mean something. */
export function wordsOf(name: string): string {
  const words = name
    .replaceAll(/[^\p{L}\p{M}\p{N}]+/gu, ' ')
    .trim()
    .split(' ')
    .slice(0, MOST_WORDS);
  let text = '';
  // By characters: a name of a writing without spaces is one word.
  for (const character of words.join(' ')) {
    if (new TextEncoder().encode(text + character).length > MAX_QUERY_BYTES) break;
    text += character;
  }
  return text.trim();
}
