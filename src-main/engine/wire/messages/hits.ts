import { z } from 'zod';
import { hitSchema, nodeIdSchema, searchIdSchema } from '../../../contract/schemas.ts';
import { HITS_PER_MESSAGE } from '../limits.ts';
import { listedVotesSchema } from '../votes.ts';
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
  /** Version 1.2, to who wants votes: what the answerer and its children say of the file. */
  votes: listedVotesSchema.exactOptional(),
  /** From a parent to its child, beside votes of others: where it asked for them. */
  host: z.string().min(1).max(253).exactOptional(),
});
/** The JSON of one. */
export type HitsText = string & { readonly __brand: 'HitsText' };
export type Hits = z.infer<typeof hitsSchema>;
