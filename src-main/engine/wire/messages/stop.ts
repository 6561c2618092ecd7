import { z } from 'zod';
import { searchIdSchema } from '../../../contract/schemas.ts';

/** Stop a running search; answered by `end` with reason `stopped`. */
export const stopSchema = z.object({ type: z.literal('stop'), id: searchIdSchema });
export type Stop = z.infer<typeof stopSchema>;
