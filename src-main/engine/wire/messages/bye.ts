import { z } from 'zod';

/** The last message before a link is closed on purpose. */
export const BYE_CODES = ['version', 'stopping', 'replaced', 'full', 'protocol', 'banned', 'role', 'idle'] as const;
export const byeSchema = z.object({ type: z.literal('bye'), code: z.enum(BYE_CODES), why: z.string().max(200) });
export type Bye = z.infer<typeof byeSchema>;
