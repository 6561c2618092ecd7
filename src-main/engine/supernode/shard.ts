import { TermCounts } from './term-counts.ts';

/** One shard of the index (see IndexStore), and what is known in memory of its rows. */
export type Shard = { readonly number: number; readonly counts: TermCounts };

export function makeShards(count: number): Shard[] {
  return Array.from({ length: count }, (_, number) => ({ number, counts: new TermCounts() }));
}
