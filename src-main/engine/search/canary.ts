import type { Random } from '../ports/index.ts';
import { pick } from '../shuffle.ts';

/** Letters of the word that no file has: 10^14 possible ones, and hardly any is a word of a language. */
const LETTERS = 10;
const A = 'a'.charCodeAt(0);
const ALPHABET = 26;
/** Words of very many files: a supernode that invents only where a word is known to it takes the bait too. */
const FAMILIAR = ['the', 'live', 'mp3', 'flac', 'remix', 'video', 'mp4', 'photo', 'album', 'guide', 'book', 'pdf'];

/** A word that many files have, so that most supernodes find something. */
export const familiarWord = (random: Random): string => pick(random, FAMILIAR) ?? '';

/** Words that no file has together: whoever finds something for them invents what it answers. */
export function canaryWords(random: Random): string {
  const nonsense = Array.from({ length: LETTERS }, () => String.fromCharCode(A + random.int(ALPHABET))).join('');
  return `${nonsense} ${familiarWord(random)}`;
}
