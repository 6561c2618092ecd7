import { FILE_TYPES, type FileType } from '../../contract/descriptor.ts';
import { hasArtist } from './indexed-words.ts';
import type { RowBlock } from './row-block.ts';
import type { Signature } from './row-signature.ts';

/** What a row must be. `has`, `lacks`: texts in its words; `artist`: in its artist's; undefined: anything. */
export type RowFilter = {
  readonly type: FileType | undefined;
  readonly minBytes: number | undefined;
  readonly maxBytes: number | undefined;
  readonly yearFrom: number | undefined;
  readonly yearTo: number | undefined;
  readonly has: readonly string[];
  readonly lacks: readonly string[];
  readonly artist: string | undefined;
  /** Bits of its words (see row-signature.ts). */
  readonly signature: Signature;
};
export type RowCheck = (block: RowBlock, at: number) => boolean;

/** Texts are looked at last: they are the furthest away. A row without a year is of no year. */
export function rowCheck(filter: RowFilter): RowCheck {
  const { minBytes = 0, maxBytes = Number.POSITIVE_INFINITY, yearTo = Number.POSITIVE_INFINITY } = filter;
  const type = filter.type === undefined ? ANY : FILE_TYPES.indexOf(filter.type);
  const yearFrom = filter.yearFrom ?? (filter.yearTo === undefined ? ANY : 0);
  const { signature } = filter;
  const passes = textCheck(filter);
  return (block, at) => {
    if (!block.isLike(signature, at)) return false;
    const [size, year] = [block.sizes[at] ?? 0, block.years[at] ?? ANY];
    if (type !== ANY && block.types[at] !== type) return false;
    return size >= minBytes && size <= maxBytes && year >= yearFrom && year <= yearTo && passes(block, at);
  };
}

/** No type, and what the year of a row without one is. */
const ANY = -1;

function textCheck({ has, lacks, artist }: RowFilter): RowCheck {
  if (has.length === 0 && lacks.length === 0 && artist === undefined) return () => true;
  return (block, at) => {
    const words = block.words(at);
    for (const text of has) if (!words.includes(text)) return false;
    for (const text of lacks) if (words.includes(text)) return false;
    return artist === undefined || hasArtist(words, artist);
  };
}
