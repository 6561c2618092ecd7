import { formatTarget } from '#contract/address.ts';
import type { CommandInput } from '#contract/api.ts';
import { parseContentHash } from '#contract/ids.ts';
import { parseMagnet } from '#contract/magnet.ts';

export type NewDownload = CommandInput<'download.add'>;
/** `bad`: words that are neither a magnet link nor a ContentHash. */
export type ReadLinks = { readonly wanted: readonly NewDownload[]; readonly bad: readonly string[] };

/** More at once are a list's work. */
const MAX_LINKS = 500;

/** The magnet links and ContentHashes in a text, parted by white space. */
export function readLinks(text: string): ReadLinks {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const read = words.slice(0, MAX_LINKS).map((word) => ({ word, wanted: readLink(word) }));
  return {
    wanted: read.flatMap(({ wanted }) => wanted ?? []),
    bad: read.filter(({ wanted }) => wanted === undefined).map(({ word }) => word),
  };
}

function readLink(word: string): NewDownload | undefined {
  const magnet = parseMagnet(word);
  if (!magnet) {
    const hash = parseContentHash(word);
    return hash && { hash };
  }
  const { hash, name, size, sources } = magnet;
  return {
    hash,
    // What people type may be longer than any file name.
    ...(name ? { name: name.slice(0, 255) } : {}),
    ...(size === undefined ? {} : { size }),
    ...(sources.length > 0 ? { sources: sources.map((source) => ({ target: formatTarget(source) })) } : {}),
  };
}
