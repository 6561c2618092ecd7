import { fold } from '../../fold.ts';

/** The folded pieces between the stars of a pattern, with a blank where a word must begin or end. One piece: the whole name. */
export type NamePattern = readonly string[];

const WORD = /[\p{L}\p{N}\p{M}]/u;
/** Some piece must have so many letters, or a rule would hide what nobody meant; two are a word where each is a syllable. */
const LEAST_LETTERS = 3;
const LEAST_OTHER_LETTERS = 2;
const NOT_ASCII = /[^ -~]/;
/** More are no pattern of a person. */
const MAX_PIECES = 20;

/** Reads a pattern: a name in which `*` stands for anything. Names meet it folded, as searches do. Gives why it is none. */
export function parsePattern(text: string): NamePattern | { readonly why: string } {
  const written = text.split('*');
  if (written.length > MAX_PIECES) return { why: `a pattern has at most ${MAX_PIECES - 1} stars` };
  const last = written.length - 1;
  const pieces = written.map((piece, at) => {
    const folded = fold(piece);
    const [first, end] = [[...piece][0], [...piece].at(-1)];
    if (folded === '') return at === 0 || at === last || piece === '' ? '' : ' ';
    const before = at === 0 || !WORD.test(first ?? '') ? ' ' : '';
    const after = at === last || !WORD.test(end ?? '') ? ' ' : '';
    return `${before}${folded}${after}`;
  });
  if (!pieces.some(isEnough))
    return { why: 'a pattern has a word or a part of one, of three letters or digits at least' };
  return pieces;
}

const isEnough = (piece: string): boolean =>
  piece.trim().length >= (NOT_ASCII.test(piece) ? LEAST_OTHER_LETTERS : LEAST_LETTERS);

/** What `parsePattern` reads as this pattern. */
export function formatPattern(pieces: NamePattern): string {
  return pieces
    .map((piece, at) => {
      const from = at === 0 ? piece.trimStart() : piece;
      return at === pieces.length - 1 ? from.trimEnd() : from;
    })
    .join('*');
}

/** One blank ends a piece and begins the next. */
const endOf = (from: number, piece: string): number => from + piece.length - (piece.endsWith(' ') ? 1 : 0);

/** A name as patterns meet it. */
export const paddedName = (name: string): string => ` ${fold(name)} `;

/**
 * Whether a padded name is of a pattern. The first place where a piece fits is as good as any later one, so that nothing is tried twice:
 * what strangers write as patterns and names costs no more than its length.
 */
export function matchesPattern(pieces: NamePattern, name: string): boolean {
  const [first = '', ...rest] = pieces;
  const last = rest.pop();
  if (last === undefined) return name === first;
  if (!name.startsWith(first)) return false;
  let at = endOf(0, first);
  for (const piece of rest) {
    const found = name.indexOf(piece, at);
    if (found < 0) return false;
    at = endOf(found, piece);
  }
  return name.length - last.length >= at && name.endsWith(last);
}
