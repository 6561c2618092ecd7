import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Events } from '../../../src-main/contract/api.ts';
import { SavedSearches } from '../../../src-main/engine/saved/saved-searches.ts';
import { migrate } from '../../../src-main/engine/store/migrations.ts';
import { SavedStore } from '../../../src-main/engine/store/saved-store.ts';
import { MIGRATIONS } from '../../../src-main/engine/store/schema.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { file } from '../../support/overlay-world.ts';
import { type SearchingPeer, SearchWorld } from '../../support/search-world.ts';

/** Watched searches over real overlays and indexes. */

const MINUTE_MS = 60_000;
const [FIRST, SECOND] = ['10.1.0.1', '10.2.0.1'];
const LEAF = { 'overlay.standby': false } as const;
const tune = (number: number) => file(number, `tune ${number}.mp3`);

let world: SearchWorld;
let database: MemoryDatabase;
let found: Events['saved.found'][];
beforeEach(async () => {
  world = new SearchWorld();
  database = new MemoryDatabase();
  await migrate(database, { migrations: MIGRATIONS, path: 'memory' });
  found = [];
});
afterEach(async () => {
  await world.stopAll();
  await database.close();
});

function watcher({ searches, peer }: SearchingPeer): SavedSearches {
  return new SavedSearches({
    clock: world.clock,
    random: world.overlays.random,
    logger: peer.logger,
    settings: () => peer.settings,
    store: new SavedStore(database),
    check: () => undefined,
    search: (words, signal) => searches.collect(words, signal),
    found: (event) => found.push(event),
  });
}

async function stop(saved: SavedSearches): Promise<void> {
  const stopped = saved.stop();
  await world.clock.advance(0);
  await stopped;
}

/** Two linked supernodes, one leaf at each: the searcher at the first, one who shares at the second. */
async function network(settings = {}) {
  const first = await world.supernode(FIRST, { settings });
  const second = await world.supernode(SECOND, { bootstrap: [FIRST], settings });
  await world.clock.runUntil(() => second.overlay.counts().neighbours === 1, 60_000);
  const pings = { ...LEAF, 'overlay.pings': 1 };
  const searcher = await world.leaf('10.3.0.1', { bootstrap: [FIRST], files: [tune(90)], settings: pings });
  const sharer = await world.leaf('10.4.0.1', { bootstrap: [SECOND], files: [tune(1), tune(2)], settings: pings });
  const indexed = () => first.children().length + second.children().length;
  await world.clock.runUntil(() => indexed() === 2, 60_000);
  return { first, second, searcher, sharer };
}

const ranAt = (saved: SavedSearches) => saved.list()[0]?.lastRunMs ?? null;
const untilRun = (saved: SavedSearches, maxMs: number) => {
  const before = ranAt(saved);
  return world.clock.runUntil(() => ranAt(saved) !== before, maxMs);
};

test('a file that a supernode gets later is announced once, over a restart too', async () => {
  const { searcher, sharer } = await network();
  let saved = watcher(searcher);
  await saved.start();
  const id = await saved.add({ words: 'tune', watch: true });
  await untilRun(saved, MINUTE_MS);
  // The searcher's own file is no result.
  expect(saved.list()).toMatchObject([{ results: 2, fresh: 0 }]);
  await untilRun(saved, 40 * MINUTE_MS);
  expect(found).toEqual([]);
  sharer.peer.library.set([tune(1), tune(2), tune(3)]);
  await untilRun(saved, 40 * MINUTE_MS);
  expect(found).toEqual([{ id, words: 'tune', names: ['tune 3.mp3'], fresh: 1 }]);
  await stop(saved);
  saved = watcher(searcher);
  await saved.start();
  await untilRun(saved, 6 * MINUTE_MS);
  sharer.peer.library.set([tune(1), tune(2), tune(3), tune(4)]);
  await untilRun(saved, 40 * MINUTE_MS);
  expect(found.slice(1)).toEqual([{ id, words: 'tune', names: ['tune 4.mp3'], fresh: 2 }]);
  // What the user sees of searches is not touched.
  expect(searcher.of('search.end')).toEqual([]);
  await stop(saved);
});

test('a supernode that refuses is asked again later, and nothing is lost', async () => {
  const { first, second, searcher, sharer } = await network();
  // Both, for a leaf leaves one that refuses each time.
  const allow = (running: number) => {
    for (const { peer } of [first, second]) peer.settings = { ...peer.settings, 'search.leaf-running': running };
  };
  const saved = watcher(searcher);
  await saved.start();
  await saved.add({ words: 'tune', watch: true });
  await untilRun(saved, MINUTE_MS);
  sharer.peer.library.set([tune(1), tune(2), tune(3)]);
  allow(0);
  const before = ranAt(saved);
  await world.clock.advance(40 * MINUTE_MS);
  expect(ranAt(saved)).toBe(before);
  expect(found).toEqual([]);
  allow(10);
  await untilRun(saved, 40 * MINUTE_MS);
  expect(found).toMatchObject([{ names: ['tune 3.mp3'] }]);
  await stop(saved);
});

test('watching never uses up what a supernode lets a leaf ask', async () => {
  const { first, searcher } = await network({ 'search.leaf-running': 100 });
  searcher.peer.settings = { ...searcher.peer.settings, 'search.watch-every': MINUTE_MS };
  const saved = watcher(searcher);
  await saved.start();
  for (let at = 0; at < 100; at++) await saved.add({ words: `tune ${at}`, watch: true });
  await world.clock.advance(10 * MINUTE_MS);
  const queries = first.messages.filter(({ type }) => type === 'query');
  expect(queries.length).toBeGreaterThan(50);
  expect(queries.length).toBeLessThanOrEqual(61);
  // There is always room for the user.
  for (let at = 0; at < 20; at++) searcher.searches.start({ words: 'tune' });
  await world.clock.runUntil(() => searcher.of('search.end').length === 20, 2 * MINUTE_MS);
  expect(searcher.of('search.end').filter(({ error }) => error !== undefined)).toEqual([]);
  await stop(saved);
});

test('supernodes count what they answer for others', async () => {
  const { first, second, searcher } = await network();
  searcher.searches.start({ words: 'tune' });
  await world.clock.runUntil(() => searcher.of('search.end').length === 1, MINUTE_MS);
  // The searcher tests its parent, and that one the other, with words that nobody has: once each.
  expect([first.queries.counts(), second.queries.counts()]).toEqual([
    { perMinute: 2, total: 2 },
    { perMinute: 2, total: 2 },
  ]);
  // Other words: an answer to the same ones would be known still.
  first.searches.start({ words: 'tune 2' });
  await world.clock.runUntil(() => first.of('search.end').length === 1, MINUTE_MS);
  // Its own search is no work for others.
  expect(first.queries.counts().total).toBe(2);
  expect(second.queries.counts().total).toBe(3);
  await world.clock.advance(2 * MINUTE_MS);
  expect(second.queries.counts()).toEqual({ perMinute: 0, total: 3 });
});
