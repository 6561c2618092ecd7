import { z } from 'zod';

/**
 * A supernode asks one of its children to be a supernode too: more of them are needed (protocol section 7). `urgent`: it has no place left
 * itself, so that the new one is needed whole, without a probation.
 */
export const inviteSchema = z.object({ type: z.literal('invite'), urgent: z.boolean() });
export type Invite = z.infer<typeof inviteSchema>;
