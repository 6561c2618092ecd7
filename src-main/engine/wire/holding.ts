import { z } from 'zod';
import { countSchema } from '../../contract/schemas.ts';

/** What a supernode holds of a child: in a welcome, and as the answer to an upload. */
export const holdingSchema = z.object({ files: countSchema, digest: z.string().max(32) });
export type Holding = z.infer<typeof holdingSchema>;
