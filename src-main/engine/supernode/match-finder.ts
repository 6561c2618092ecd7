import type { ParsedQuery } from '../search/query-language.ts';
import type { IdRange, IndexStore } from '../store/index-store.ts';
import type { HeldRows } from './held-rows.ts';
import { NO_MATCH } from './match-score.ts';
import {
  PASSING_COST,
  type PreparedQuery,
  planShard,
  prepareQuery,
  READING_COST,
  ROW_COST,
  type ShardPlan,
} from './query-plan.ts';
import { type RowScorer, rowScorer } from './row-scorer.ts';
import type { RowAt } from './row-table.ts';
import type { Shard } from './shard.ts';

export type MatchFinderDeps = {
  readonly store: IndexStore;
  readonly shards: readonly Shard[];
  /** Those of each shard whose rows may be given, in the order of their ids. */
  readonly children: () => readonly (readonly HeldRows[])[];
  /** The child that a row belongs to, if its rows may be given. */
  readonly presentOf: (id: number) => HeldRows | undefined;
};
/** A row and who has it. */
export type FoundRow = RowAt & { readonly id: number; readonly child: HeldRows; readonly score: number };

/** Matches that are scored (protocol section 8). */
const MATCHES = 500;
/**
 * Work of one query beside its matches, in postings (see query-plan.ts): 0.7 of its 4 ms. Beyond, the answer says `more`. Asking every
 * shard is not counted: a rare word is found in all.
 */
const MAX_COST = 13_000;
/** The same for passing over rows: 1 ms, what asking every shard costs, so that no query is cut where that is the dearer way. */
const MAX_PASSING_COST = 20_000;

/** Ids that the full text gives at once: it begins anew for each page, and gathers a prefix again. */
const PAGE_IDS = 1000;

/** A part of the rows of a shard. */
type Range = IdRange & { readonly shard: Shard; readonly children: readonly HeldRows[] };
type Found = { readonly matches: readonly FoundRow[]; readonly isAll: boolean };
/** A query under way. */
type Hunt = {
  readonly query: PreparedQuery;
  readonly score: RowScorer;
  readonly matches: FoundRow[];
  cost: number;
  passingCost: number;
};

/** Finds rows that match a query: by the full text, or by looking at those that are not in it, or at all where most of them match. */
export class MatchFinder {
  readonly #deps: MatchFinderDeps;

  constructor(deps: MatchFinderDeps) {
    this.#deps = deps;
  }

  /** The first 500 from a row at random (`start`, 0 to 1). */
  find(query: ParsedQuery, start: number): Found {
    const prepared = prepareQuery(query);
    const hunt: Hunt = {
      query: prepared,
      score: rowScorer(query),
      matches: [],
      cost: 0,
      passingCost: 0,
    };
    const isAll = this.#ranges(start).every((range) => this.#takeRange(hunt, range));
    return { matches: hunt.matches, isAll };
  }

  /** False when the range was not looked at to its end. */
  #takeRange(hunt: Hunt, range: Range): boolean {
    const plan = planShard(hunt.query.tokens, range.shard.counts, MATCHES - hunt.matches.length);
    if (plan?.match.length === 0) return passAll(hunt, range, (child) => child.firstId);
    const isFound = plan === undefined || this.#takeIndexed(hunt, range, plan);
    return isFound && passAll(hunt, range, (child) => child.firstId + child.indexedTo);
  }

  /** Matches that the full text gives. */
  #takeIndexed(hunt: Hunt, { shard, from, to }: Range, { match, cost }: ShardPlan): boolean {
    for (let next = from; next <= to; ) {
      if (isOver(hunt)) return false;
      const ids = this.#deps.store.matchIds(shard.number, match, { from: next, to, limit: PAGE_IDS });
      hunt.cost += cost + ids.length * ROW_COST;
      if (!this.#takeIds(hunt, ids, match.length === hunt.query.tokens.length)) return false;
      if (ids.length < PAGE_IDS) return true;
      next = (ids.at(-1) ?? to) + 1;
    }
    return true;
  }

  /** `isSure`: the rows have all tokens. The full text may still have rows that are gone. */
  #takeIds({ matches, score, query }: Hunt, ids: readonly number[], isSure: boolean): boolean {
    let child: HeldRows | undefined;
    for (const id of ids) {
      if (!child?.owns(id)) child = this.#deps.presentOf(id);
      const row = child?.find(id);
      if (!child || !row || !(isSure || row.block.isLike(query.signature, row.at))) continue;
      const points = score(row.block, row.at);
      if (points === NO_MATCH) continue;
      if (matches.length === MATCHES) return false;
      matches.push({ id, child, block: row.block, at: row.at, score: points });
    }
    return true;
  }

  /** All rows, from a row at random on: its shard from there, every other shard, and what lies before it. */
  #ranges(start: number): Range[] {
    const { shards } = this.#deps;
    const children = this.#deps.children();
    const first = Math.floor(start * shards.length) % shards.length;
    const ranges = shards.map((shard) => wholeOf(shard, children[shard.number] ?? []));
    const [head, ...rest] = [...ranges.slice(first), ...ranges.slice(0, first)];
    if (head === undefined) return [];
    const at = rowAt(head.children, start * shards.length - first);
    return [{ ...head, from: at }, ...rest, { ...head, to: at - 1 }].filter(({ from, to }) => from <= to);
  }
}

function isOver({ matches, cost }: Hunt): boolean {
  return matches.length === MATCHES || cost > MAX_COST;
}

/** Looks at each row of the range from the one that `fromOf` says for its child. */
function passAll(hunt: Hunt, { children, from, to }: Range, fromOf: (child: HeldRows) => number): boolean {
  const { score, matches, query } = hunt;
  return children.every((child) => {
    const { firstId, rows } = child;
    const places = { from: Math.max(from, fromOf(child)) - firstId, to: Math.min(to, child.nextId - 1) - firstId };
    if (places.from > places.to) return true;
    if (isOver(hunt) || hunt.passingCost > MAX_PASSING_COST) return false;
    hunt.passingCost += (places.to - places.from) * PASSING_COST;
    return rows.scan(places, query.signature, (block, at) => {
      if (isOver(hunt)) return false;
      const points = score(block, at);
      if (points === NO_MATCH) hunt.cost += READING_COST;
      else matches.push({ id: firstId + block.place(at), child, block, at, score: points });
      return true;
    });
  });
}

/** From the first row of a shard's children to their last; an empty range for none. */
function wholeOf(shard: Shard, children: readonly HeldRows[]): Range {
  return { shard, children, from: children[0]?.firstId ?? 0, to: (children.at(-1)?.nextId ?? 0) - 1 };
}

/** The id at a part (0 to 1) of the rows of a shard's children. */
function rowAt(children: readonly HeldRows[], part: number): number {
  const at = part * children.length;
  const child = children[Math.min(children.length - 1, Math.floor(at))];
  return child === undefined ? 0 : child.firstId + Math.floor((at % 1) * child.rows.nextPlace);
}
