import { z } from 'zod';
import { countSchema, searchIdSchema } from '../../../contract/schemas.ts';

/** Progress of a search, from a parent to its child. `prefixes`: 6-byte NodeId prefixes (hex) of the supernodes asked in this wave. */
export const waveSchema = z.object({
  type: z.literal('wave'),
  id: searchIdSchema,
  wave: z.int().min(0).max(10_000),
  asked: countSchema,
  answered: countSchema,
  results: countSchema,
  prefixes: z.array(z.string().regex(/^[0-9a-f]{12}$/)).max(200),
});
export type Wave = z.infer<typeof waveSchema>;
