import { z } from 'zod';

/** A supernode asks one of its children to be a supernode too: more of them are needed (protocol section 7). */
export const inviteSchema = z.object({ type: z.literal('invite') });
export type Invite = z.infer<typeof inviteSchema>;
