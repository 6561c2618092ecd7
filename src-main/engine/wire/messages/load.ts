import { z } from 'zod';
import { countSchema } from '../../../contract/schemas.ts';

/** What a side of a session can carry now. A leaf tells of its uploads, a supernode of its children; each sends what it is. */
export const loadSchema = z.object({
  type: z.literal('load'),
  freeSlots: countSchema.exactOptional(),
  queueLength: countSchema.exactOptional(),
  rateBps: countSchema.exactOptional(),
  children: countSchema.exactOptional(),
  capacity: countSchema.exactOptional(),
});
export type Load = z.infer<typeof loadSchema>;
