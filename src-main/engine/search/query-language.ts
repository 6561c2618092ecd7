import { FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import { AppError } from '../../contract/errors.ts';
import { MAX_QUERY_BYTES } from '../../contract/search.ts';
import { utf8Length } from '../../contract/utf8.ts';
import { fold, foldWords, isCjk } from '../fold.ts';
import { parseByteSize, parseYears } from './query-values.ts';

/**
 * Something that a match must have, or must not: folded words that stand in this order, one behind the other. `prefix`: the last of
 * them may go on.
 */
export type QueryTerm = { readonly words: readonly string[]; readonly prefix: boolean };
export type QueryFilters = {
  readonly type?: FileType;
  /** Folded; words of the artist in this order. */
  readonly artist?: string;
  /** Ending of the name, folded, without the dot. */
  readonly ext?: string;
  readonly minBytes?: number;
  readonly maxBytes?: number;
  readonly yearFrom?: number;
  readonly yearTo?: number;
};
/** `terms` has at least one entry. */
export type ParsedQuery = {
  readonly terms: readonly QueryTerm[];
  readonly excluded: readonly QueryTerm[];
  readonly filters: QueryFilters;
};
export type QueryRefusal = { readonly why: string };

/** Protocol section 8: bytes of UTF-8, terms (words, phrases and excluded ones), letters of a prefix. */
const MIN_BYTES = 2;
const MAX_TERMS = 10;
const MIN_PREFIX = 2;

/** An optional minus and filter name, then quoted text (the end of the query closes it too) or text up to a space. */
const ITEM = /(-?)(?:(type|artist|min|max|ext|year):)?(?:"([^"]*)"?|([^\s"]+))/giu;
const CURLY_QUOTES = /[\u201c\u201d\u201e]/g;

/** Reads the query language: `words "a phrase" -not type:audio artist:"…" min:10MB max:… ext:pdf year:2001..2005`. Never throws. */
export function parseQuery(text: string): ParsedQuery | QueryRefusal {
  const bytes = utf8Length(text.trim());
  if (bytes < MIN_BYTES || bytes > MAX_QUERY_BYTES)
    return { why: `a query has ${MIN_BYTES} to ${MAX_QUERY_BYTES} bytes` };
  const draft: Draft = { terms: [], excluded: [], filters: {}, lastWord: undefined };
  for (const match of text.replace(CURLY_QUOTES, '"').matchAll(ITEM)) {
    const why = addItem(draft, toItem(match));
    if (why !== undefined) return { why };
  }
  const { terms, excluded, filters } = draft;
  if (terms.length === 0) return { why: 'a query needs a word to look for' };
  if (terms.length + excluded.length > MAX_TERMS) return { why: `a query has at most ${MAX_TERMS} words` };
  return { terms: terms.map((term) => (term === draft.lastWord ? asPrefix(term) : term)), excluded, filters };
}

/** The query language as a search of this peer needs it. */
export const queryText = {
  /** Folded words that a match must have; fails with search.query-invalid. */
  terms(text: string): readonly string[] {
    const parsed = parseQuery(text);
    if ('why' in parsed) throw new AppError('search.query-invalid', parsed);
    return parsed.terms.flatMap(({ words }) => words);
  },
  fold,
};

type Draft = {
  readonly terms: QueryTerm[];
  readonly excluded: QueryTerm[];
  filters: QueryFilters;
  lastWord: QueryTerm | undefined;
};
type Item = {
  readonly excluded: boolean;
  readonly key: string | undefined;
  readonly quoted: boolean;
  readonly value: string;
};

function toItem([, minus, key, quoted, bare]: RegExpMatchArray): Item {
  return {
    excluded: minus === '-',
    key: key?.toLowerCase(),
    quoted: quoted !== undefined,
    value: quoted ?? bare ?? '',
  };
}

function addItem(draft: Draft, { excluded, key, quoted, value }: Item): string | undefined {
  if (key !== undefined) {
    if (excluded) return `${key}: cannot be excluded`;
    return addFilter(draft, key, value);
  }
  const words = foldWords(value);
  if (words.length === 0) return undefined;
  const term: QueryTerm = { words, prefix: false };
  (excluded ? draft.excluded : draft.terms).push(term);
  if (!excluded && !quoted) draft.lastWord = term;
  return undefined;
}

function addFilter(draft: Draft, key: string, value: string): string | undefined {
  const read = readFilter(key, value);
  if ('why' in read) return `${key}: ${read.why}`;
  if (Object.keys(read.filters).some((name) => name in draft.filters)) return `${key}: stands twice`;
  draft.filters = { ...draft.filters, ...read.filters };
  return undefined;
}

function readFilter(key: string, value: string): { readonly filters: QueryFilters } | QueryRefusal {
  if (key === 'type') {
    const type = FILE_TYPES.find((name) => name === value.toLowerCase());
    return type ? { filters: { type } } : { why: `is one of ${FILE_TYPES.join(', ')}` };
  }
  if (key === 'min' || key === 'max') {
    const bytes = parseByteSize(value);
    if (bytes === undefined) return { why: 'is a size such as 10MB' };
    return { filters: key === 'min' ? { minBytes: bytes } : { maxBytes: bytes } };
  }
  if (key === 'year') {
    const years = parseYears(value);
    return years ? { filters: { yearFrom: years.from, yearTo: years.to } } : { why: 'is 2001 or 2001..2005' };
  }
  const folded = fold(value);
  if (folded === '') return { why: 'needs letters or digits' };
  return { filters: key === 'artist' ? { artist: folded } : { ext: folded } };
}

/** The last plain word may be unfinished; a single letter would match too much, but a CJK letter is a word. */
function asPrefix(term: QueryTerm): QueryTerm {
  const last = term.words.at(-1) ?? '';
  return isCjk(last) || [...last].length >= MIN_PREFIX ? { ...term, prefix: true } : term;
}
