import type { SearchResult } from '../../../contract/search.ts';
import type { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';
import type { Title, Titles } from './titles.ts';

const PAGE = 20;
/** Who looks at a page takes the first row with this chance, else the next with the same, and so on. */
const TAKES = 0.7;

/** What somebody took of a page, and what of the page was hidden. */
export type Taken = {
  readonly result: SearchResult;
  readonly isFake: boolean;
  readonly honestRows: number;
  readonly honestHidden: number;
  readonly fakeRows: number;
  readonly fakeHidden: number;
};

/** Somebody searches for a title and takes one of the best rows. Undefined when nothing was found, or the searcher left. */
export async function searchAndTake(
  world: SimNetwork,
  {
    searcher,
    title,
    titles,
    signs,
  }: { readonly searcher: SimPeer; readonly title: Title; readonly titles: Titles; readonly signs: boolean },
): Promise<Taken | undefined> {
  const { peer } = searcher;
  const { id } = await world.searches.start(searcher, { words: title.words, limit: PAGE });
  if (!peer || searcher.peer !== peer) return undefined;
  const rows = peer.results(id, 10 * PAGE);
  const shown = rows.filter(({ pollution }) => !signs || !pollution.isHidden);
  // What a rank is before signs make it less.
  const worth = ({ rank, pollution }: SearchResult): number =>
    signs ? rank.total : rank.total / Math.max(0.01, 1 - pollution.score);
  const page = [...shown].sort((a, b) => worth(b) - worth(a)).slice(0, PAGE);
  let place = 0;
  while (place < page.length - 1 && world.random.float() > TAKES) place++;
  const result = page[place];
  if (!result) return undefined;
  const isFake = (row: SearchResult) => titles.isFake(row.hash);
  const count = (fits: (row: SearchResult) => boolean) => rows.filter(fits).length;
  return {
    result,
    isFake: isFake(result),
    honestRows: count((row) => !isFake(row)),
    honestHidden: count((row) => !isFake(row) && row.pollution.isHidden),
    fakeRows: count(isFake),
    fakeHidden: count((row) => isFake(row) && row.pollution.isHidden),
  };
}
