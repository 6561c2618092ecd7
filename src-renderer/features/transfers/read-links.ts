import { formatTarget } from '#contract/address.ts';
import { parseContentHash } from '#contract/ids.ts';
import { parseMagnet } from '#contract/magnet.ts';
import type { NewDownload } from '../../composables/add-downloads.ts';

/** `bad`: words that are neither a magnet link nor a ContentHash. */
export type ReadLinks = { readonly wanted: readonly NewDownload[]; readonly bad: readonly string[] };

/** The magnet links and ContentHashes in a text, parted by white space. */
export function readLinks(text: string): ReadLinks {
  const words = text.split(/\s+/).filter((word) => word !== '');
  const read = words.map((word) => ({ word, wanted: readLink(word) }));
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
  const { hash, name, size, sources, web } = magnet;
  return {
    hash,
    // What people type may be longer than any file name.
    ...(name ? { name: name.slice(0, 255).toWellFormed() } : {}),
    ...(size === undefined ? {} : { size }),
    ...(sources.length > 0 ? { sources: sources.map((source) => ({ target: formatTarget(source) })) } : {}),
    ...(web.length > 0 ? { web: web.map((url) => ({ url })) } : {}),
  };
}
