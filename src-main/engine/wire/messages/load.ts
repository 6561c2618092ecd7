import { z } from 'zod';
import { countSchema } from '../../../contract/schemas.ts';

/** What a side of a session can carry now. A leaf tells of its uploads, a supernode of its children; each sends what it is. */
export const loadSchema = z.object({
  type: z.literal('load'),
  freeSlots: countSchema.exactOptional(),
  queueLength: countSchema.exactOptional(),
  rateBps: countSchema.exactOptional(),
  /** Of a leaf: whether it may be invited to be a supernode, `early` when only its time or its rates are missing; and since when it is up. */
  fit: z.enum(['no', 'early', 'yes']).exactOptional(),
  upSeconds: countSchema.exactOptional(),
  /** Of a leaf: whether others can connect to it; left out while it does not know. */
  reachable: z.boolean().exactOptional(),
  /** Of a leaf: where it can be dialled, when that is another port than its hello said. */
  port: z.int().min(1).max(65_535).exactOptional(),
  children: countSchema.exactOptional(),
  capacity: countSchema.exactOptional(),
  /** Of a supernode: its places after the probation, and the searches that it answered in the last minute. */
  fullCapacity: countSchema.exactOptional(),
  queriesPerMinute: countSchema.exactOptional(),
});
export type Load = z.infer<typeof loadSchema>;
