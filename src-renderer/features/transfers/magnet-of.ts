import { parseTarget } from '#contract/address.ts';
import type { ContentHash } from '#contract/ids.ts';
import { formatMagnet, MOST_MAGNET_SOURCES } from '#contract/magnet.ts';
import type { SourceView } from '#contract/transfer.ts';

type Named = {
  readonly hash: ContentHash;
  readonly name: string;
  readonly size: number | null;
  readonly sources?: readonly SourceView[];
};

/** A link to a download, with the sources that gave most of it. */
export function magnetOf({ hash, name, size, sources = [] }: Named): string {
  const best = sources.filter(({ state }) => state !== 'banned').toSorted((a, b) => b.bytes - a.bytes);
  const targets = best.flatMap(({ node, address }) => parseTarget(`shoal://${node}@${address}`) ?? []);
  return formatMagnet({
    hash,
    name,
    sources: targets.slice(0, MOST_MAGNET_SOURCES),
    ...(size === null ? {} : { size }),
  });
}
