import { z } from 'zod';

/**
 * What `schema` makes of a value that came from outside. Never throws: the library compares the length of whatever has one, also where
 * a text was wanted, and fails on `{"length":{"toString":null}}`.
 */
export function parseValue<S extends z.ZodType>(schema: S, value: unknown): z.ZodSafeParseResult<z.output<S>> {
  try {
    return schema.safeParse(value);
  } catch {
    // Nobody honest sends what cannot even be compared.
    const error = new z.ZodError([{ code: 'custom', path: [], message: 'not valid', input: undefined }]);
    return { success: false, error: error as z.ZodError<z.output<S>> };
  }
}
