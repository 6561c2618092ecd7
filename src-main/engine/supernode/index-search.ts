import type { ContentHash } from '../../contract/ids.ts';
import { type AnswerText, writeAnswer } from '../ports/answer-text.ts';
import type { ParsedQuery } from '../search/query-language.ts';
import { type ContentRows, contentKey } from './content-rows.ts';
import type { HeldRows } from './held-rows.ts';
import { insideOf, toShownText } from './indexed-text.ts';
import { type FoundRow, MatchFinder, type MatchFinderDeps } from './match-finder.ts';

export type IndexSearchDeps = MatchFinderDeps & { readonly contents: ContentRows };

/** Holders given of one content: what a query by hash wants (protocol section 8). */
const MAX_HOLDERS = 50;
/** Rows looked at to find holders of one content. */
const HOLDER_ROWS = 1000;

type Content = {
  readonly first: FoundRow;
  /** Other matches of it: mostly none. */
  others: FoundRow[] | undefined;
  /** Of the row that scores best. */
  score: number;
  readonly holders: HeldRows[];
  /** Another of the same key. */
  next: Content | undefined;
};

/** Answers queries from the rows of a supernode's children. */
export class IndexSearch {
  readonly #deps: IndexSearchDeps;
  readonly #finder: MatchFinder;
  #lookups = 0;

  constructor(deps: IndexSearchDeps) {
    this.#deps = deps;
    this.#finder = new MatchFinder(deps);
  }

  /** The best `limit` contents among the first 500 matches from a row at random (`start`, 0 to 1). */
  search(query: ParsedQuery, { limit, start }: { readonly limit: number; readonly start: number }): AnswerText {
    const { matches, isAll } = this.#finder.find(query, start);
    const contents = group(matches);
    contents.sort((a, b) => b.score - a.score || b.holders.length - a.holders.length || a.first.id - b.first.id);
    const chosen = contents.slice(0, limit);
    for (const content of chosen) this.#addOtherHolders(content);
    return toAnswer(chosen, { start, more: !isAll || contents.length > limit });
  }

  /** Holders of one content, at most `limit`; another `limit` of them at the next call, when there are more. */
  lookup(hash: ContentHash, limit: number): AnswerText {
    const matches = this.#rowsOf(hash, contentKey(hash));
    const first = matches.length === 0 ? 0 : (this.#lookups++ * limit) % matches.length;
    const turned = [...matches.slice(first), ...matches.slice(0, first)];
    const contents = group(turned.slice(0, limit));
    return toAnswer(contents, { start: 0, more: matches.length > limit });
  }

  /** Those whose names did not match, or who lie beyond the matches looked at. */
  #addOtherHolders({ first: { block, at }, holders }: Content): void {
    const [size, key] = [block.size(at), block.key(at)];
    // Most contents have one row, which is known.
    if (!this.#deps.contents.isShared(key)) return;
    for (const row of this.#rowsOf(block.hash(at), key))
      if (row.block.size(row.at) === size) addHolder(holders, row.child);
  }

  /** Rows with this hash whose children are here. */
  #rowsOf(hash: ContentHash, key: number): FoundRow[] {
    const found: FoundRow[] = [];
    for (const id of this.#deps.contents.idsOf(key)) {
      const child = this.#deps.presentOf(id);
      const row = child?.find(id);
      if (child && row && row.block.hash(row.at) === hash) found.push({ id, child, score: 0, ...row });
      if (found.length === HOLDER_ROWS) break;
    }
    return found;
  }
}

/** Distinct by hash and size. */
function group(rows: readonly FoundRow[]): Content[] {
  const contents: Content[] = [];
  const byKey = new Map<number, Content>();
  for (const row of rows) {
    const key = row.block.key(row.at);
    const first = byKey.get(key);
    let content = first;
    while (content !== undefined && !isSame(content.first, row)) content = content.next;
    if (content === undefined) {
      content = { first: row, others: undefined, score: row.score, holders: [row.child], next: first };
      byKey.set(key, content);
      contents.push(content);
    } else {
      content.others ??= [];
      content.others.push(row);
      content.score = Math.max(content.score, row.score);
      addHolder(content.holders, row.child);
    }
  }
  return contents;
}

/**
 * The row that stands for a content: it says of the inside, which is the same for all who have it, what most say, and names it as most of those do.
 * The score only decides where as many say something else, so that one child cannot call the file of many others what it likes.
 */
function shownOf({ first, others }: Content): FoundRow {
  if (others === undefined) return first;
  const told = [first, ...others].map((row) => ({ row, text: row.block.descriptor(row.at) }));
  const byInside = mostVoiced(told, ({ text }) => insideOf(text));
  const [shown] = mostVoiced(byInside, ({ text }) => text);
  return shown?.row ?? first;
}

type ToldRow = { readonly row: FoundRow; readonly text: string };
type Group = { readonly rows: ToldRow[]; readonly voices: Set<string>; score: number };

/** Those of one text: the one that most voices say, or the best-scoring of such. */
function mostVoiced(rows: readonly ToldRow[], textOf: (row: ToldRow) => string): readonly ToldRow[] {
  if (rows.length < 2) return rows;
  const groups = new Map<string, Group>();
  for (const told of rows) {
    const text = textOf(told);
    const group = groups.get(text) ?? { rows: [], voices: new Set(), score: told.row.score };
    group.rows.push(told);
    group.voices.add(told.row.child.voice);
    group.score = Math.max(group.score, told.row.score);
    groups.set(text, group);
  }
  const isMore = (a: Group, b: Group) => a.voices.size - b.voices.size || a.score - b.score;
  return [...groups.values()].reduce((most, group) => (isMore(group, most) > 0 ? group : most)).rows;
}

function isSame(a: FoundRow, b: FoundRow): boolean {
  return a.block.size(a.at) === b.block.size(b.at) && a.block.hash(a.at) === b.block.hash(b.at);
}

/** They are few: 150 children, mostly one. */
function addHolder(holders: HeldRows[], child: HeldRows): void {
  if (!holders.includes(child)) holders.push(child);
}

function toAnswer(contents: readonly Content[], { start, more }: { start: number; more: boolean }): AnswerText {
  const hits = contents.map((content) => {
    const { block, at } = shownOf(content);
    return {
      hash: block.hash(at),
      size: block.size(at),
      holders: some(content.holders, start).map(({ node }) => node),
      shown: toShownText(block.descriptor(at)),
    };
  });
  return writeAnswer({ hits, more });
}

/** Another part of a long list for each `start`. */
function some<T>(list: readonly T[], start: number): T[] {
  const first = list.length <= MAX_HOLDERS ? 0 : Math.floor(start * list.length);
  return [...list.slice(first), ...list.slice(0, first)].slice(0, MAX_HOLDERS);
}
