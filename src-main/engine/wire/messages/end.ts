import { z } from 'zod';
import { countSchema, errorCodeSchema, searchIdSchema } from '../../../contract/schemas.ts';
import { SEARCH_END_REASONS } from '../../../contract/search.ts';
import { waveReportSchema } from './wave.ts';

/** A search rests here; `more` goes on from it for 5 minutes. `error` says why it was refused. `lastWave`: the wave with which it ends, which no `wave` told. */
export const endSchema = z.object({
  type: z.literal('end'),
  id: searchIdSchema,
  reason: z.enum(SEARCH_END_REASONS),
  results: countSchema,
  error: errorCodeSchema.exactOptional(),
  lastWave: waveReportSchema.exactOptional(),
});
export type End = z.infer<typeof endSchema>;
