import { afterEach, describe, expect, it } from 'vitest';
import type { Settings } from '../../../src-main/contract/settings.ts';
import { file } from '../../support/overlay-world.ts';
import { type SearchingPeer, SearchWorld } from '../../support/search-world.ts';

const [FIRST, SECOND] = ['10.1.0.1', '10.2.0.1'];
/** Without a standby nothing is asked twice. */
const LEAF = { 'overlay.standby': false } as const;
const tune = (number: number) => file(number, `tune ${number}.mp3`);

let world = new SearchWorld();
afterEach(async () => {
  await world.stopAll();
  world = new SearchWorld();
});

/** Two linked supernodes and six leaves, each at one of them; leaf n shares tune n. */
async function smallNetwork(settings: Partial<Settings> = LEAF) {
  const first = await world.supernode(FIRST);
  const second = await world.supernode(SECOND, { bootstrap: [FIRST] });
  await world.clock.runUntil(() => second.overlay.counts().neighbours === 1, 60_000);
  const leaves: SearchingPeer[] = [];
  for (let at = 0; at < 6; at++) {
    leaves.push(
      await world.leaf(`10.${3 + at}.0.1`, {
        bootstrap: [at < 3 ? FIRST : SECOND],
        files: [tune(at)],
        settings,
      }),
    );
  }
  const indexed = () => first.children().length + second.children().length;
  await world.clock.runUntil(() => indexed() === 6, 60_000);
  await world.clock.advance(10_000);
  return { first, second, leaves };
}

const ALL = Array.from({ length: 6 }, (_, at) => `tune ${at}.mp3`);
const namesIn = (supernode: SearchingPeer, leaves: readonly SearchingPeer[]): readonly string[] =>
  ALL.filter((_, at) => supernode.children().some((child) => child === leaves[at]?.nodeId));
const ended = (peer: SearchingPeer, count = 1) =>
  world.clock.runUntil(() => peer.of('search.end').length === count, 120_000);

describe('a search over two supernodes', () => {
  it('finds the files of all six peers from any leaf and from a supernode', async () => {
    const { first, leaves } = await smallNetwork();
    for (const peer of [...leaves, first]) {
      peer.searches.start({ words: 'tune' });
      await ended(peer);
      expect(peer.found()).toEqual(ALL);
      expect(peer.of('search.end')).toMatchObject([{ reason: 'exhausted', results: 6 }]);
    }
  });

  it('gives sources that can be reached', async () => {
    const { leaves } = await smallNetwork();
    const [searcher] = leaves;
    searcher?.searches.start({ words: 'tune 5' });
    if (searcher) await ended(searcher);
    const [result] = searcher?.of('search.hit') ?? [];
    expect(result?.result.sources).toMatchObject([
      { nodeId: leaves[5]?.nodeId, addresses: [{ host: '10.8.0.1', port: 1214 }] },
    ]);
  });

  it('tells the other supernode nothing of the leaf that searches', async () => {
    const { first, second, leaves } = await smallNetwork();
    for (const peer of leaves.slice(0, 1)) {
      const parent = peer.overlay.parentView()?.node === first.nodeId ? first : second;
      const other = parent === first ? second : first;
      peer.searches.start({ words: 'tune' });
      await ended(peer);
      expect(other.asked).toHaveLength(1);
      expect(other.asked[0]?.from).toBe(parent.nodeId);
      expect(JSON.stringify(other.asked)).not.toContain(peer.nodeId);
      expect(JSON.stringify(other.asked)).not.toContain(peer.peer.host);
    }
  });

  it('stops with wave 0 when the parent has enough, and asks the other with `more`', async () => {
    const { leaves } = await smallNetwork();
    for (const peer of leaves.slice(0, 1)) {
      const id = peer.searches.start({ words: 'tune', limit: 2 });
      await ended(peer);
      expect(peer.of('search.wave').map(({ wave }) => wave)).toEqual([0]);
      expect(peer.of('search.end')).toMatchObject([{ reason: 'limit' }]);
      peer.searches.more(id);
      await ended(peer, 2);
      expect(peer.of('search.wave').map(({ wave }) => wave)).toEqual([0, 1]);
      expect(peer.found().length).toBeGreaterThan(2);
    }
  });

  it('can be stopped', async () => {
    const { leaves } = await smallNetwork();
    for (const peer of leaves.slice(0, 1)) {
      const id = peer.searches.start({ words: 'tune' });
      await world.clock.advance(5);
      peer.searches.stop(id);
      await ended(peer);
      expect(peer.of('search.end')).toMatchObject([{ reason: 'stopped', results: 0 }]);
    }
  });

  it('by hash gives a download its sources', async () => {
    const { leaves } = await smallNetwork();
    const [searcher] = leaves;
    const found: string[] = [];
    const { hash, size } = tune(5);
    const done = searcher?.searches.findSources(
      { hash, size },
      ({ sources }) => found.push(...sources.map(({ nodeId }) => nodeId)),
      new AbortController().signal,
    );
    await world.clock.advance(60_000);
    await done;
    expect(found).toEqual([leaves[5]?.nodeId]);
  });

  it('goes on at the next parent when the parent is killed in the middle', async () => {
    const { first, second, leaves } = await smallNetwork({ 'overlay.standby': true });
    const searcher = leaves.find(({ overlay }) => overlay.parentView()?.node === first.nodeId);
    if (!searcher) throw new Error('no leaf at the first supernode');
    const held = namesIn(second, leaves);
    expect(held.length).toBeGreaterThan(0);
    searcher.searches.start({ words: 'tune', timeoutMs: 60_000 });
    // 20 ms each way: wave 0 is here, and the parent has asked the other supernode and waits.
    await world.clock.advance(50);
    expect(searcher.of('search.wave').map(({ wave }) => wave)).toEqual([0]);
    expect([second.asked.length, searcher.of('search.end').length]).toEqual([1, 0]);
    world.kill(first);
    await ended(searcher);
    expect(searcher.overlay.parentView()?.node).toBe(second.nodeId);
    expect(second.messages.filter((message) => message.type === 'query' && message.words === 'tune')).toMatchObject([
      { asked: [first.nodeId.slice(0, 12)], results: 6 - held.length },
    ]);
    expect(searcher.found()).toEqual(ALL);
    expect(searcher.of('search.end')).toMatchObject([{ reason: 'exhausted', results: 6 }]);
  });

  it('hops to the other supernode, which stores nothing of the peer', async () => {
    const { first, second, leaves } = await smallNetwork();
    const [searcher] = leaves;
    if (!searcher) throw new Error('no leaf');
    const other = searcher.overlay.parentView()?.node === first.nodeId ? second : first;
    const [before, children] = [other.children(), other.overlay.counts().children];
    searcher.searches.start({ words: 'tune', limit: 2, hops: 1 });
    await ended(searcher);
    expect(other.messages.some(({ type }) => type === 'query')).toBe(true);
    expect(before).not.toContain(searcher.nodeId);
    expect(other.children()).toEqual(before);
    expect(searcher.found()).toEqual(ALL);
    expect(namesIn(other, leaves).length).toBeGreaterThan(0);
    await world.clock.advance(1000);
    expect(other.overlay.counts().children).toBe(children);
  });
});
