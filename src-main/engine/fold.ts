/**
 * The one fold that names, descriptors and queries pass, so that they meet: compatibility forms (NFKC), case and accents do not
 * count, and only letters, digits and the marks that make syllables remain. Written scripts without spaces become bigrams.
 */

const NOT_ASCII = /[\u0080-\uffff]/;
const ASCII_WORD = /[a-z0-9]+/g;
const ASCII_GAP = /[^a-z0-9]+/g;
/**
 * Marks that are optional in writing: combining diacritics, Hebrew points, Arabic vowel signs. Marks of other scripts (vowels of
 * Indic ones, the voicing of kana) tell words apart and stay.
 */
const ACCENTS =
  /[\u0300-\u036f\u1ab0-\u1aff\u1dc0-\u1dff\u20d0-\u20ff\ufe20-\ufe2f]|[\u0591-\u05bd\u05bf-\u05c7]|[\u064b-\u065f]|\u0670/g;
/** Letters that people type without their stroke and that have no decomposition, and what the way over upper case leaves (of ẞ). */
const STROKES: Readonly<Record<string, string>> = {
  ø: 'o',
  ł: 'l',
  đ: 'd',
  ħ: 'h',
  ŧ: 't',
  æ: 'ae',
  œ: 'oe',
  ı: 'i',
  ς: 'σ',
  ß: 'ss',
};
const STROKE = new RegExp(`[${Object.keys(STROKES).join('')}]`, 'g');
/** Chinese, Japanese and Korean letters, with the iteration and length marks between them. */
const CJK_CLASS = '\\p{Script=Han}\\p{Script=Hiragana}\\p{Script=Katakana}\\p{Script=Hangul}\\u3005\\u30fc';
/** A run of CJK, or a run of anything else that is a letter, digit or mark. */
const WORD = new RegExp(
  `(?:(?=[\\p{L}\\p{N}\\p{M}])[${CJK_CLASS}])+|(?:(?![${CJK_CLASS}])[\\p{L}\\p{N}\\p{M}])+`,
  'gu',
);
const STARTS_CJK = new RegExp(`^[${CJK_CLASS}]`, 'u');

/** The words of `text`, folded, with one space between them; a run of CJK letters is one word. */
export function fold(text: string): string {
  return NOT_ASCII.test(text) ? foldWords(text).join(' ') : text.toLowerCase().replace(ASCII_GAP, ' ').trim();
}

/** The words that `fold` joins. */
export function foldWords(text: string): string[] {
  if (!NOT_ASCII.test(text)) return text.toLowerCase().match(ASCII_WORD) ?? [];
  // Upper case first: the way to full case folding that JavaScript has (ß becomes SS, then ss).
  const folded = text.normalize('NFKC').toUpperCase().toLowerCase().normalize('NFKD').replace(ACCENTS, '');
  return (
    folded
      .normalize('NFC')
      .replace(STROKE, (letter) => STROKES[letter] ?? letter)
      .match(WORD) ?? []
  );
}

/** Whether a folded word is a run of CJK letters: such words match anywhere inside another, as they are written without spaces. */
export function isCjk(word: string): boolean {
  return word.charCodeAt(0) > 0x2e00 && STARTS_CJK.test(word);
}

/**
 * What the index keeps of a folded word: the word, or for CJK each pair of neighbours and the last letter, so that a token begins
 * at every letter.
 */
export function toTokens(word: string): string[] {
  if (!isCjk(word)) return [word];
  const letters = [...word];
  return letters.map((letter, at) => letter + (letters[at + 1] ?? ''));
}
