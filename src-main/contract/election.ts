import { z } from 'zod';
import { countSchema } from './schemas.ts';

/** What stands behind "why am I (not) a supernode?" (protocol section 7). */

/** `unknown` until enough supernodes have tried. */
export const REACHABILITY = ['unknown', 'reachable', 'unreachable'] as const;
export type ReachabilityState = (typeof REACHABILITY)[number];

/** One supernode that tried to connect back: where it is, and how long ago, ms. */
export const reachTestSchema = z.object({ by: z.string(), reached: z.boolean(), agoMs: z.number().min(0) });
export type ReachTest = Readonly<z.infer<typeof reachTestSchema>>;

/**
 * What a peer needs to be invited to be a supernode. Units of `needed` and `measured`: call-backs from different networks, ms for
 * the three times, bytes a second, bytes, file descriptors, share of all processors in use; `allowed` is 1 or 0.
 */
export const ELECTION_CONDITIONS = [
  'allowed',
  'reachable',
  'uptime',
  'average-uptime',
  'upload-rate',
  'download-rate',
  'memory',
  'descriptors',
  'processor',
  'settled',
] as const;
export type ElectionConditionName = (typeof ELECTION_CONDITIONS)[number];

/** `measured` is null while it is not known, which does not hold. */
export const electionConditionSchema = z.object({
  name: z.enum(ELECTION_CONDITIONS),
  needed: z.number(),
  measured: z.number().nullable(),
  holds: z.boolean(),
});
export type ElectionCondition = Readonly<z.infer<typeof electionConditionSchema>>;

/** How much the supernodes that this one knows are used, 1 = full: theirs in the middle, its own, and how many were counted. */
export const needViewSchema = z.object({ median: z.number().min(0), own: z.number().min(0), known: countSchema });
export type NeedView = Readonly<z.infer<typeof needViewSchema>>;
