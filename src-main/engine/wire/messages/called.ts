import { z } from 'zod';
import { addressSchema } from '../../../contract/schemas.ts';
import { callTokenSchema } from './call.ts';

/**
 * What became of a call: the source has dialled the asker; it is ready to dial, or the relay to be dialled; it could not; it is not a child there (any more), or said nothing; somebody on
 * the way has had too many calls; the source's parent did not answer, or is no relay.
 */
const CALL_OUTCOMES = ['answered', 'ready', 'failed', 'absent', 'busy', 'unreachable', 'no-relay'] as const;
export type CallOutcome = (typeof CALL_OUTCOMES)[number];

/** The answer to a call, each hop back: a session message, or the body of the answer to POST /call. */
export const calledSchema = z.object({
  type: z.literal('called'),
  token: callTokenSchema,
  outcome: z.enum(CALL_OUTCOMES),
  /** Where the source is seen that is ready to dial. */
  at: addressSchema.exactOptional(),
});
export type Called = z.infer<typeof calledSchema>;
