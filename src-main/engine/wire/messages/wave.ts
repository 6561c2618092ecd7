import { z } from 'zod';
import { countSchema, searchIdSchema } from '../../../contract/schemas.ts';

/** What a wave was. `prefixes`: 6-byte NodeId prefixes (hex) of the supernodes asked in it. */
export const waveReportSchema = z.object({
  wave: z.int().min(0).max(10_000),
  asked: countSchema,
  answered: countSchema,
  results: countSchema,
  prefixes: z.array(z.string().regex(/^[0-9a-f]{12}$/)).max(200),
});

/** Progress of a search, from a parent to its child. */
export const waveSchema = waveReportSchema.extend({ type: z.literal('wave'), id: searchIdSchema });
export type Wave = z.infer<typeof waveSchema>;
