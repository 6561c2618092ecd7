import { z } from 'zod';
import { contentHashSchema, countSchema, sizeSchema } from './schemas.ts';

/** What a user may say that a file is. All but `good` speak against it. */
export const VERDICTS = ['good', 'fake', 'broken', 'malware', 'mislabelled'] as const;
export type Verdict = (typeof VERDICTS)[number];
export const verdictSchema = z.enum(VERDICTS);

/** Voters by what they say; those of one address block count as one. */
const verdictCountsSchema = z.object({
  good: countSchema,
  fake: countSchema,
  broken: countSchema,
  malware: countSchema,
  mislabelled: countSchema,
});

/** What others say that a file is: evidence, never the truth. */
export const opinionSchema = z.object({
  hash: contentHashSchema,
  size: sizeSchema,
  /** −1 (bad) to +1 (good), 0 while nothing is known; what this user says does not count in it. */
  score: z.number().min(-1).max(1),
  /** Independent voters with whom this user agreed before; those with whom he did not are not counted at all. */
  known: countSchema,
  /** Independent voters of whom nothing is known: all of them together move the score by 0.1 at most. */
  unknown: countSchema,
  /** Of both. */
  counts: verdictCountsSchema,
  /** What this user says. */
  own: verdictSchema.nullable(),
  /** Whether others are told so, or will be. */
  isPublic: z.boolean(),
});
export type Opinion = Readonly<z.infer<typeof opinionSchema>>;
