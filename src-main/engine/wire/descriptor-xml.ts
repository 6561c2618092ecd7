import {
  type Descriptor,
  EXTRACTED_NUMBERS,
  type Extracted,
  FILE_TYPES,
  type FileType,
  MAX_MODIFIED_MS,
  MAX_NAME_LENGTH,
  MAX_TEXT_LENGTH,
  NAME_SHAPE,
} from '../../contract/descriptor.ts';
import { isContentHash } from '../../contract/ids.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { extractedSchema } from '../../contract/schemas.ts';
import { decodeAttribute, encodeAttribute, toCarriable, type XmlAttributes } from './xml.ts';

/** Attribute of `<file>` for each field of Extracted, and whether it is a number. */
const EXTRACTED = [
  ['title', 'title', 'text'],
  ['artist', 'artist', 'text'],
  ['album', 'album', 'text'],
  ['track', 'track', 'number'],
  ['genre', 'genre', 'text'],
  ['year', 'year', 'number'],
  ['duration', 'durationSeconds', 'number'],
  ['bitrate', 'bitrateKbps', 'number'],
  ['width', 'width', 'number'],
  ['height', 'height', 'number'],
  ['pages', 'pages', 'number'],
  ['language', 'language', 'text'],
  ['codec', 'codec', 'text'],
] as const satisfies readonly (readonly [string, keyof Extracted, 'text' | 'number'])[];

/** Those that a batch can carry. */
export const EXTRACTED_FIELDS: readonly (keyof Extracted)[] = EXTRACTED.map(([, field]) => field);

/** Plain decimals only: no sign, exponent or hexadecimal. */
const DECIMAL = /^\d{1,16}(?:\.\d{1,6})?$/;

/** One `<file …/>` element (protocol section 5). Characters that XML cannot carry become U+FFFD. */
export function encodeDescriptor(descriptor: Descriptor): string {
  const { hash, size, name, type, modifiedMs, extracted } = descriptor;
  let text = `<file hash="${hash}" size="${size}"${encodeAttribute('name', name)} type="${type}"`;
  if (modifiedMs !== undefined) text += encodeAttribute('modified', roundNumber(modifiedMs));
  for (const [attribute, field] of EXTRACTED) {
    const value = extracted[field];
    if (value !== undefined) text += encodeAttribute(attribute, typeof value === 'number' ? roundNumber(value) : value);
  }
  return `${text}/>`;
}

/**
 * The descriptor in the attributes of a `<file>`, or undefined when a field breaks its limits. Unknown attributes are passed over.
 * The limits are those of descriptorSchema, checked field by field: a supernode reads 2,000 of them while queries wait, and that
 * schema took half of the time.
 */
export function decodeDescriptor(attributes: XmlAttributes): Descriptor | undefined {
  const { hash, type } = attributes;
  const name = decodeAttribute(attributes.name ?? '');
  const size = decodeNumber(attributes.size ?? '', MAX_SIZE);
  if (hash === undefined || !isContentHash(hash) || size === undefined || size < 1 || !Number.isInteger(size))
    return undefined;
  if (name === undefined || !isName(name) || type === undefined || !isFileType(type)) return undefined;
  const extracted = decodeExtracted(attributes);
  if (extracted === undefined) return undefined;
  if (attributes.modified === undefined) return { hash, size, name, type, extracted };
  const modifiedMs = decodeNumber(attributes.modified, MAX_MODIFIED_MS);
  if (modifiedMs === undefined) return undefined;
  return { hash, size, name, type, modifiedMs: roundNumber(modifiedMs), extracted };
}

const MAX_SIZE = Number.MAX_SAFE_INTEGER;

function isName(text: string): boolean {
  return text.length <= MAX_NAME_LENGTH && NAME_SHAPE.test(text);
}

function isFileType(text: string): text is FileType {
  return FILE_TYPES.some((type) => type === text);
}

/**
 * The descriptor as it arrives at the other side of the wire: whoever compares digests must build them from this. What extraction
 * found is left out when it breaks the limits.
 */
export function toCarriableDescriptor(descriptor: Descriptor): Descriptor {
  const fields = Object.entries(descriptor.extracted).map(([field, value]): [string, string | number] => [
    field,
    typeof value === 'number' ? roundNumber(value) : toCarriable(value),
  ]);
  const { modifiedMs } = descriptor;
  return {
    ...descriptor,
    name: toCarriable(descriptor.name),
    ...(modifiedMs === undefined ? {} : { modifiedMs: roundNumber(modifiedMs) }),
    extracted: parseValue(extractedSchema, Object.fromEntries(fields)).data ?? {},
  };
}

/** Three decimals are exact enough for seconds and kbit/s, never need an exponent, and come again as they were when they are written once more. */
function roundNumber(value: number): number {
  return Math.round(value * 1000) / 1000;
}

function decodeExtracted(attributes: XmlAttributes): Extracted | undefined {
  const extracted: Record<string, string | number> = {};
  for (const [attribute, field, kind] of EXTRACTED) {
    const text = attributes[attribute];
    if (text === undefined) continue;
    const value = kind === 'number' ? decodeExtractedNumber(text, EXTRACTED_NUMBERS[field]) : decodeText(text);
    if (value === undefined) return undefined;
    extracted[field] = value;
  }
  return extracted;
}

function decodeText(text: string): string | undefined {
  const value = decodeAttribute(text);
  return value === undefined || value === '' || value.length > MAX_TEXT_LENGTH ? undefined : value;
}

function decodeExtractedNumber(
  text: string,
  { max, whole }: { readonly max: number; readonly whole: boolean },
): number | undefined {
  const value = decodeNumber(text, max);
  return value === undefined || (whole && !Number.isInteger(value)) ? undefined : roundNumber(value);
}

/** From 0 to `max`; undefined for text that is no plain decimal. */
function decodeNumber(text: string, max: number): number | undefined {
  if (!DECIMAL.test(text)) return undefined;
  const value = Number(text);
  return value <= max ? value : undefined;
}
