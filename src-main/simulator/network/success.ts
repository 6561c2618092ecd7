import type { SearchFigures } from './figures.ts';

/** What is found later than this is not found. */
const PATIENCE_MS = 10_000;

/** Of the searches begun from `fromMs` on, for `forMs`: how many found their file in time, from 0 to 1. */
export function successOf(searches: readonly SearchFigures[], fromMs: number, forMs: number): number {
  const begun = searches.filter(({ startMs }) => startMs >= fromMs && startMs < fromMs + forMs);
  return begun.filter(({ found, tookMs }) => found && tookMs <= PATIENCE_MS).length / Math.max(1, begun.length);
}
