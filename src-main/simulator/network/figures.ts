/** What a simulated network is judged by. */

export type SearchFigures = {
  readonly found: boolean;
  /** The wave in which it was found; 0 is the parent's own index. */
  readonly wave: number;
  /** Supernodes asked until then. */
  readonly asked: number;
  /** Supernodes that could have been asked for each that had it: what asking at random costs in the mean, 1/p. */
  readonly bound: number;
  /** Virtual time when it began, and how long it took, ms. */
  readonly startMs: number;
  readonly tookMs: number;
};

export type Sample = {
  readonly online: number;
  readonly supernodes: number;
  /** Leaves without a parent now. */
  readonly orphans: number;
  readonly leaves: number;
};

/** Of sorted numbers; 0 for none. `share` 0.5 is the median. */
export function quantile(values: readonly number[], share: number): number {
  const sorted = [...values].sort((a, b) => a - b);
  return sorted[Math.min(sorted.length - 1, Math.floor(share * sorted.length))] ?? 0;
}

export const sumOf = (values: readonly number[]): number => values.reduce((sum, value) => sum + value, 0);
export const meanOf = (values: readonly number[]): number => (values.length === 0 ? 0 : sumOf(values) / values.length);

/** Four digits are more than any of these figures is good for. */
export const shortened = (value: number): number => Number(value.toPrecision(4));
