/** One byte range of a file in the two forms that HTTP has for it (RFC 9110, section 14). `end` is exclusive here, inclusive there. */
export type ByteRange = { readonly start: number; readonly end: number };
/** `size` is undefined when the sender wrote `*`. */
export type ContentRangeValue = ByteRange & { readonly size: number | undefined };

/** The value of a `Range` header: `bytes=0-99` for 0 to 100. */
export const formatRange = ({ start, end }: ByteRange): string => `bytes=${start}-${end - 1}`;

/** The value of a `Content-Range` header: `bytes 0-99/1000`. */
export const formatContentRange = ({ start, end, size }: ContentRangeValue): string =>
  `bytes ${start}-${end - 1}/${size ?? '*'}`;

/** Reads a `Content-Range` of a 206; undefined for anything that is not one sensible range. */
export function parseContentRange(text: string): ContentRangeValue | undefined {
  // 16 digits hold every whole number that a double holds exactly.
  const match = /^bytes (\d{1,16})-(\d{1,16})\/(\d{1,16}|\*)$/.exec(text);
  if (!match) return undefined;
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  const size = match[3] === '*' ? undefined : Number(match[3]);
  const safe = Number.isSafeInteger(end) && (size === undefined || Number.isSafeInteger(size));
  if (!safe || start >= end || (size !== undefined && end > size)) return undefined;
  return { start, end, size };
}
