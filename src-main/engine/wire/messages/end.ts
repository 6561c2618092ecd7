import { z } from 'zod';
import { countSchema, errorCodeSchema, searchIdSchema } from '../../../contract/schemas.ts';
import { SEARCH_END_REASONS } from '../../../contract/search.ts';

/** A search rests here; `more` goes on from it for 5 minutes. `error` says why it was refused. */
export const endSchema = z.object({
  type: z.literal('end'),
  id: searchIdSchema,
  reason: z.enum(SEARCH_END_REASONS),
  results: countSchema,
  error: errorCodeSchema.exactOptional(),
});
export type End = z.infer<typeof endSchema>;
