import { z } from 'zod';
import { aboutSchema } from './about.ts';
import { SUPERNODE_LIST_ENTRIES } from './limits.ts';
import { supernodeEntrySchema } from './messages/supernode-entry.ts';

/** Answer to `GET /supernodes`: who answers, and which supernodes it reached itself. A leaf answers too, with its parents first. */
export const supernodeListSchema = z.object({
  about: aboutSchema,
  supernodes: z.array(supernodeEntrySchema).max(SUPERNODE_LIST_ENTRIES),
});
export type SupernodeList = z.infer<typeof supernodeListSchema>;
