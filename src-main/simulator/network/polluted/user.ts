import type { SearchId } from '../../../contract/ids.ts';
import type { SearchResult } from '../../../contract/search.ts';
import type { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';
import type { Title, Titles } from './titles.ts';

const PAGE = 20;
/** Who looks at a page takes the first row with this chance, else the next with the same, and so on. */
const TAKES = 0.7;
/** So many rows somebody looks at, each for so long, before one is taken that has nothing worse against it than the others. */
const LOOKS = 3;
const LOOK_MS = 10_000;
/** What makes somebody look at another row. */
const DOUBT = 0.05;

/** What somebody took of a page, and what of the page was hidden. */
export type Taken = {
  readonly result: SearchResult;
  readonly isFake: boolean;
  readonly honestRows: number;
  readonly honestHidden: number;
  readonly fakeRows: number;
  readonly fakeHidden: number;
};
type Wish = {
  readonly searcher: SimPeer;
  readonly title: Title;
  readonly titles: Titles;
  /** Whether signs of pollution are seen at all. */
  readonly signs: boolean;
};

/** Somebody searches for a title and takes one of the best rows. Undefined when nothing was found, or the searcher left. */
export async function searchAndTake(world: SimNetwork, wish: Wish): Promise<Taken | undefined> {
  const { searcher, title, titles, signs } = wish;
  const { peer } = searcher;
  const { id } = await world.searches.start(searcher, { words: title.words, limit: PAGE });
  if (!peer || searcher.peer !== peer) return undefined;
  const result = await choose(world, wish, id);
  if (!result || searcher.peer !== peer) return undefined;
  const rows = peer.results(id, 10 * PAGE);
  const isFake = (row: SearchResult) => titles.isFake(row.hash);
  const isHidden = (row: SearchResult) => signs && row.pollution.isHidden;
  const count = (fits: (row: SearchResult) => boolean) => rows.filter(fits).length;
  return {
    result,
    isFake: isFake(result),
    honestRows: count((row) => !isFake(row)),
    honestHidden: count((row) => !isFake(row) && isHidden(row)),
    fakeRows: count(isFake),
    fakeHidden: count((row) => isFake(row) && isHidden(row)),
  };
}

/** Looks at one of the first rows, and at another when there is something against it. */
async function choose(world: SimNetwork, { searcher, signs }: Wish, id: SearchId): Promise<SearchResult | undefined> {
  const { peer } = searcher;
  let result: SearchResult | undefined;
  for (let look = 0; look < LOOKS; look++) {
    if (!peer || searcher.peer !== peer) return undefined;
    const page = peer.results(id, 10 * PAGE);
    const best = pageOf(page, signs);
    // Who has found nothing against a row takes it.
    const seen = result && page.find(({ hash }) => hash === result?.hash);
    if (seen && (seen.pollution.score < DOUBT || best[0] === seen)) return seen;
    let place = 0;
    while (place < best.length - 1 && world.random.float() > TAKES) place++;
    result = best[place];
    if (!result || !signs) return result;
    peer.look(result);
    await new Promise<void>((resolve) => world.clock.setTimer(LOOK_MS, resolve));
  }
  return result;
}

/** The best rows as the page has them. Without signs: as they ranked if there were none. */
function pageOf(rows: readonly SearchResult[], signs: boolean): readonly SearchResult[] {
  const worth = ({ rank, pollution }: SearchResult): number =>
    signs ? rank.total : rank.total / Math.max(0.01, 1 - pollution.score);
  const shown = rows.filter(({ pollution }) => !signs || !pollution.isHidden);
  return [...shown].sort((a, b) => worth(b) - worth(a)).slice(0, PAGE);
}
