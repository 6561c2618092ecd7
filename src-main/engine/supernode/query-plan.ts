import { foldWords, isCjk, toTokens } from '../fold.ts';
import type { ParsedQuery } from '../search/query-language.ts';
import type { FtsToken } from '../store/fts-match.ts';
import { LIKE_BY_CHANCE, LONGEST_BEGINNING, type Signature, signatureOf } from './row-signature.ts';
import type { TermCounts } from './term-counts.ts';

/** A query, with the tokens that every row has which it finds. */
export type PreparedQuery = {
  readonly query: ParsedQuery;
  readonly tokens: readonly FtsToken[];
  readonly signature: Signature;
};
/** How a shard answers. What the full text gives is checked on the rows. */
export type ShardPlan = {
  /** Tokens for the full text, rarest first; none: every row is looked at. */
  readonly match: readonly FtsToken[];
  /** Of the full text, in postings; asking it at all is not bounded, else a rare word that every shard has would not be found in all. */
  readonly cost: number;
};
/** `rows` have it; `like`: have its signature. */
type Weighed = FtsToken & { readonly rows: number; readonly like: number };

/**
 * What work costs, in postings walked over (0.05 µs each, measured): one posting of a prefix, which FTS5 first gathers and sorts; asking
 * the full text at all; one of its rows found in memory; one row passed
 * over by its signature; the text of one read.
 */
const PREFIX_COST = 7;
const ASKING_COST = 2500;
export const ROW_COST = 16;
export const PASSING_COST = 0.28;
export const READING_COST = 60;

export function prepareQuery(query: ParsedQuery): PreparedQuery {
  const tokens = wantedTokens(query);
  return { query, tokens, signature: signatureOf(tokens) };
}

/**
 * Takes the rarest tokens to the full text and leaves the frequent ones to a check of each row: walking through every file that
 * has "the" costs more than reading the few that have the rare word. Where even the rarest is frequent, `wanted` matches are soon found
 * by looking at row after row. Undefined when the shard lacks a token.
 */
export function planShard(tokens: readonly FtsToken[], counts: TermCounts, wanted: number): ShardPlan | undefined {
  const weighed = tokens.map((token) => weigh(token, counts));
  weighed.sort((a, b) => a.rows - b.rows);
  if (weighed[0]?.rows === 0) return undefined;
  const { count, cost } = cheapestCount(weighed, counts.rows, wanted);
  if (passingCost(weighed, counts.rows, wanted) < cost) return { match: [], cost: 0 };
  const match = weighed.slice(0, count);
  return { match, cost: match.reduce((sum, token) => sum + costOf(token), 0) };
}

function weigh(token: FtsToken, counts: TermCounts): Weighed {
  const rows = Math.min(counts.rows, counts.estimate(token));
  const begun = counts.estimate({ token: token.token.slice(0, LONGEST_BEGINNING), prefix: true });
  return { ...token, rows, like: Math.min(counts.rows, rows + LIKE_BY_CHANCE * Math.max(0, begun - rows)) };
}

/** Each token once; words of the filters are tokens of the row too. */
function wantedTokens({ terms, filters }: ParsedQuery): FtsToken[] {
  const tokens = new Map<string, FtsToken>();
  const add = (token: FtsToken) => tokens.set(`${token.token}${token.prefix ? '*' : ''}`, token);
  for (const { words, prefix } of terms) {
    words.forEach((word, at) => {
      for (const token of tokensOf(word, prefix && at === words.length - 1)) add(token);
    });
  }
  for (const word of foldWords(`${filters.artist ?? ''} ${filters.ext ?? ''}`)) tokensOf(word, false).forEach(add);
  return [...tokens.values()];
}

/** A CJK word may be the beginning, middle or end of a longer run: its last letter alone says nothing of what follows. */
function tokensOf(word: string, prefix: boolean): FtsToken[] {
  if (!isCjk(word)) return [{ token: word, prefix }];
  const tokens = toTokens(word);
  if (tokens.length === 1) return tokens.map((token) => ({ token, prefix: true }));
  return tokens.slice(0, -1).map((token) => ({ token, prefix: false }));
}

function costOf({ rows, prefix }: Weighed): number {
  return prefix ? rows * PREFIX_COST : rows;
}

/** How many of the tokens, rarest first, cost least, were they independent: each one more is walked through, but leaves fewer rows. */
function cheapestCount(tokens: readonly Weighed[], rows: number, wanted: number): { count: number; cost: number } {
  let best = { count: 1, cost: Number.POSITIVE_INFINITY };
  let [walked, left] = [ASKING_COST, rows];
  const matches = rows * partOf(tokens, rows, 'rows');
  const reading = Math.min(wanted, matches) * READING_COST;
  tokens.forEach((token, at) => {
    walked += costOf(token);
    left *= token.rows / Math.max(1, rows);
    const cost = walked + reading + left * Math.min(1, wanted / Math.max(1, matches)) * ROW_COST;
    if (cost < best.cost) best = { count: at + 1, cost };
  });
  return best;
}

/** Of looking at row after row until there are enough matches, and reading those with the signature. */
function passingCost(tokens: readonly Weighed[], rows: number, wanted: number): number {
  const passed = rows * Math.min(1, wanted / Math.max(1, rows * partOf(tokens, rows, 'rows')));
  return passed * (PASSING_COST + partOf(tokens, rows, 'like') * READING_COST);
}

/** The part of the rows that have all tokens, or are like those, were they independent. */
function partOf(tokens: readonly Weighed[], rows: number, which: 'rows' | 'like'): number {
  return tokens.reduce((part, token) => part * (token[which] / Math.max(1, rows)), 1);
}
