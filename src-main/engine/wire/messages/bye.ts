import { z } from 'zod';

/** The last message before a link is closed on purpose. */
export const BYE_CODES = ['version', 'stopping', 'replaced', 'full', 'protocol', 'banned', 'role', 'idle'] as const;
export type ByeCode = (typeof BYE_CODES)[number];

/** This message never changes, so that every version can read it. `version`, the sender's, goes with the code of that name. */
export const byeSchema = z.object({
  type: z.literal('bye'),
  code: z.enum(BYE_CODES),
  why: z.string().max(200),
  version: z.string().max(16).exactOptional(),
});
export type Bye = z.infer<typeof byeSchema>;
