import { z } from 'zod';
import { VOTES_PER_MESSAGE } from '../limits.ts';
import { signedVoteSchema, voterKeySchema } from '../votes.ts';

/** From a child (version 1.1): what it says of files, for those who ask its supernode. `reset`: nothing that it brought before holds. */
export const votesSchema = z.object({
  type: z.literal('votes'),
  /** The child's own. */
  key: voterKeySchema,
  reset: z.boolean(),
  votes: z.array(signedVoteSchema).max(VOTES_PER_MESSAGE),
});
export type Votes = z.infer<typeof votesSchema>;
