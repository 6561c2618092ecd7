import { FILE_TYPES } from '../../contract/descriptor.ts';
import type { ParsedQuery } from '../search/query-language.ts';
import { hasArtist, toEndingNeedle, toNeedle } from './indexed-words.ts';
import { matchScorer, NO_MATCH } from './match-score.ts';
import { NO_YEAR, type RowBlock } from './row-block.ts';

/** The score of a row that a query finds; NO_MATCH for any other. */
export type RowScorer = (block: RowBlock, at: number) => number;

/** Texts are looked at last: they are the furthest away. A row without a year is of no year. */
export function rowScorer(query: ParsedQuery): RowScorer {
  const { filters } = query;
  const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY, yearTo = Number.POSITIVE_INFINITY } = filters;
  const type = filters.type === undefined ? ANY : FILE_TYPES.indexOf(filters.type);
  const yearFrom = filters.yearFrom ?? (filters.yearTo === undefined ? NO_YEAR : 0);
  const score = matchScorer(query);
  const passes = textCheck(query);
  return (block, at) => {
    if (type !== ANY && block.type(at) !== type) return NO_MATCH;
    const [size, year] = [block.size(at), block.year(at)];
    if (size < minBytes || size > maxBytes || year < yearFrom || year > yearTo) return NO_MATCH;
    const words = block.words(at);
    return passes(words) ? score(words) : NO_MATCH;
  };
}

/** No type. */
const ANY = -1;

/** What a query asks of the text beside its terms. */
function textCheck({ excluded, filters: { artist, ext } }: ParsedQuery): (words: string) => boolean {
  const lacks = excluded.map(({ words, prefix }) => toNeedle(words, prefix));
  const ending = ext === undefined ? undefined : toEndingNeedle(ext);
  const artistNeedle = artist === undefined ? undefined : toNeedle(artist.split(' '), false);
  return (words) => {
    if (ending !== undefined && !words.includes(ending)) return false;
    if (artistNeedle !== undefined && !hasArtist(words, artistNeedle)) return false;
    return !lacks.some((text) => words.includes(text));
  };
}
