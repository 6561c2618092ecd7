import type { SearchResult } from '#contract/search.ts';
import { extensionOf } from './search-columns.ts';

/** What results can be narrowed down by; each value is a text that names a group. */
export const FACETS = ['type', 'size', 'length', 'bitrate', 'extension'] as const;
export type Facet = (typeof FACETS)[number];
export type Choice = Readonly<Partial<Record<Facet, ReadonlySet<string>>>>;
export type FacetCount = { readonly value: string; readonly count: number };

/** Lower bounds of the groups: bytes, seconds, kilobits a second. A group is named by its place in the list. */
export const BOUNDS = {
  size: [0, 1e6, 1e7, 1e8, 1e9],
  length: [0, 60, 300, 1800, 3600],
  bitrate: [0, 128, 192, 256, 500],
} as const;

const MAX_EXTENSIONS = 8;

const groupOf = (bounds: readonly number[], value: number | undefined): string | undefined =>
  value === undefined ? undefined : String(bounds.findLastIndex((bound) => value >= bound));

/** The group that a result is in; undefined when nothing is known to tell. */
export function groupIn(facet: Facet, { type, size, name, extracted }: SearchResult): string | undefined {
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

/** How many results each group of each facet has, largest first. */
export function countFacets(rows: Iterable<SearchResult>): Readonly<Record<Facet, readonly FacetCount[]>> {
  const counts = new Map(FACETS.map((facet) => [facet, new Map<string, number>()]));
  for (const row of rows) {
    for (const [facet, groups] of counts) {
      const group = groupIn(facet, row);
      if (group !== undefined) groups.set(group, (groups.get(group) ?? 0) + 1);
    }
  }
  const listed = [...counts].map(([facet, groups]) => {
    const all = [...groups].map(([value, count]) => ({ value, count }));
    all.sort((a, b) => (facet in BOUNDS ? Number(a.value) - Number(b.value) : b.count - a.count));
    return [facet, facet === 'extension' ? all.slice(0, MAX_EXTENSIONS) : all];
  });
  return Object.fromEntries(listed);
}

/** Whether a result is in one of the chosen groups of every facet that has chosen ones, and holds every typed word. */
export function fits(row: SearchResult, choice: Choice, words: readonly string[]): boolean {
  for (const facet of FACETS) {
    const groups = choice[facet];
    if (groups && groups.size > 0 && !groups.has(groupIn(facet, row) ?? '')) return false;
  }
  if (words.length === 0) return true;
  const { artist = '', title = '', album = '' } = row.extracted;
  const text = `${row.name} ${artist} ${title} ${album}`.toLowerCase();
  return words.every((word) => text.includes(word));
}
