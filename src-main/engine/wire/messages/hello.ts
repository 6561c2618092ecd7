import { z } from 'zod';
import { addressSchema, countSchema } from '../../../contract/schemas.ts';

/** What a link is for, as the side that opened it sees itself. A standby child keeps a place warm and uploads nothing; a searcher only asks. */
export const LINK_ROLES = ['leaf', 'standby', 'searcher', 'supernode'] as const;

/**
 * First message of a session, from the side that opened it; a standby child that needs its parent now says it again as a leaf.
 * `listen`: where it says that it listens; the host part is not believed.
 */
export const helloSchema = z.object({
  type: z.literal('hello'),
  version: z.string().max(16),
  role: z.enum(LINK_ROLES),
  listen: z.array(addressSchema).max(4),
  name: z.string().max(32).exactOptional(),
  files: countSchema,
  bytes: countSchema,
  /** Of a supernode: children now and at most, and since when. */
  children: countSchema.exactOptional(),
  capacity: countSchema.exactOptional(),
  uptimeSeconds: countSchema.exactOptional(),
  /** Of a supernode: it is one only because it found no other, and may become a leaf of the one it meets (protocol section 7). */
  alone: z.boolean().exactOptional(),
});
export type Hello = z.infer<typeof helloSchema>;
