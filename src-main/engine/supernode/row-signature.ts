import { isCjk, toTokens } from '../fold.ts';
import type { FtsToken } from '../store/fts-match.ts';
import { foldHash, HASH_START, hashEnd, hashStep } from './term-hash.ts';

/**
 * 256 bits for each row that tell which words it may have: each word sets those of its hash and of some beginnings. A row that lacks a
 * bit of what is asked for does not match, which is known without its text: 2 ns in a scan instead of 200 to 1000. Of 15 words a quarter of the
 * bits is set; one row in 16 passes a beginning of three letters by chance, one in 1,000 a whole word.
 */
export const SIGNATURE_LENGTH = 8;
const BITS = 8;
/** Beginnings, in UTF-16 units. */
const [SHORT, MIDDLE, LONG] = [2, 3, 5];
/** Rows with the same beginning as a word are told from rows with the word by two bits, which other words may have set. */
export const LONGEST_BEGINNING = LONG;
export const LIKE_BY_CHANCE = 0.06;
const SPACE = 0x20;
/** What stands between the lines of a row's words. */
const [LINE, DOT] = [0x0a, 0x2e];
/** No CJK letter is below. */
const FIRST_CJK = 0x2e00;

/** Bits that a row must have: `masks[i]` of part `parts[i]`. None: any row. */
export type Signature = { readonly parts: readonly number[]; readonly masks: readonly number[] };
export const ANY_ROW: Signature = { parts: [], masks: [] };

/** The SIGNATURE_LENGTH parts of the signature of a row with these words (see indexed-words.ts). */
export function signatureOfWords(words: string): Uint32Array {
  const bits = new Uint32Array(SIGNATURE_LENGTH);
  let hash = HASH_START;
  let length = 0;
  for (let i = 0; i <= words.length; i++) {
    const unit = i < words.length ? words.charCodeAt(i) : SPACE;
    if (unit === SPACE || unit === LINE || unit === DOT) {
      if (length > 0) setEnd(bits, hash);
      hash = HASH_START;
      length = 0;
      continue;
    }
    if (length === 0 && unit >= FIRST_CJK) {
      const end = endOfWord(words, i);
      writeWord(words.slice(i, end), bits);
      i = end - 1;
      continue;
    }
    hash = hashStep(hash, unit);
    length++;
    if (length === SHORT || length === MIDDLE || length === LONG) setBit(bits, hash);
  }
  return bits;
}

/** The bits that every row with these tokens has. */
export function signatureOf(tokens: readonly FtsToken[]): Signature {
  const bits = new Uint32Array(SIGNATURE_LENGTH);
  for (const { token, prefix } of tokens) writeToken({ token, prefix }, bits);
  const parts = Array.from(bits.keys()).filter((part) => bits[part] !== 0);
  // What rules out most rows comes first.
  parts.sort((a, b) => countOnes(bits[b] ?? 0) - countOnes(bits[a] ?? 0));
  return { parts, masks: parts.map((part) => bits[part] ?? 0) };
}

function countOnes(bits: number): number {
  return bits.toString(2).replaceAll('0', '').length;
}

/** A run of CJK letters has several tokens. */
function writeWord(word: string, bits: Uint32Array): void {
  const tokens = isCjk(word) ? toTokens(word) : [word];
  for (const token of tokens) writeToken({ token, prefix: false }, bits);
}

function writeToken({ token, prefix }: FtsToken, bits: Uint32Array): void {
  let hash = HASH_START;
  for (let length = 1; length <= token.length; length++) {
    hash = hashStep(hash, token.charCodeAt(length - 1));
    if (length === SHORT || length === MIDDLE || length === LONG) setBit(bits, hash);
  }
  if (!prefix) setEnd(bits, hash);
}

/** Two bits of a whole word: words tell rows apart better than beginnings. */
function setEnd(bits: Uint32Array, hash: number): void {
  const end = hashEnd(hash);
  setBit(bits, end);
  setBit(bits, end >>> (2 * BITS));
}

function setBit(bits: Uint32Array, hash: number): void {
  const bit = foldHash(hash, BITS);
  const part = bit >>> 5;
  bits[part] = (bits[part] ?? 0) | (1 << (bit & 31));
}

function endOfWord(words: string, from: number): number {
  const end = words.indexOf(' ', from);
  return end === -1 ? words.length : end;
}
