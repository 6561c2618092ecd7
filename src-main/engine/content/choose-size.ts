import { NODE_BYTES } from './constants.ts';

/** A file of this size can be two nodes of a larger file's tree, and then has that tree's root: its 64-byte twin. */
export const TWIN_BYTES = 2 * NODE_BYTES;

/**
 * The size to believe for a ContentHash from what sources claim: the most claimed, the larger one when equal. 64 is believed only
 * if no source claims another (protocol section 6); any two other sizes have different roots. `refuted` are sizes that its tree or
 * bytes have disproved. Undefined when no claim is left.
 */
export function chooseSize(claims: Iterable<number>, refuted: ReadonlySet<number> = new Set()): number | undefined {
  const votes = new Map<number, number>();
  for (const size of claims) if (!refuted.has(size)) votes.set(size, (votes.get(size) ?? 0) + 1);
  if (votes.size > 1) votes.delete(TWIN_BYTES);
  const ranked = [...votes].sort(([sizeA, votesA], [sizeB, votesB]) => votesB - votesA || sizeB - sizeA);
  return ranked[0]?.[0];
}
