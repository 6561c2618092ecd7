import type { ByteRange } from './content-range.ts';

/** What a `Range` header asks of a file: all of it, one part, or something that 416 answers. */
export type WantedRange =
  | { readonly kind: 'whole' }
  | { readonly kind: 'part'; readonly range: ByteRange }
  | { readonly kind: 'unsatisfiable' };

const WHOLE: WantedRange = { kind: 'whole' };
const UNSATISFIABLE: WantedRange = { kind: 'unsatisfiable' };
const SPEC = /^(\d*)-(\d*)$/;

/**
 * Reads a `Range` header (RFC 9110, section 14) for a file of `size` bytes, at least 1. A header of another unit or of invalid
 * syntax is ignored as the RFC allows; several ranges are never answered (protocol section 5).
 */
export function parseRange(header: string | undefined, size: number): WantedRange {
  const [unit = '', set] = splitOnce(header ?? '', '=');
  if (set === undefined || unit.trim().toLowerCase() !== 'bytes') return WHOLE;
  // RFC 9110, section 5.6.1: empty members of a list count for nothing.
  const specs = set
    .split(',')
    .map((spec) => spec.trim())
    .filter(Boolean);
  const wanted = specs.map((spec) => parseSpec(spec, size));
  if (wanted.length === 0 || wanted.includes(undefined)) return WHOLE;
  return wanted.length === 1 && wanted[0] ? wanted[0] : UNSATISFIABLE;
}

/**
 * Whether `If-Range` lets the range stand: absent, or the very same strong entity tag. A weak tag and a date never match, for a
 * range must come from exactly these bytes.
 */
export function isRangeCurrent(ifRange: string | undefined, etag: string): boolean {
  return ifRange === undefined || ifRange.trim() === etag;
}

/** `a-b`, `a-` or `-n`; undefined when it is none of them. A double too large to be exact is far behind every file's end. */
function parseSpec(spec: string, size: number): WantedRange | undefined {
  const match = SPEC.exec(spec);
  const [, first = '', last = ''] = match ?? [];
  if (!match || (first === '' && last === '')) return undefined;
  if (first === '') {
    const length = Math.min(Number(last), size);
    return length === 0 ? UNSATISFIABLE : { kind: 'part', range: { start: size - length, end: size } };
  }
  const start = Number(first);
  if (last !== '' && Number(last) < start) return undefined;
  if (start >= size) return UNSATISFIABLE;
  const end = last === '' ? size : Math.min(Number(last) + 1, size);
  return { kind: 'part', range: { start, end } };
}

function splitOnce(text: string, separator: string): readonly string[] {
  const at = text.indexOf(separator);
  return at < 0 ? [text] : [text.slice(0, at), text.slice(at + separator.length)];
}
