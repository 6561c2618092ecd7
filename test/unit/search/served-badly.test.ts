import { describe, expect, it } from 'vitest';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { searchesOf, serverOf, wave } from '../../support/searches-of.ts';

type Say = ReturnType<typeof serverOf>['say'];
/** What it does with a search; the test of its leaf, which says that it has enough already, it serves well. */
const WAYS: Record<string, (say: Say, query: Query) => void> = {
  'says nothing': () => undefined,
  'begins, and says nothing more': (say, { id }) => say({ ...wave(0, []), id }),
  'refuses it': (say, { id }) => say({ type: 'end', id, reason: 'stopped', results: 0, error: 'search.over-budget' }),
};

function hostileParent(way: string) {
  const world = searchesOf();
  const { server, say } = serverOf(1, world.searches, (query) => {
    if (query.results === 1) queueMicrotask(() => say({ type: 'end', id: query.id, reason: 'limit', results: 1 }));
    else queueMicrotask(() => WAYS[way]?.(say, query));
  });
  world.network.setParent(server);
  const search = async (count: number) => {
    const before = world.of('search.end').length;
    for (let done = 1; done <= count; done++) {
      world.searches.start({ words: 'song' });
      await world.ended(before + done);
      await world.clock.advance(30_000);
    }
  };
  return { ...world, parent: server, search };
}

describe('a parent that serves its test, but of each search', () => {
  it.each([
    ['says nothing', 3],
    ['begins, and says nothing more', 3],
    ['refuses it', 5],
  ])('%s is dismissed after %i', async (way, most) => {
    const { network, parent, search } = hostileParent(way);
    await search(most - 1);
    expect(network.replaced).toEqual([]);
    await search(1);
    expect(network.replaced).toEqual([parent.nodeId]);
  });
});
