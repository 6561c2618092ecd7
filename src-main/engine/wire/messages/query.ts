import { z } from 'zod';
import { contentHashSchema, searchIdSchema, sizeSchema } from '../../../contract/schemas.ts';

/**
 * A search. From a child: run it in waves, and answer with hits, wave and end messages. From another supernode (on a session or as the
 * body of POST /query): answer from the own index with one hits message, and never forward it. Exactly one of words and hash.
 */
export const querySchema = z
  .object({
    type: z.literal('query'),
    id: searchIdSchema,
    words: z.string().min(1).max(200).exactOptional(),
    hash: contentHashSchema.exactOptional(),
    /** Version 1.2, beside a hash: votes on the file of this size are wanted too. */
    voteSize: sizeSchema.exactOptional(),
    limit: z.int().min(1).max(10_000),
    timeoutMs: z.int().min(1).max(3_600_000).exactOptional(),
    /** A search taken over from a lost parent: 6-byte NodeId prefixes (hex) of those already asked, and the results so far. */
    asked: z
      .array(z.string().regex(/^[0-9a-f]{12}$/))
      .max(1000)
      .exactOptional(),
    results: z.int().min(0).max(10_000).exactOptional(),
  })
  .refine((query) => (query.words === undefined) !== (query.hash === undefined), 'exactly one of words and hash');
export type Query = z.infer<typeof querySchema>;
