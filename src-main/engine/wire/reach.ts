import { z } from 'zod';

/** Body of `POST /reach`: the asker's port. Its IP is the one that it is seen from (protocol section 4). */
export const reachRequestSchema = z.object({ port: z.int().min(1).max(65_535) });

/** `reached`: a full handshake with the asker's NodeId stood at `seen`, the asker's IP with the port that it named. */
export const reachAnswerSchema = z.object({ reached: z.boolean(), seen: z.string().max(64) });
export type ReachAnswer = z.infer<typeof reachAnswerSchema>;
