import {
  EXTRACTED_NUMBERS,
  type Extracted,
  type ExtractedEdit,
  FILE_TYPES,
  type FileType,
  MAX_TEXT_LENGTH,
} from '#contract/descriptor.ts';

export type FieldName = keyof Extracted;
/** What is typed, by field. */
export type FieldTexts = { readonly [Field in FieldName]?: string };
export type FieldFault = { readonly kind: 'notNumber' | 'tooLong'; readonly max: number };

/** What can be said of a file of each type, in the order in which people look for it. */
const FIELDS: Readonly<Record<FileType, readonly FieldName[]>> = {
  audio: ['title', 'artist', 'album', 'track', 'genre', 'year', 'language', 'durationSeconds', 'bitrateKbps', 'codec'],
  video: ['title', 'artist', 'genre', 'year', 'language', 'durationSeconds', 'width', 'height', 'bitrateKbps', 'codec'],
  image: ['title', 'artist', 'year', 'width', 'height'],
  document: ['title', 'artist', 'genre', 'year', 'language', 'pages'],
  software: ['title', 'artist', 'year', 'language'],
  archive: ['title', 'artist', 'year', 'language'],
  other: ['title', 'artist', 'year', 'language'],
};

/** A type that a newer peer may know and this page does not is shown as any other file. */
export const toFileType = (type: string): FileType => FILE_TYPES.find((one) => one === type) ?? 'other';

/** Those that fit the type, and whatever else the file has. */
export function fieldsOf(type: FileType, extracted: Extracted): readonly FieldName[] {
  const fitting = FIELDS[type];
  const further = (Object.keys(extracted) as FieldName[]).filter((field) => !fitting.includes(field));
  return [...fitting, ...further];
}

export const isNumberField = (field: FieldName): field is keyof typeof EXTRACTED_NUMBERS =>
  Object.hasOwn(EXTRACTED_NUMBERS, field);

/** As they stand in the form; a number as it is, of seconds too. */
export const toTexts = (fields: readonly FieldName[], extracted: Extracted): FieldTexts =>
  Object.fromEntries(fields.map((field) => [field, String(extracted[field] ?? '')]));

/** Why a text cannot be the value of its field; undefined when it can. */
export function faultOf(field: FieldName, text: string): FieldFault | undefined {
  const trimmed = text.trim();
  if (trimmed === '') return undefined;
  if (!isNumberField(field)) {
    return trimmed.length > MAX_TEXT_LENGTH ? { kind: 'tooLong', max: MAX_TEXT_LENGTH } : undefined;
  }
  const { max, whole } = EXTRACTED_NUMBERS[field];
  const isNumber = (whole ? /^\d{1,9}$/ : /^\d{1,9}(\.\d{1,6})?$/).test(trimmed);
  return isNumber && Number(trimmed) <= max ? undefined : { kind: 'notNumber', max };
}

/** Only what differs from what others are told now; a field that was emptied is left out. Texts must have no fault. */
export function toEdit(texts: FieldTexts, extracted: Extracted): ExtractedEdit {
  const changes = (Object.entries(texts) as [FieldName, string][])
    .map(([field, text]) => [field, text.trim()] as const)
    .filter(([field, text]) => text !== String(extracted[field] ?? ''))
    .map(([field, text]) => [field, toValue(field, text)]);
  return Object.fromEntries(changes);
}

function toValue(field: FieldName, text: string): string | number | null {
  if (text === '') return null;
  return isNumberField(field) ? Number(text) : text;
}
