import { parseTarget } from '#contract/address.ts';
import type { ContentHash } from '#contract/ids.ts';
import { formatMagnet, MOST_MAGNET_SOURCES } from '#contract/magnet.ts';
import { isWorthNaming, type SourceView } from '#contract/transfer.ts';
import { isWebUrl, looksLocal } from '#contract/web-url.ts';

type Named = {
  /** Null for one that has none yet: no link can name it. */
  readonly hash: ContentHash | null;
  readonly name: string;
  readonly size: number | null;
  readonly sources?: readonly SourceView[];
};

/** Links to downloads, each in a line, with the sources that gave most of them. */
export const magnetsOf = (downloads: readonly Named[]): string =>
  downloads.flatMap((download) => (download.hash === null ? [] : magnetOf(download, download.hash))).join('\n');

function magnetOf({ name, size, sources = [] }: Named, hash: ContentHash): string {
  const best = sources.filter(isWorthNaming).toSorted((a, b) => b.bytes - a.bytes);
  const targets = best.flatMap(({ node, address }) => parseTarget(`shoal://${node}@${address}`) ?? []);
  return formatMagnet({
    hash,
    name,
    sources: targets.slice(0, MOST_MAGNET_SOURCES),
    // What lies in a local network is of no use to others, and tells of it.
    web: best.flatMap(({ node }) => (isWebUrl(node) && !looksLocal(node) ? [node] : [])).slice(0, MOST_MAGNET_SOURCES),
    ...(size === null ? {} : { size }),
  });
}
