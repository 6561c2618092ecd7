import { z } from 'zod';
import { supernodeEntrySchema } from './supernode-entry.ts';

/** A supernode stops being one; `successors` will take its children. */
export const leavingSchema = z.object({
  type: z.literal('leaving'),
  successors: z.array(supernodeEntrySchema).max(20),
});
export type Leaving = z.infer<typeof leavingSchema>;
