import { z } from 'zod';
import { countSchema } from './schemas.ts';

/** Reasons that are kept of one peer or address. */
export const MAX_REASONS = 5;

const msSchema = z.number().min(0);
/** What a peer (NodeId), or whoever is behind an address, did that no honest peer does. Newest reason first; times are how long ago. */
export const strikeViewSchema = z.object({
  kind: z.enum(['node', 'address']),
  /** As `strikes.forgive` takes it. */
  who: z.string(),
  /** What stands now: strikes decay. */
  strikes: z.number().min(0),
  /** Rest of a ban; null: none. */
  bannedMs: msSchema.nullable(),
  reasons: z.array(z.object({ why: z.string(), agoMs: msSchema })).readonly(),
});
export type StrikeView = Readonly<z.infer<typeof strikeViewSchema>>;
/** The newest; `total` are remembered. */
export const strikesViewSchema = z.object({ entries: z.array(strikeViewSchema).readonly(), total: countSchema });
