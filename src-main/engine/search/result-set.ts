import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Hit, SearchResult } from '../../contract/search.ts';
import { wordsOf } from '../trust/signs/name-signs.ts';
import { ResultRow, type RowDeps, type Versions } from './result-row.ts';

/** Rows of one search: 10,000 can be wanted, and the last wave is shown whole. */
const MAX_ROWS = 12_000;
/** A 64-byte file can share its root with a larger one (protocol section 6). */
export const TWIN_SIZE = 64;

/** A page ends early when its rows weigh this much, at some 250 bytes: one answer to a face stays near 10 MB, whatever strangers send. */
const PAGE_WEIGHT = 40_000;

export type NamedHits = { readonly hits: readonly Hit[]; readonly namedBy: NodeId; readonly wave: number };

export type ResultPage = { readonly results: readonly SearchResult[]; readonly next: number | null };

/** Merges hits into results: distinct by (hash, size), their sources by (hash, NodeId). */
export class ResultSet {
  readonly #deps: RowDeps;
  readonly #rows = new Map<string, ResultRow>();
  readonly #rowsOfHash = new Map<ContentHash, number>();
  /** Rows of 64 bytes wait for the end of the search: another size may still be claimed. */
  readonly #held = new Set<ResultRow>();
  /** Rows by the words of their first name. */
  readonly #versions = new Map<string, Versions>();

  constructor(deps: RowDeps) {
    this.#deps = deps;
  }

  get size(): number {
    return this.#rows.size;
  }

  /** Results that count: believed, and named by at least one supernode that is not struck. */
  get count(): number {
    let count = 0;
    for (const row of this.#rows.values()) if (row.counts && this.#isBelieved(row)) count++;
    return count;
  }

  /** Takes hits in; gives the results that are new or whose sources changed. */
  add({ hits, namedBy, wave }: NamedHits): readonly SearchResult[] {
    const changed = new Set<ResultRow>();
    for (const hit of hits) {
      const row = this.#rowOf(hit, wave);
      if (row?.add(hit, namedBy)) (row.size === TWIN_SIZE ? this.#held : changed).add(row);
    }
    return [...changed].map((row) => row.view());
  }

  /** At the end of a run: the rows held back whose hash nobody claims with another size, and those that others made suspect. */
  settle(): readonly SearchResult[] {
    const changed = [...this.#held].filter((row) => this.#isBelieved(row));
    for (const row of this.#rows.values()) {
      row.end();
      if (!this.#held.has(row) && row.isJudgedAnew) changed.push(row);
    }
    this.#held.clear();
    return changed.map((row) => row.view());
  }

  /** People say something else of a file: the result, if that makes it look otherwise than when it was looked at last. */
  reconsider(file: Pick<Hit, 'hash' | 'size'>): SearchResult | undefined {
    const row = this.#rows.get(keyOf(file));
    return row && this.#isShown(row) && row.isJudgedAnew ? row.view() : undefined;
  }

  /** Results as they are now, in the order in which they came; `next` is where the page after begins. May have less than `limit`. */
  page(after: number, limit: number): ResultPage {
    const results: SearchResult[] = [];
    let weight = 0;
    let place = 0;
    for (const row of this.#rows.values()) {
      if (results.length >= limit || weight >= PAGE_WEIGHT) return { results, next: place };
      if (place++ < after || !this.#isShown(row)) continue;
      const result = row.view();
      results.push(result);
      weight += weightOf(result);
    }
    return { results, next: null };
  }

  /** All results as they are now. */
  all(): readonly SearchResult[] {
    return [...this.#rows.values()].filter((row) => this.#isShown(row)).map((row) => row.view());
  }

  #isShown(row: ResultRow): boolean {
    return !this.#held.has(row) && this.#isBelieved(row);
  }

  #rowOf(hit: Hit, wave: number): ResultRow | undefined {
    const key = keyOf(hit);
    const known = this.#rows.get(key);
    if (known || this.#rows.size >= MAX_ROWS) return known;
    const row = new ResultRow(this.#deps, hit, wave, this.#versionsOf(hit.name));
    this.#rows.set(key, row);
    this.#rowsOfHash.set(hit.hash, (this.#rowsOfHash.get(hit.hash) ?? 0) + 1);
    return row;
  }

  #versionsOf(name: string): Versions {
    const words = [...wordsOf(name)].join(' ');
    let versions = this.#versions.get(words);
    if (!versions) {
      versions = { count: 0, mostNetworks: 0 };
      this.#versions.set(words, versions);
    }
    return versions;
  }

  #isBelieved({ hash, size }: ResultRow): boolean {
    return size !== TWIN_SIZE || this.#rowsOfHash.get(hash) === 1;
  }
}

/** In sources: names, the descriptor and who named it take as much as some of them. */
function weightOf({ sources, otherNames }: SearchResult): number {
  return 20 + sources.length + 4 * otherNames.length;
}

/** A file is named by hash and size. */
export const keyOf = ({ hash, size }: Pick<Hit, 'hash' | 'size'>): string => `${hash} ${size}`;
