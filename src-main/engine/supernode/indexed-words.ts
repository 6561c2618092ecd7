import type { Descriptor, Extracted } from '../../contract/descriptor.ts';
import { fold, isCjk, toTokens } from '../fold.ts';

/**
 * The folded text of a file as the index keeps it, in three lines: name, artist, the rest of the descriptor. Every word stands between
 * spaces, so that ` word ` finds whole words; the ending of the name is followed by a dot.
 */
export function toIndexedWords({ name, extracted }: Descriptor): string {
  const ending = /.\.[^.]+$/.test(name) ? ENDING_MARK : '';
  return ` ${fold(name)} ${ending}\n ${fold(extracted.artist ?? '')} \n ${fold(othersOf(extracted))} `;
}

const ENDING_MARK = '.';
/** What stands between the lines. */
const NO_WORD = new Set(['\n', `${ENDING_MARK}\n`]);

/** What is looked up of such a text, each token once. */
export function toIndexedTokens(words: string): Set<string> {
  const tokens = new Set<string>();
  for (const word of words.split(' ')) {
    if (word === '' || NO_WORD.has(word)) continue;
    if (isCjk(word)) for (const token of toTokens(word)) tokens.add(token);
    else tokens.add(word);
  }
  return tokens;
}

/** The text that `words` holds when neighbouring `asked` words stand in it; CJK words may be part of a longer run. */
export function toNeedle(asked: readonly string[], prefix: boolean): string {
  const first = asked[0] ?? '';
  const last = asked.at(-1) ?? '';
  return `${isCjk(first) ? '' : ' '}${asked.join(' ')}${prefix || isCjk(last) ? '' : ' '}`;
}

/** The text that `words` holds when the name ends in this. */
export function toEndingNeedle(ext: string): string {
  return ` ${ext} ${ENDING_MARK}\n`;
}

/** Where the name ends. */
export function endOfName(words: string): number {
  return words.indexOf('\n');
}

/** Whether the artist's words have this, a needle. */
export function hasArtist(words: string, needle: string): boolean {
  const from = endOfName(words) + 1;
  return words.slice(from, words.indexOf('\n', from)).includes(needle);
}

function othersOf({ title, album, genre, language, codec }: Extracted): string {
  return [title, album, genre, language, codec].filter((text) => text !== undefined).join(' ');
}
