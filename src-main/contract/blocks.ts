import { z } from 'zod';
import { countSchema } from './schemas.ts';

/** The block list of the user: one rule a line, as `shoal block` takes, shows, reads and writes them. */
export const MAX_BLOCK_RULES = 100_000;
/** Of all rules as a file, UTF-8. */
export const MAX_BLOCK_BYTES = 4 * 2 ** 20;
/** One rule as it is typed. */
export const MAX_BLOCK_RULE = 400;

export const blockedOutput = z.object({ rule: z.string() });
/** `known`: rules that were there already; `bad`: lines that are no rule, and the first of them with the reason. */
export const blockImportOutput = z.object({
  added: countSchema,
  known: countSchema,
  bad: countSchema,
  firstBad: z.string().nullable(),
});
/** A page of rules in the order in which they came; `next` is where the page after begins. */
export const blocksViewSchema = z.object({
  rules: z.array(z.string()).readonly(),
  total: countSchema,
  next: countSchema.nullable(),
});
export const blocksExportOutput = z.object({ text: z.string(), rules: countSchema });
export type BlockImport = Readonly<z.infer<typeof blockImportOutput>>;
