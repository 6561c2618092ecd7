import type { Extracted } from '../../contract/descriptor.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { extractedSchema } from '../../contract/schemas.ts';

/** What a reader found, before anything of it is believed. */
export type RawFields = { readonly [Name in keyof Extracted]?: unknown };

/** Longest text field of a descriptor (protocol section 5), UTF-16 units. */
const TEXT_LENGTH = 200;

/** What of `raw` is within a descriptor's limits. Texts are made one line, well-formed and cut; a field that is still wrong is left out alone. */
export function cleanFields(raw: RawFields): Extracted {
  let clean: Extracted = {};
  for (const [name, value] of Object.entries(raw)) {
    if (value === undefined || value === null) continue;
    const checked = parseValue(extractedSchema, { [name]: typeof value === 'string' ? cleanText(value) : value });
    if (checked.success) clean = { ...clean, ...checked.data };
  }
  return clean;
}

function cleanText(text: string): string {
  const line = text
    .toWellFormed()
    .replaceAll(/[\p{Cc}\s]+/gu, ' ')
    .trim();
  // A cut through a surrogate pair leaves half a character, which trimming to well-formed text would turn into U+FFFD.
  return line
    .slice(0, TEXT_LENGTH)
    .replace(/[\uD800-\uDBFF]$/, '')
    .trimEnd();
}
