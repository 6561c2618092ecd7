import type { z } from 'zod';
import { parseValue } from '../../contract/parse-value.ts';

/** What a column of JSON says; undefined when that is not what `schema` wants, or no JSON: a row that a newer or broken program wrote. */
export function parseColumn<T>(schema: z.ZodType<T>, text: string): T | undefined {
  try {
    return parseValue(schema, JSON.parse(text)).data;
  } catch {
    // Damaged: as if it were not there.
    return undefined;
  }
}
