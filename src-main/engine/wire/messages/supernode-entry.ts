import { z } from 'zod';
import { addressSchema, countSchema, nodeIdSchema } from '../../../contract/schemas.ts';

/** A supernode as another one names it: only at an address that the namer reached itself in the last 24 h (protocol section 4). */
export const supernodeEntrySchema = z.object({
  nodeId: nodeIdSchema,
  address: addressSchema,
  children: countSchema,
  capacity: countSchema,
  /** Seconds it has been up, as it said itself. */
  uptimeSeconds: countSchema,
});
export type SupernodeEntry = z.infer<typeof supernodeEntrySchema>;
