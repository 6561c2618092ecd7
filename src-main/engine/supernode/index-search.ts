import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IndexAnswer, IndexHit } from '../ports/index.ts';
import type { ParsedQuery } from '../search/query-language.ts';
import type { FoundFile, IdRange, IndexStore, Page, RowFilter } from '../store/index-store.ts';
import type { ContentRows } from './content-rows.ts';
import type { HeldRows } from './held-rows.ts';
import { fromIndexedText } from './indexed-text.ts';
import { hasArtist } from './indexed-words.ts';
import { matchScorer } from './match-score.ts';
import { type PreparedQuery, planShard, prepareQuery, ROW_COST, type ShardPlan } from './query-plan.ts';
import type { Shard } from './shard.ts';

export type IndexSearchDeps = {
  readonly store: IndexStore;
  readonly shards: readonly Shard[];
  readonly contents: ContentRows;
  readonly children: () => Iterable<HeldRows>;
  /** The child that a row belongs to, if its rows may be given. */
  readonly presentOf: (id: number) => NodeId | undefined;
};

/** Matches that are scored (protocol section 8). */
const MATCHES = 500;
/** Work for one query, in postings (see query-plan.ts): some 2 of its 4 ms. Beyond, the answer says `more`. */
const MAX_COST = 40_000;
/** Holders given of one content: what a query by hash wants (protocol section 8). */
const MAX_HOLDERS = 50;
/** Rows read to find holders of the contents of one answer, and of one content. */
const HOLDER_ROWS = 1000;

type Range = IdRange & { readonly shard: Shard };
type Check = {
  readonly query: PreparedQuery;
  readonly plan: ShardPlan;
  readonly page: Page;
  readonly wanted: number;
};
/** `rows`: how many were looked at. */
type Checked = { readonly matches: readonly FoundFile[]; readonly rows: number; readonly rest: Page | undefined };
type Found = { readonly matches: readonly FoundFile[]; readonly isAll: boolean };
type Content = { readonly best: FoundFile; readonly score: number; readonly holders: ReadonlySet<NodeId> };

/** Answers queries from the rows of a supernode's children. */
export class IndexSearch {
  readonly #deps: IndexSearchDeps;
  #lookups = 0;

  constructor(deps: IndexSearchDeps) {
    this.#deps = deps;
  }

  /** The best `limit` contents among the first 500 matches from a row at random (`start`, 0 to 1). */
  search(query: ParsedQuery, { limit, start }: { readonly limit: number; readonly start: number }): IndexAnswer {
    const { matches, isAll } = this.#find(prepareQuery(query), start);
    const contents = group(matches, { score: matchScorer(query), ownerOf: this.#deps.presentOf });
    contents.sort((a, b) => b.score - a.score || b.holders.size - a.holders.size || a.best.id - b.best.id);
    const chosen = contents.slice(0, limit);
    return { hits: this.#toHits(this.#withOtherHolders(chosen), start), more: !isAll || contents.length > limit };
  }

  /** Holders of one content, at most `limit`; another `limit` of them at the next call, when there are more. */
  lookup(hash: ContentHash, limit: number): IndexAnswer {
    const matches = this.#holderRows([hash]);
    const first = matches.length === 0 ? 0 : (this.#lookups++ * limit) % matches.length;
    const turned = [...matches.slice(first), ...matches.slice(0, first)];
    const contents = group(turned.slice(0, limit), this.#unscored());
    return { hits: this.#toHits(contents, 0), more: matches.length > limit };
  }

  #find(query: PreparedQuery, start: number): Found {
    const matches: FoundFile[] = [];
    let cost = 0;
    for (const range of this.#ranges(start)) {
      const plan = planShard(query, range.shard.counts);
      if (plan === undefined) continue;
      for (let page: Page | undefined = { ...range, limit: MATCHES }; page !== undefined; ) {
        if (matches.length === MATCHES || cost > MAX_COST) return { matches, isAll: false };
        const checked = this.#check(range.shard.number, { query, plan, page, wanted: MATCHES - matches.length });
        matches.push(...checked.matches);
        cost += checked.rows * ROW_COST;
        page = checked.rest;
      }
      cost += plan.cost;
    }
    return { matches, isAll: true };
  }

  /** Matches among the next rows that the full text gives; `rest` is undefined when it gave all of the page's range. */
  #check(shard: number, { query, plan, page, wanted }: Check): Checked {
    const { store } = this.#deps;
    if (!isFiltering(plan.filter)) {
      const rows = store.match(shard, plan.match, { ...page, limit: wanted });
      return {
        matches: this.#present(rows),
        rows: rows.length,
        rest: restOf(page, rows.at(-1)?.id, rows.length < wanted),
      };
    }
    // A filter lets few rows pass: a page of them at once.
    const ids = store.matchIds(shard, plan.match, page);
    const present = ids.filter((id) => this.#deps.presentOf(id) !== undefined);
    const { artist } = query;
    const rows = present.length === 0 ? [] : store.filter(present, plan.filter);
    const passing = artist === undefined ? rows : rows.filter(({ words }) => hasArtist(words, artist));
    const last = passing.length > wanted ? passing[wanted - 1]?.id : ids.at(-1);
    const isLast = passing.length <= wanted && ids.length < page.limit;
    return { matches: passing.slice(0, wanted), rows: ids.length, rest: restOf(page, last, isLast) };
  }

  #present(rows: readonly FoundFile[]): FoundFile[] {
    return rows.filter(({ id }) => this.#deps.presentOf(id) !== undefined);
  }

  /** All rows, from a row at random on: its shard from there, every other shard, and what lies before it. */
  #ranges(start: number): Range[] {
    const { shards } = this.#deps;
    const byShard = shards.map((): HeldRows[] => []);
    for (const rows of this.#deps.children()) byShard[rows.shard.number]?.push(rows);
    const first = Math.floor(start * shards.length) % shards.length;
    const ranges = shards.map((shard): Range => ({ shard, ...wholeOf(byShard[shard.number] ?? []) }));
    const [head, ...rest] = [...ranges.slice(first), ...ranges.slice(0, first)];
    if (head === undefined) return [];
    const at = rowAt(byShard[first] ?? [], start * shards.length - first);
    return [{ ...head, from: at }, ...rest, { ...head, to: at - 1 }];
  }

  /** Those whose names did not match, or who lie beyond the matches looked at. */
  #withOtherHolders(contents: readonly Content[]): Content[] {
    const rows = this.#holderRows(contents.map(({ best }) => best.hash));
    const others = new Map(group(rows, this.#unscored()).map(({ best, holders }) => [contentKey(best), holders]));
    return contents.map((content) => ({
      ...content,
      holders: new Set([...content.holders, ...(others.get(contentKey(content.best)) ?? [])]),
    }));
  }

  /** Rows of these contents whose children are here. */
  #holderRows(hashes: readonly ContentHash[]): FoundFile[] {
    const ids = hashes.flatMap((hash) => this.#deps.contents.idsOf(hash));
    const present = ids.filter((id) => this.#deps.presentOf(id) !== undefined).slice(0, HOLDER_ROWS);
    const wanted = new Set(hashes);
    const rows = present.length === 0 ? [] : this.#deps.store.contents(present);
    return rows.filter(({ hash }) => wanted.has(hash)).map((row) => ({ ...row, words: '' }));
  }

  #unscored(): Grouping {
    return { score: () => 0, ownerOf: this.#deps.presentOf };
  }

  #toHits(contents: readonly Content[], start: number): IndexHit[] {
    const rows = this.#deps.store.descriptors(contents.map(({ best }) => best.id));
    const texts = new Map(rows.map(({ id, descriptor }) => [id, descriptor]));
    return contents.flatMap(({ best: { id, hash, size }, holders }) => {
      const text = texts.get(id);
      return text === undefined ? [] : [{ hash, size, ...fromIndexedText(text), holders: some([...holders], start) }];
    });
  }
}

/** What of a page lies behind its row `last`. */
function restOf(page: Page, last: number | undefined, isAll: boolean): Page | undefined {
  return isAll || last === undefined ? undefined : { ...page, from: last + 1 };
}

function isFiltering({ has, lacks, ...values }: RowFilter): boolean {
  return has.length + lacks.length > 0 || Object.values(values).some((value) => value !== undefined);
}

type Grouping = {
  readonly score: (words: string) => number;
  readonly ownerOf: (id: number) => NodeId | undefined;
};
type Draft = { best: FoundFile; score: number; readonly holders: Set<NodeId> };

/** Distinct by hash and size; of several rows the one that scores best stands for them. */
function group(rows: readonly FoundFile[], { score, ownerOf }: Grouping): Content[] {
  const contents = new Map<string, Draft>();
  for (const row of rows) {
    const points = score(row.words);
    const key = contentKey(row);
    const content = contents.get(key) ?? { best: row, score: points, holders: new Set() };
    if (points > content.score) [content.best, content.score] = [row, points];
    const owner = ownerOf(row.id);
    if (owner !== undefined) content.holders.add(owner);
    contents.set(key, content);
  }
  return [...contents.values()];
}

function contentKey({ hash, size }: Pick<FoundFile, 'hash' | 'size'>): string {
  return `${hash}:${size}`;
}

/** Ids of a shard's children: those of the first to those of the last; an empty range for none. */
function wholeOf(children: readonly HeldRows[]): IdRange {
  let [from, to] = [Number.MAX_SAFE_INTEGER, 0];
  for (const { ids } of children) [from, to] = [Math.min(from, ids.from), Math.max(to, ids.to)];
  return { from, to };
}

/** The id at a part (0 to 1) of the rows of a shard's children. */
function rowAt(children: readonly HeldRows[], part: number): number {
  const at = part * children.length;
  const child = children[Math.min(children.length - 1, Math.floor(at))];
  if (child === undefined) return 0;
  return child.ids.from + Math.floor((at % 1) * (child.nextId - child.ids.from));
}

/** Another part of a long list for each `start`. */
function some(holders: readonly NodeId[], start: number): NodeId[] {
  const first = holders.length <= MAX_HOLDERS ? 0 : Math.floor(start * holders.length);
  return [...holders.slice(first), ...holders.slice(0, first)].slice(0, MAX_HOLDERS);
}
