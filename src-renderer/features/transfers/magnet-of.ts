import { parseTarget } from '#contract/address.ts';
import type { ContentHash } from '#contract/ids.ts';
import { formatMagnet } from '#contract/magnet.ts';
import type { SourceView } from '#contract/transfer.ts';

/** More would make the link too long to be passed on. */
const MAX_SOURCES = 5;

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
  return formatMagnet({ hash, name, sources: targets.slice(0, MAX_SOURCES), ...(size === null ? {} : { size }) });
}
