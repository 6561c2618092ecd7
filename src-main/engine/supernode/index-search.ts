import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { IndexAnswer, IndexHit } from '../ports/index.ts';
import type { ParsedQuery } from '../search/query-language.ts';
import type { FoundFile, IdRange, IndexStore } from '../store/index-store.ts';
import type { HeldRows } from './held-rows.ts';
import { fromIndexedText } from './indexed-text.ts';
import { hasArtist } from './indexed-words.ts';
import { matchScorer } from './match-score.ts';
import { planQuery, type QueryPlan } from './query-plan.ts';
import type { TermCounts } from './term-counts.ts';

export type IndexSearchDeps = {
  readonly store: IndexStore;
  readonly counts: TermCounts;
  readonly shards: number;
  readonly rows: () => number;
  readonly children: () => Iterable<HeldRows>;
  /** The child that a row belongs to, if its rows may be given. */
  readonly presentOf: (id: number) => NodeId | undefined;
};

/** Matches that are scored (protocol section 8). */
const MATCHES = 500;
/** Rows checked for one query, and postings walked through: what fits in the 4 ms of a query. Beyond, the answer says `more`. */
const MAX_CHECKED = 3000;
const MAX_POSTINGS = 60_000;
/** Holders given of one content: what a query by hash wants (protocol section 8). */
const MAX_HOLDERS = 50;
/** Rows read to find holders of the contents of one answer, and of one content. */
const HOLDER_ROWS = 1000;

type Match = FoundFile & { readonly node: NodeId };
type Range = IdRange & { readonly shard: number };
type Found = { readonly matches: readonly Match[]; readonly isAll: boolean };
type Content = { readonly best: Match; readonly score: number; readonly holders: ReadonlySet<NodeId> };

/** Answers queries from the rows of a supernode's children. */
export class IndexSearch {
  readonly #deps: IndexSearchDeps;
  #lookups = 0;

  constructor(deps: IndexSearchDeps) {
    this.#deps = deps;
  }

  /** The best `limit` contents among the first 500 matches from a row at random (`start`, 0 to 1). */
  search(query: ParsedQuery, { limit, start }: { readonly limit: number; readonly start: number }): IndexAnswer {
    const { counts } = this.#deps;
    const plan = planQuery(query, (token) => counts.estimate(token), this.#deps.rows());
    const { matches, isAll } = this.#find(plan, start);
    const contents = group(matches, matchScorer(query));
    contents.sort((a, b) => b.score - a.score || b.holders.size - a.holders.size || a.best.id - b.best.id);
    const chosen = contents.slice(0, limit);
    return { hits: this.#toHits(this.#withOtherHolders(chosen), start), more: !isAll || contents.length > limit };
  }

  /** Holders of one content, at most `limit`; another `limit` of them at the next call, when there are more. */
  lookup(hash: ContentHash, limit: number): IndexAnswer {
    const rows = this.#deps.store.holders([hash], HOLDER_ROWS).filter((row) => row.hash === hash);
    const matches = this.#present(rows);
    const first = matches.length === 0 ? 0 : (this.#lookups++ * limit) % matches.length;
    const turned = [...matches.slice(first), ...matches.slice(0, first)];
    const contents = group(turned.slice(0, limit), () => 0);
    return { hits: this.#toHits(contents, 0), more: matches.length > limit };
  }

  #find(plan: QueryPlan, start: number): Found {
    const matches: Match[] = [];
    const rangePostings = plan.postings / this.#deps.shards;
    let [checked, postings] = [0, 0];
    for (const range of this.#ranges(start)) {
      for (let from = range.from; from <= range.to; ) {
        const left = Math.min(MATCHES - matches.length, MAX_CHECKED - checked);
        if (left <= 0 || postings > MAX_POSTINGS) return { matches, isAll: false };
        // A filter lets few rows pass: a page of them at once.
        const limit = isFiltering(plan) ? Math.min(MATCHES, MAX_CHECKED - checked) : left;
        const ids = this.#deps.store.match(range.shard, plan.match, { from, to: range.to, limit });
        checked += ids.length;
        for (const match of this.#check(ids, plan)) if (matches.length < MATCHES) matches.push(match);
        if (ids.length < limit) break;
        from = (ids.at(-1) ?? range.to) + 1;
      }
      postings += rangePostings;
    }
    return { matches, isAll: true };
  }

  #check(ids: readonly number[], { filter, artist }: QueryPlan): Match[] {
    const present = ids.filter((id) => this.#deps.presentOf(id) !== undefined);
    if (present.length === 0) return [];
    const rows = this.#deps.store.filter(present, filter);
    return this.#present(artist === undefined ? rows : rows.filter(({ words }) => hasArtist(words, artist)));
  }

  #present(rows: readonly FoundFile[]): Match[] {
    const matches: Match[] = [];
    for (const row of rows) {
      const node = this.#deps.presentOf(row.id);
      if (node !== undefined) matches.push({ ...row, node });
    }
    return matches;
  }

  /** All rows, from a row at random on: its shard from there, every other shard, and what lies before it. */
  #ranges(start: number): Range[] {
    const { shards } = this.#deps;
    const byShard = Array.from({ length: shards }, (): HeldRows[] => []);
    for (const rows of this.#deps.children()) byShard[rows.shard]?.push(rows);
    const first = Math.min(shards - 1, Math.floor(start * shards));
    const ranges: Range[] = [];
    for (let step = 0; step < shards; step++) {
      const shard = (first + step) % shards;
      const whole = wholeOf(byShard[shard] ?? []);
      if (whole) ranges.push({ shard, ...whole });
    }
    const [head, ...rest] = ranges;
    if (head === undefined || head.shard !== first) return ranges;
    const at = rowAt(byShard[first] ?? [], start * shards - first);
    return [{ ...head, from: at }, ...rest, { ...head, to: at - 1 }];
  }

  /** Those whose names did not match, or who lie beyond the matches looked at. */
  #withOtherHolders(contents: readonly Content[]): Content[] {
    const hashes = contents.map(({ best }) => best.hash);
    const others = new Map<string, Set<NodeId>>();
    for (const row of this.#present(hashes.length === 0 ? [] : this.#deps.store.holders(hashes, HOLDER_ROWS))) {
      const holders = others.get(contentKey(row));
      if (holders) holders.add(row.node);
      else others.set(contentKey(row), new Set([row.node]));
    }
    return contents.map((content) => ({
      ...content,
      holders: new Set([...content.holders, ...(others.get(contentKey(content.best)) ?? [])]),
    }));
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

function isFiltering({ filter, artist }: QueryPlan): boolean {
  const { has, lacks, ...values } = filter;
  return has.length + lacks.length + Object.keys(values).length > 0 || artist !== undefined;
}

/** Distinct by hash and size; of several rows the one that scores best stands for them. */
function group(matches: readonly Match[], score: (words: string) => number): Content[] {
  const contents = new Map<string, { best: Match; score: number; holders: Set<NodeId> }>();
  for (const match of matches) {
    const points = score(match.words);
    const known = contents.get(contentKey(match));
    if (known === undefined) {
      contents.set(contentKey(match), { best: match, score: points, holders: new Set([match.node]) });
      continue;
    }
    known.holders.add(match.node);
    if (points > known.score) [known.best, known.score] = [match, points];
  }
  return [...contents.values()];
}

function contentKey({ hash, size }: Pick<FoundFile, 'hash' | 'size'>): string {
  return `${hash}:${size}`;
}

/** Ids of a shard's children: those of the first to those of the last. */
function wholeOf(children: readonly HeldRows[]): IdRange | undefined {
  const [first] = children;
  if (first === undefined) return undefined;
  let { from, to } = first.ids;
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
