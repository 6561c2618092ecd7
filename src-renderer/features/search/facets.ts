import type { SearchResult } from '#contract/search.ts';
import { extensionOf } from './search-columns.ts';

/** What results can be narrowed down by; each value is a text that names a group. */
export const FACETS = ['type', 'size', 'length', 'bitrate', 'extension'] as const;
export type Facet = (typeof FACETS)[number];
export type Choice = Readonly<Partial<Record<Facet, ReadonlySet<string>>>>;
export type FacetCount = { readonly value: string; readonly count: number };
export type FacetCounts = Readonly<Record<Facet, readonly FacetCount[]>>;
/** `hidden`: results left out for their signs of pollution alone. */
export type Narrowed = {
  readonly rows: readonly SearchResult[];
  readonly counts: FacetCounts;
  readonly hidden: number;
};
/** `words` in lower case; each must be there. `withHidden`: those too that the peer would hide for signs of pollution. */
type Wish = { readonly choice: Choice; readonly words: readonly string[]; readonly withHidden: boolean };

/** Lower bounds of the groups: bytes, seconds, kilobits a second. A group is named by its place in the list. */
export const BOUNDS = {
  size: [0, 1e6, 1e7, 1e8, 1e9],
  length: [0, 60, 300, 1800, 3600],
  bitrate: [0, 128, 192, 256, 500],
} as const;

const MAX_EXTENSIONS = 8;
/** Of a row that is outside of the choice in several facets, or lacks a word. */
const OUTSIDE = -2;
const INSIDE = -1;

type Facts = { readonly groups: readonly (string | undefined)[]; text: string | undefined };

/** Narrows the results of one list; what it found out about a result is kept as long as the result. */
export class FacetIndex {
  readonly #facts = new WeakMap<SearchResult, Facts>();

  /**
   * Results in one of the chosen groups of every facet that has chosen ones, and with every word. A group counts
   * what would be there if its facet had no choice, so that a further group can be judged before it is chosen.
   */
  narrow(all: Iterable<SearchResult>, { choice, words, withHidden }: Wish): Narrowed {
    const counts = FACETS.map(() => new Map<string, number>());
    const wanted = FACETS.map((facet) => (choice[facet]?.size ? choice[facet] : undefined));
    const rows: SearchResult[] = [];
    let hidden = 0;
    for (const row of all) {
      const facts = this.#factsOf(row);
      if (words.length > 0 && !hasWords(row, facts, words)) continue;
      const miss = missed(facts.groups, wanted);
      if (miss === OUTSIDE) continue;
      if (row.pollution.isHidden && !withHidden) {
        if (miss === INSIDE) hidden++;
        continue;
      }
      if (miss === INSIDE) rows.push(row);
      for (let at = 0; at < FACETS.length; at++) {
        const group = facts.groups[at];
        const groups = counts[at];
        if (group !== undefined && groups && (miss === INSIDE || miss === at)) {
          groups.set(group, (groups.get(group) ?? 0) + 1);
        }
      }
    }
    return { rows, counts: listCounts(counts, wanted), hidden };
  }

  #factsOf(row: SearchResult): Facts {
    let facts = this.#facts.get(row);
    if (!facts) {
      facts = { groups: FACETS.map((facet) => groupIn(facet, row)), text: undefined };
      this.#facts.set(row, facts);
    }
    return facts;
  }
}

const groupOf = (bounds: readonly number[], value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(bounds.findLastIndex((bound) => value >= bound));

/** The group that a result is in; undefined when nothing is known to tell. */
function groupIn(facet: Facet, { type, size, name, extracted }: SearchResult): string | undefined {
  switch (facet) {
    case 'type':
      return type;
    case 'size':
      return groupOf(BOUNDS.size, size);
    case 'length':
      return groupOf(BOUNDS.length, extracted.durationSeconds);
    case 'bitrate':
      return groupOf(BOUNDS.bitrate, extracted.bitrateKbps);
    case 'extension':
      return extensionOf(name) || undefined;
  }
}

function hasWords(row: SearchResult, facts: Facts, words: readonly string[]): boolean {
  const { artist = '', title = '', album = '' } = row.extracted;
  facts.text ??= [row.name, ...row.otherNames, artist, title, album].join('\n').toLowerCase();
  const { text } = facts;
  return words.every((word) => text.includes(word));
}

/** The only facet whose choice leaves the row out, INSIDE, or OUTSIDE. */
function missed(groups: Facts['groups'], wanted: readonly (ReadonlySet<string> | undefined)[]): number {
  let miss = INSIDE;
  for (let at = 0; at < wanted.length; at++) {
    const chosen = wanted[at];
    if (!chosen || chosen.has(groups[at] ?? '')) continue;
    if (miss !== INSIDE) return OUTSIDE;
    miss = at;
  }
  return miss;
}

/** Ranges in their order, others with the largest first; a chosen group stays in the list when nothing is in it any more. */
function listCounts(
  counts: readonly Map<string, number>[],
  wanted: readonly (ReadonlySet<string> | undefined)[],
): FacetCounts {
  const listed = FACETS.map((facet, at) => {
    const groups = counts[at] ?? new Map<string, number>();
    for (const value of wanted[at] ?? []) if (!groups.has(value)) groups.set(value, 0);
    const all = [...groups].map(([value, count]) => ({ value, count }));
    all.sort((a, b) =>
      facet in BOUNDS ? Number(a.value) - Number(b.value) : b.count - a.count || (a.value < b.value ? -1 : 1),
    );
    if (facet !== 'extension') return [facet, all];
    return [facet, all.filter(({ value }, place) => place < MAX_EXTENSIONS || wanted[at]?.has(value))];
  });
  return Object.fromEntries(listed);
}
