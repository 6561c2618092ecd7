import { z } from 'zod';
import { searchIdSchema } from '../../../contract/schemas.ts';

/** Go on with an ended search until `limit` further results. */
export const moreSchema = z.object({ type: z.literal('more'), id: searchIdSchema, limit: z.int().min(1).max(10_000) });
export type More = z.infer<typeof moreSchema>;
