import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Query } from '../../../src-main/engine/wire/messages/query.ts';
import { file, OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';
import { searchId } from '../../support/search-fixtures.ts';

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const QUERY: Query = { type: 'query', id: searchId(1), words: 'song', limit: 10 };
const running = () => new AbortController().signal;

async function linked(): Promise<readonly [TestPeer, TestPeer]> {
  const a = await world.supernode('10.1.0.1', { files: [file(1)] });
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'], files: [file(2)] });
  await world.until(() => a.overlay.network.nameable(9, new Set()).length + b.overlay.counts().neighbours === 2);
  return [a, b];
}

/** Moves time until the promise is settled. */
async function settled<T>(promise: Promise<T>): Promise<T> {
  let done = false;
  const mark = () => {
    done = true;
  };
  promise.then(mark, mark);
  await world.until(() => done, 30_000);
  return promise;
}

test('a neighbour is asked over its session and named with the address by which it was reached', async () => {
  const [a, b] = await linked();
  const [target] = a.overlay.network.askTargets();
  expect(target).toMatchObject({ session: true, entry: { nodeId: b.nodeId } });
  const hits = await settled(a.overlay.network.ask(target!, QUERY, running()));
  expect(hits.hits).toMatchObject([{ name: 'song 2.mp3', sources: [{ nodeId: b.nodeId, addresses: [b.address] }] }]);
  expect(b.asked).not.toContain('POST /query');
});

test('a supernode without a session is asked by POST /query', async () => {
  const [a, b] = await linked();
  const [target] = a.overlay.network.askTargets();
  const stranger = await world.supernode('10.5.0.1');
  await world.clock.advance(10);
  const hits = await settled(stranger.overlay.network.ask({ ...target!, session: false }, QUERY, running()));
  expect(hits.hits[0]?.sources).toEqual([{ nodeId: b.nodeId, addresses: [b.address] }]);
  expect(b.asked).toContain('POST /query');
});

test('a leaf refuses POST /query', async () => {
  const [a] = await linked();
  const leaf = await world.leaf('10.6.0.1');
  const entry = { nodeId: leaf.nodeId, address: leaf.address, children: 0, capacity: 0, uptimeSeconds: 0 };
  const asking = a.overlay.network.ask({ entry, session: false, rttMs: undefined }, QUERY, running());
  await expect(settled(asking)).rejects.toMatchObject({ code: 'peer.protocol' });
});

test('an ask of a neighbour that dies fails with peer.closed', async () => {
  const [a, b] = await linked();
  const [target] = a.overlay.network.askTargets();
  const asking = a.overlay.network.ask(target!, QUERY, running());
  world.kill(b);
  await expect(settled(asking)).rejects.toMatchObject({ code: 'peer.closed' });
});

test('an ask ends with the reason of its signal', async () => {
  const [a, b] = await linked();
  world.network.cut(a.host, b.host);
  const [target] = a.overlay.network.askTargets();
  const stop = new AbortController();
  const asking = a.overlay.network.ask(target!, QUERY, stop.signal);
  stop.abort(new Error('enough'));
  await expect(settled(asking)).rejects.toThrow('enough');
});

test('search messages of a child reach the search, and answers reach the child', async () => {
  const [a, b] = await linked();
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => leaf.overlay.network.standby() !== undefined);
  leaf.overlay.network.parent()?.send(QUERY);
  leaf.overlay.network.standby()?.send({ ...QUERY, id: searchId(2) });
  await world.clock.advance(50);
  const parent = leaf.overlay.parentView()?.node === a.nodeId ? a : b;
  const standby = parent === a ? b : a;
  expect(parent.searches.map(({ linkRole, message }) => [linkRole, message])).toEqual([['child', QUERY]]);
  expect(standby.searches.map(({ linkRole }) => linkRole)).toEqual(['searcher']);
  const named = { ...file(9), sources: [{ nodeId: parent.nodeId, addresses: [{ host: '8.8.8.8', port: 80 }] }] };
  const { modifiedMs: _, ...hit } = named;
  parent.searches[0]?.from.send({ type: 'hits', id: QUERY.id, hits: [hit], more: false });
  await world.clock.advance(50);
  expect(leaf.searches).toMatchObject([
    { linkRole: 'parent', message: { type: 'hits', hits: [{ sources: [{ addresses: [parent.address] }] }] } },
  ]);
});

test('a hop is a search-only session with another supernode, and leaves no files there', async () => {
  const [a, b] = await linked();
  const leaf = await world.leaf('10.3.0.1', {
    bootstrap: ['10.1.0.1'],
    files: [file(7)],
    settings: { 'overlay.standby': false },
  });
  await world.until(() => leaf.overlay.parentView() !== undefined);
  const other = leaf.overlay.parentView()?.node === a.nodeId ? b : a;
  const hop = await settled(leaf.overlay.network.hop(new Set(), running()));
  expect(hop?.nodeId).toBe(other.nodeId);
  hop?.send(QUERY);
  await world.clock.advance(3000);
  expect(other.searches.map(({ linkRole }) => linkRole)).toEqual(['searcher']);
  other.searches[0]?.from.send({ type: 'end', id: QUERY.id, reason: 'exhausted', results: 0 });
  await world.clock.advance(50);
  expect(leaf.searches).toMatchObject([{ linkRole: 'hop', message: { type: 'end' } }]);
  expect(leaf.searches[0]?.from).toBe(hop);
  expect(other.index.files.has(leaf.nodeId)).toBe(false);
  hop?.close();
});

test('no hop when there is no supernode beside the parents', async () => {
  await world.supernode('10.1.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => leaf.overlay.parentView() !== undefined);
  expect(await settled(leaf.overlay.network.hop(new Set(), running()))).toBeUndefined();
});

test('only supernodes that this peer reached itself are named to others, and asking itself never', async () => {
  const [a, b] = await linked();
  expect(a.overlay.network.nameable(9, new Set()).map(({ nodeId }) => nodeId)).toEqual([b.nodeId]);
  expect(a.overlay.network.nameable(9, new Set([b.nodeId]))).toEqual([]);
  await world.clock.advance(5 * 60_000);
  expect(a.overlay.supernodes().some(({ node }) => node === a.nodeId)).toBe(false);
});
