import { z } from 'zod';
import { hitSchema, nodeIdSchema, searchIdSchema } from '../../../contract/schemas.ts';
import { HITS_PER_MESSAGE } from '../limits.ts';
import { supernodeEntrySchema } from './supernode-entry.ts';

/** Matches of one supernode. At most 200 hits and 64 KiB (protocol section 8). */
export const hitsSchema = z.object({
  type: z.literal('hits'),
  id: searchIdSchema,
  hits: z.array(hitSchema).max(HITS_PER_MESSAGE),
  /** There were more matches than these. */
  more: z.boolean(),
  /** From a parent to its child: whose index named them, and in which wave. */
  from: nodeIdSchema.exactOptional(),
  wave: z.int().min(0).max(10_000).exactOptional(),
  /** From one supernode to another: further supernodes worth asking. */
  supernodes: z.array(supernodeEntrySchema).max(8).exactOptional(),
});
/** The JSON of one. */
export type HitsText = string & { readonly __brand: 'HitsText' };
export type Hits = z.infer<typeof hitsSchema>;
