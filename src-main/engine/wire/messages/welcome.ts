import { z } from 'zod';
import { countSchema } from '../../../contract/schemas.ts';
import { holdingSchema } from '../holding.ts';
import { supernodeEntrySchema } from './supernode-entry.ts';

/** Answer to hello. Not accepted: `others` are worth trying, and the link closes. */
export const welcomeSchema = z.object({
  type: z.literal('welcome'),
  version: z.string().max(16),
  accepted: z.boolean(),
  /** Names this session in uploads: 32 hex digits. */
  session: z.string().max(32),
  /** Random for each start of the index: a digest of another epoch says nothing. */
  epoch: z.string().max(32),
  holding: holdingSchema,
  /** The address that the welcomed side is seen from. */
  seen: z.string().max(64),
  children: countSchema,
  capacity: countSchema,
  uptimeSeconds: countSchema,
  /** As in hello. */
  alone: z.boolean(),
  others: z.array(supernodeEntrySchema).max(20),
});
export type Welcome = z.infer<typeof welcomeSchema>;
