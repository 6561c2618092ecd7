import { z } from 'zod';
import { nodeIdSchema, peerSchema } from '../../../contract/schemas.ts';

/** Names one call: random, 32 hex digits, good once and for 30 s. */
export const callTokenSchema = z.string().regex(/^[0-9a-f]{32}$/);

/**
 * How the two are to meet: the source dials the asker (without it); both dial at once, the asker from `port` as its parent sees it; both
 * dial the source's parent, which carries what they say.
 */
const CALL_WAYS = ['punch', 'relay'] as const;
export type CallWay = (typeof CALL_WAYS)[number];

/**
 * A source that nobody can connect to is to dial the asker (protocol section 11). From a child to its parent, with `port`, where the child
 * can be dialled, and `through`, the source's parent unless that is this one too. From supernode to supernode as the body of POST /call, and
 * from the source's parent to the source, with `asker`; without it the sender itself asks, at `port`. To a supernode
 * `port` is the sender's own in both cases.
 */
export const callSchema = z.object({
  type: z.literal('call'),
  token: callTokenSchema,
  source: nodeIdSchema,
  port: z.int().min(1).max(65_535),
  through: peerSchema.exactOptional(),
  asker: peerSchema.exactOptional(),
  way: z.enum(CALL_WAYS).exactOptional(),
});
export type Call = z.infer<typeof callSchema>;
