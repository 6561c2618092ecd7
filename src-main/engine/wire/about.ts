import { z } from 'zod';
import { countSchema, nodeIdSchema } from '../../contract/schemas.ts';

/** `GET /about`: who answers, and what it carries. */
export const aboutSchema = z.object({
  version: z.string().max(16),
  node: nodeIdSchema,
  role: z.enum(['leaf', 'supernode']),
  name: z.string().max(32).exactOptional(),
  children: countSchema,
  capacity: countSchema,
  uptimeSeconds: countSchema,
});
export type About = z.infer<typeof aboutSchema>;
