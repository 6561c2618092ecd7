import type { SearchResult } from '../../../contract/search.ts';
import type { SimNetwork } from '../sim-network.ts';
import type { SimPeer } from '../sim-peer.ts';
import type { Wish } from './wishes.ts';

/** Results wanted of one search: one page. */
const PAGE = 20;
/** Looked through for the best page. */
const MOST_RESULTS = 5000;
/** Results that somebody tries before giving up. */
const TRIES = 3;

/** What somebody saw of a search. `place`: where the wanted file stood on the page, from 0; undefined when it was not there. */
export type Seen = {
  readonly isForOne: boolean;
  readonly startMs: number;
  readonly tookMs: number;
  readonly place: number | undefined;
  readonly shown: number;
  readonly invented: number;
};

/** Somebody searches, looks at the best page, and tries from its top until something is there. Undefined when the searcher left meanwhile. */
export async function searchAndTry(world: SimNetwork, { searcher, words, wanted }: Wish): Promise<Seen | undefined> {
  const { peer } = searcher;
  const { id, startMs, tookMs } = await world.searches.start(searcher, { words, limit: PAGE });
  if (!peer || searcher.peer !== peer) return undefined;
  const page = [...peer.results(id, MOST_RESULTS)].sort((a, b) => b.rank.total - a.rank.total).slice(0, PAGE);
  const at = page.findIndex(({ hash }) => hash === wanted);
  const invented = page.filter(({ hash }) => !world.population.has(hash)).length;
  await tryFrom(page.slice(0, TRIES), searcher);
  const place = at < 0 ? undefined : at;
  return { isForOne: wanted !== undefined, startMs, tookMs, place, shown: page.length, invented };
}

async function tryFrom(rows: readonly SearchResult[], { peer }: SimPeer): Promise<void> {
  for (const row of rows) if ((await peer?.try(row)) === 'good') return;
}
