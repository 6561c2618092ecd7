import { type Descriptor, FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import type { Hit } from '../../contract/search.ts';
import { EXTRACTED_FIELDS } from '../wire/descriptor-xml.ts';

/** What a hit tells of a file beside hash, size and sources. */
export type ShownFields = Pick<Hit, 'name' | 'type' | 'extracted'>;

/**
 * In JSON of a descriptor more than half is names of fields, the same in every row. Each stands as one control character, which JSON never
 * has as it is: a third less memory for an index of 300,000 files.
 */
const typeText = (type: FileType) => `,"type":"${type}","extracted":{`;
const fieldText = (field: string) => `"${field}":`;
/** By the code of its character; U+0000 stands for nothing. */
const TEXTS: readonly string[] = ['', ...FILE_TYPES.map(typeText), ...EXTRACTED_FIELDS.map(fieldText)];
const markOf = (text: string): string => String.fromCharCode(TEXTS.indexOf(text));
const TYPE_MARKS = new Map(FILE_TYPES.map((type) => [type, markOf(typeText(type))]));
const FIELD_MARKS = EXTRACTED_FIELDS.map((field) => [field, markOf(fieldText(field))] as const);
const ANY_MARK = new RegExp(`[${TEXTS.map(markOf).join('')}]`, 'g');

/** The part of a descriptor that hits tell, as the index keeps it. */
export function toIndexedText({ name, type, extracted }: Descriptor): string {
  let text = `${JSON.stringify(name)}${TYPE_MARKS.get(type)}`;
  let separator = '';
  for (const [field, mark] of FIELD_MARKS) {
    const value = extracted[field];
    if (value === undefined) continue;
    text += `${separator}${mark}${typeof value === 'string' ? JSON.stringify(value) : value}`;
    separator = ',';
  }
  return text;
}

/** The part of what toIndexedText wrote behind the name: it begins at the first mark. */
export function insideOf(indexed: string): string {
  let at = 0;
  while (at < indexed.length && indexed.charCodeAt(at) >= TEXTS.length) at++;
  return indexed.slice(at);
}

/** The same as JSON of ShownFields. */
export function toShownText(indexed: string): string {
  return `{"name":${indexed.replace(ANY_MARK, (found) => TEXTS[found.charCodeAt(0)] ?? '')}}}`;
}

/** Reads what toIndexedText wrote; nothing else is ever in that column. */
export function fromIndexedText(indexed: string): ShownFields {
  return readShown(toShownText(indexed));
}

/** Reads what toShownText wrote. */
export function readShown(shown: string): ShownFields {
  return JSON.parse(shown);
}

/** The JSON of a hit, from what toShownText wrote and what stands beside it; `sources` as JSON too. */
export function toHitText(shown: string, { hash, size, sources }: HitParts): string {
  return `{"hash":"${hash}","size":${size},"sources":[${sources.join()}],${shown.slice(1)}`;
}

type HitParts = Pick<Hit, 'hash' | 'size'> & { readonly sources: readonly string[] };
