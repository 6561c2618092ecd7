import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** What the pages on the network and on searches ask, of real processes on loopback. */

const MIB = 2 ** 20;
const SIZE = 5 * MIB;
const searchesOf = (peer: LivePeer) => peer.query('searches', {});

async function threePeers() {
  const supernode = await (await LivePeer.make()).start('--supernode', 'always', '--set', 'peer.name=Hub');
  const join = ['--supernode', 'never', '--bootstrap', supernode.listen];
  const sharer = await (await LivePeer.make({ 'reef.bin': seededBytes(SIZE, 5) })).start(...join);
  const searcher = await (await LivePeer.make()).start(...join);
  await supernode.untilStatus('two children', ({ children }) => children === 2);
  await until('the file is known', async () => (await supernode.query('network', {})).index.files === 1);
  return { supernode, sharer, searcher };
}

test('the place in the network, its cost, and the traffic of a download', async () => {
  const { supernode, sharer, searcher } = await threePeers();
  await searcher.shoal('search', 'reef');
  const [search] = await searchesOf(searcher);
  expect(search).toMatchObject({ words: 'reef', state: 'ended', reason: 'exhausted', wave: 0, asked: 1, results: 1 });
  const { results, next } = await searcher.query('search.results', { id: search?.id ?? expect.fail() });
  expect([results.map(({ name, size }) => [name, size]), next]).toEqual([[['reef.bin', SIZE]], null]);
  await searcher.client.command('download.add', { hash: results[0]?.hash ?? expect.fail(), size: SIZE });
  await until('the download ends', async () => (await searcher.query('downloads', {}))[0]?.state === 'done');

  const { totals } = await searcher.query('traffic', {});
  expect(totals).toEqual({ down: SIZE, up: 0 });
  const sent = await until('a whole step', async () => {
    const traffic = await sharer.query('traffic', {});
    const steps = traffic.samples.reduce((sum, { up }) => sum + up * 2, 0);
    return steps >= SIZE ? traffic : undefined;
  });
  expect(sent.totals).toEqual({ down: 0, up: SIZE });

  const hub = await supernode.query('network', {});
  expect(hub).toMatchObject({
    ...{ role: 'supernode', why: 'user-always', parent: null, standby: null, neighbours: [] },
    load: { usedSlots: 0, queue: 0 },
  });
  // The search, the search by hash of the download, and of each of the two leaves the test that it serves, which comes again after a while.
  expect(hub.queries.total).toBeGreaterThanOrEqual(4);
  expect(hub.queries.perMinute).toBe(hub.queries.total);
  const files = Object.fromEntries(hub.children.map(({ node, files: held }) => [node, held]));
  expect(files[sharer.node]).toBe(1);
  expect(hub.duty.bytesUp).toBeGreaterThan(0);
  expect(hub.duty.bytesDown).toBeGreaterThan(0);
  expect(hub.duty.indexBytes).toBeGreaterThan(0);
  const leaf = await searcher.query('network', {});
  expect(leaf).toMatchObject({ role: 'leaf', why: 'user-never', children: [], index: { files: 0, contents: 0 } });
  expect(leaf.parent).toMatchObject({ node: supernode.node, address: supernode.listen, lost: 0 });
  expect(leaf.duty).toEqual({ indexBytes: null, bytesUp: 0, bytesDown: 0 });
  const status = await supernode.query('status', {});
  expect(status).toMatchObject({ name: 'Hub', downRate: 0, upRate: 0 });
  expect(status.uptimeMs).toBeGreaterThan(0);
});

test('a watched search is known by the command line and after a restart', async () => {
  const { supernode, searcher } = await threePeers();
  const [line] = await searcher.shoal('saved', 'add', '--watch', 'reef');
  const id = String(line?.id);
  const first = await until('the first run', async () => {
    const [saved] = await searcher.query('saved', {});
    return saved && saved.lastRunMs !== null ? saved : undefined;
  });
  expect(first).toMatchObject({ id, words: 'reef', watch: true, fresh: 0, results: 1 });
  await searcher.stop();
  await searcher.start('--supernode', 'never', '--bootstrap', supernode.listen);
  expect(await searcher.query('saved', {})).toEqual([first]);
  await searcher.shoal('saved', 'remove', id);
  expect(await searcher.query('saved', {})).toEqual([]);
});
