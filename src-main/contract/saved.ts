import { z } from 'zod';
import { countSchema, nameSchema, savedIdSchema } from './schemas.ts';

/** A search that is kept. A watched one is run again and again, and tells when something new is found. */
export const savedViewSchema = z.object({
  id: savedIdSchema,
  words: z.string(),
  watch: z.boolean(),
  /** New contents since the user looked. */
  fresh: countSchema,
  /** Unix ms; null when it was never run. */
  lastRunMs: z.number().nullable(),
  /** Contents found by the last run. */
  results: countSchema,
});
export type SavedView = Readonly<z.infer<typeof savedViewSchema>>;

/** Something new: up to 3 names of what this run found; `fresh` as in the view. */
export const savedFoundSchema = savedViewSchema
  .pick({ id: true, words: true, fresh: true })
  .extend({ names: z.array(nameSchema).max(3).readonly() });
