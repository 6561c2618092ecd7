/** Load of one supernode: what it carries, and what it could carry at full size. */
export type SupernodeLoad = {
  readonly children: number;
  /** Children at full size, after its probation. */
  readonly fullCapacity: number;
  /** Searches that it answers, of its children and of other supernodes. */
  readonly queriesPerMinute: number;
};

/** E: how much of the capacity can be used before overload. m = n·u/(d·E) (Vahdat and others; protocol section 7). */
export const USABLE = 0.65;
/** Above this more supernodes are needed, below that fewer. */
const CROWDED = 0.75;
const EMPTY = 0.5;

/** Need ÷ capacity, in the scarcest of places and queries; whatever was declared, from 0 to 1. */
export function useOf({ children, fullCapacity, queriesPerMinute }: SupernodeLoad, queriesPerSecond: number): number {
  const places = fullCapacity === 0 ? 1 : children / fullCapacity;
  return Math.min(1, Math.max(places, queriesPerMinute / 60 / queriesPerSecond));
}

/** L: half of those known may lie without moving it further than an honest one stands. */
export function medianUse(uses: readonly number[]): number {
  const sorted = [...uses].sort((a, b) => a - b);
  const half = sorted.length >> 1;
  const upper = sorted[half] ?? 0;
  return sorted.length % 2 === 1 ? upper : ((sorted[half - 1] ?? 0) + upper) / 2;
}

/** With how much chance one supernode invites one child at one look. */
export const inviteChance = (use: number): number => (use > CROWDED ? use / USABLE - 1 : 0);

/**
 * With how much chance one of the least loaded third steps down at one look. Not when the others, `known` with this one, would then carry
 * more than they should: four that are half full are more than three need, and one less would soon be too few.
 */
export const stepDownChance = (use: number, known: number): number =>
  use < EMPTY && use * known <= USABLE * (known - 1) ? 1 - use / USABLE : 0;

/** Whether `own` is among the least loaded third of all that are known. `chance` (0 to 1) is its place among those equal to it. */
export function isLeastLoaded(own: number, others: readonly number[], chance: number): boolean {
  const below = others.filter((use) => use < own).length;
  const equal = others.filter((use) => use === own).length;
  return below + chance * equal < (others.length + 1) / 3;
}

/** Places of a supernode that has been one for `sinceMs`: `first`, twice as many after each step. */
export function probationPlaces(sinceMs: number, { first, stepMs, full }: Probation): number {
  return Math.min(full, first * 2 ** Math.min(30, Math.floor(sinceMs / Math.max(1, stepMs))));
}
export type Probation = { readonly first: number; readonly stepMs: number; readonly full: number };
