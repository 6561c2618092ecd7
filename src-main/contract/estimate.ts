import type { SearchResult } from './search.ts';

/** More sources than a download uses at once tell nothing of its speed: the default of download.sources. */
const USED_SOURCES = 16;

/** Slots that its sources said are free. Sources that said nothing count as none. */
export function freeSlots({ sources }: Pick<SearchResult, 'sources'>): number {
  return sources.reduce((sum, source) => sum + (source.freeSlots ?? 0), 0);
}

/**
 * Rough seconds that a download would take; null when nothing is known to go by. Whoever has a free slot and sends to others now is taken
 * to send a further one half of that speed. A source that is idle shows no speed, and nobody can tell how long a queue lasts: neither
 * counts, so that a download may be faster than this, and what supernodes say is some seconds old.
 */
export function estimateSeconds({ size, sources }: Pick<SearchResult, 'size' | 'sources'>): number | null {
  const rates = sources.map((source) => ((source.freeSlots ?? 0) > 0 ? (source.rateBps ?? 0) / 2 : 0));
  const best = rates.sort((a, b) => b - a).slice(0, USED_SOURCES);
  const rate = best.reduce((sum, one) => sum + one, 0);
  return rate > 0 ? size / rate : null;
}
