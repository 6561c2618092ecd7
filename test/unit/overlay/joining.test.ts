import { afterEach, beforeEach, expect, test } from 'vitest';
import { nameOf } from '../../support/index-batches.ts';
import { file, OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const files = (count: number) => Array.from({ length: count }, (_, at) => file(at + 1));
const isLinked = (a: TestPeer, b: TestPeer) =>
  a.overlay.supernodes().some(({ node, state }) => node === b.nodeId && state === 'neighbour');
const filesAt = (supernode: TestPeer, child: TestPeer) => supernode.index.files.get(child.nodeId) ?? 0;
const parentOf = (leaf: TestPeer, ...among: readonly TestPeer[]) =>
  among.find(({ nodeId }) => nodeId === leaf.overlay.parentView()?.node);
const uploads = (peer: TestPeer) => peer.asked.filter((path) => path === 'POST /children/self/files').length;

/** Two linked supernodes, and a leaf with one as its parent, the other as its warm second, and its files uploaded. */
async function family(count: number) {
  const a = await world.supernode('10.1.0.1');
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => isLinked(a, b) && isLinked(b, a), 2000);
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: files(count) });
  await world.until(() => leaf.overlay.network.standby() !== undefined);
  const parent = parentOf(leaf, a, b) ?? a;
  await world.until(() => filesAt(parent, leaf) === count);
  return { leaf, parent, standby: parent === a ? b : a };
}

test('two supernodes started with each other’s address are linked within two seconds', async () => {
  const a = await world.supernode('10.1.0.1', { bootstrap: ['10.2.0.1'] });
  await world.clock.advance(300);
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => isLinked(a, b) && isLinked(b, a), 2000);
});

test('supernodes that dial each other at the same moment keep exactly one link and hold it', async () => {
  const a = await world.supernode('10.1.0.1', { bootstrap: ['10.2.0.1'] });
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => isLinked(a, b) && isLinked(b, a), 2000);
  await world.clock.advance(60_000);
  expect([a.overlay.counts().neighbours, b.overlay.counts().neighbours]).toEqual([1, 1]);
  const ends = [a, b].flatMap(({ logger }) => logger.lines.filter(({ event }) => event === 'lost a supernode'));
  expect(ends.length).toBeLessThanOrEqual(2);
  expect([...a.strikes, ...b.strikes]).toEqual([]);
});

test('of one /24 a supernode links with two, though it dials all of them at once', async () => {
  const hosts = ['82.1.0.1', '82.1.0.2', '82.1.0.3', '82.1.0.4'];
  for (const host of hosts) await world.supernode(host);
  const other = await world.supernode('81.1.0.1', { bootstrap: hosts });
  const links = () => other.overlay.supernodes().filter(({ state }) => state === 'neighbour').length;
  await world.until(() => links() > 0);
  await world.clock.advance(60_000);
  expect(links()).toBe(2);
});

test('a leaf attaches, uploads what it shares to its parent only, and keeps a warm second one', async () => {
  const { leaf, parent, standby } = await family(3);
  expect(filesAt(standby, leaf)).toBe(0);
  expect(parent.overlay.counts().children).toBe(1);
  expect(standby.overlay.counts().children).toBe(0);
  expect(leaf.overlay.network.standby()?.nodeId).toBe(standby.nodeId);
});

test('a library of many files goes up in batches of 500', async () => {
  const { leaf, parent } = await family(1201);
  expect(filesAt(parent, leaf)).toBe(1201);
  expect(uploads(parent)).toBe(3);
});

test('changes of the library are sent as differences', async () => {
  const { leaf, parent } = await family(3);
  leaf.library.set([file(1), file(2, 'renamed.mp3'), file(4)]);
  await world.clock.advance(5000);
  const names = async (number: number) => (await parent.index.lookup(file(number).hash, 9)).hits.map(nameOf);
  expect(await Promise.all([1, 2, 3, 4].map(names))).toEqual([['song 1.mp3'], ['renamed.mp3'], [], ['song 4.mp3']]);
  expect(uploads(parent)).toBeLessThanOrEqual(3);
});

test('a name that XML cannot carry is uploaded once and agrees', async () => {
  const supernode = await world.supernode('10.1.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: [file(1, 'bad \u0001\ud800 name.mp3')] });
  await world.until(() => filesAt(supernode, leaf) === 1);
  await world.clock.advance(20_000);
  expect(uploads(supernode)).toBe(1);
});

test('after a blip only the differences are uploaded', async () => {
  const supernode = await world.supernode('10.1.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: files(1000) });
  await world.until(() => filesAt(supernode, leaf) === 1000);
  await world.clock.advance(100);
  const before = uploads(supernode);
  await leaf.virtual.links.close();
  await world.until(() => leaf.overlay.parentView() === undefined, 1000);
  leaf.library.set([...files(1000), file(5000)]);
  await world.until(() => filesAt(supernode, leaf) === 1001, 20_000);
  expect(uploads(supernode) - before).toBe(1);
});

test('rows of a lost child are not given as hits, wait 30 s, and go', async () => {
  const supernode = await world.supernode('10.1.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: files(5) });
  await world.until(() => filesAt(supernode, leaf) === 5);
  expect(supernode.index.present.has(leaf.nodeId)).toBe(true);
  world.kill(leaf);
  await world.until(() => !supernode.index.present.has(leaf.nodeId), 100);
  await world.clock.advance(29_000);
  expect(filesAt(supernode, leaf)).toBe(5);
  await world.clock.advance(2000);
  expect(filesAt(supernode, leaf)).toBe(0);
  expect(supernode.overlay.counts().children).toBe(0);
});

test('when the parent is killed the warm one is the parent within two seconds and gets the metadata', async () => {
  const { leaf, parent, standby } = await family(20);
  world.kill(parent);
  await world.until(() => parentOf(leaf, standby) === standby, 2000);
  await world.until(() => filesAt(standby, leaf) === 20, 3000);
  expect(standby.overlay.counts().children).toBe(1);
  expect(standby.index.present.has(leaf.nodeId)).toBe(true);
});

test('a parent that falls silent is found dead by pings', async () => {
  const { leaf, parent, standby } = await family(1);
  world.network.cut(leaf.host, parent.host);
  const tookMs = await world.until(() => parentOf(leaf, standby) === standby, 30_000);
  expect(tookMs).toBeLessThanOrEqual(25_000);
});

test('a supernode that stops cleanly hands its leaf over with `leaving`', async () => {
  const { leaf, parent, standby } = await family(2);
  await world.stop(parent);
  await world.until(() => parentOf(leaf, standby) === standby, 1000);
  await world.until(() => filesAt(standby, leaf) === 2);
});

test('a leaf without a warm second one follows the successors that its parent names', async () => {
  const a = await world.supernode('10.1.0.1');
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => isLinked(a, b) && isLinked(b, a), 2000);
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], settings: { 'overlay.standby': false } });
  await world.until(() => leaf.overlay.parentView() !== undefined);
  const parent = parentOf(leaf, a, b) ?? a;
  const other = parent === a ? b : a;
  await world.stop(parent);
  await world.until(() => parentOf(leaf, other) === other, 3000);
});

test('a full supernode sends leaves on to others that have a place', async () => {
  const full = await world.supernode('10.1.0.1', { settings: { 'supernode.children': 1 } });
  const roomy = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => isLinked(full, roomy) && isLinked(roomy, full), 2000);
  const leaves: TestPeer[] = [];
  for (const last of [1, 2, 3]) {
    leaves.push(
      await world.leaf(`10.3.0.${last}`, { bootstrap: ['10.1.0.1'], settings: { 'overlay.standby': false } }),
    );
    await world.clock.advance(3000);
  }
  expect(leaves.map((leaf) => leaf.overlay.parentView() !== undefined)).toEqual([true, true, true]);
  expect(full.overlay.counts().children).toBeLessThanOrEqual(1);
  expect(full.overlay.counts().children + roomy.overlay.counts().children).toBe(3);
});

test('a warm place is kept for whoever has one, though others have filled the supernode', async () => {
  const settings = { 'supernode.children': 2 };
  const first = await world.supernode('10.1.0.1', { settings });
  const leaves = await Promise.all(
    [1, 2].map((last) => world.leaf(`10.3.0.${last}`, { bootstrap: ['10.1.0.1'], files: files(last) })),
  );
  await world.until(() => first.overlay.counts().children === 2);
  const second = await world.supernode('10.2.0.1', { settings, bootstrap: ['10.1.0.1'] });
  await world.until(() => leaves.every(({ overlay }) => overlay.network.standby() !== undefined), 600_000);
  const third = await world.leaf('10.3.0.3', { bootstrap: ['10.1.0.1'], settings: { 'overlay.standby': false } });
  await world.until(() => parentOf(third, second) === second);
  world.kill(first);
  await world.until(() => leaves.every((leaf, at) => filesAt(second, leaf) === at + 1), 1000);
  expect(second.overlay.counts().children).toBe(3);
});

test('a leaf that only knows another leaf finds the supernode through it', async () => {
  const supernode = await world.supernode('10.1.0.1');
  const first = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => parentOf(first, supernode) === supernode);
  const second = await world.leaf('10.3.0.2', { bootstrap: ['10.3.0.1'] });
  await world.until(() => parentOf(second, supernode) === supernode);
});

test('a peer that comes back finds the network by its host cache alone', async () => {
  const supernode = await world.supernode('10.1.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => parentOf(leaf, supernode) === supernode);
  await world.stop(leaf);
  const again = await world.leaf('10.3.0.1', { nodeId: leaf.nodeId, database: leaf.database });
  await world.until(() => parentOf(again, supernode) === supernode);
});

test('a supernode indexes its own library as a child of itself', async () => {
  const supernode = await world.supernode('10.1.0.1', { files: files(3) });
  await world.until(() => filesAt(supernode, supernode) === 3);
  expect(supernode.overlay.network.sourceOf(supernode.nodeId)?.addresses).toEqual([supernode.address]);
});

test('a child is named at the IP of its own link and the port that it listens on', async () => {
  const { leaf, parent } = await family(1);
  expect(parent.overlay.network.sourceOf(leaf.nodeId)).toEqual({
    nodeId: leaf.nodeId,
    addresses: [{ host: '10.3.0.1', port: 1214 }],
    freeSlots: 4,
    queueLength: 0,
    rateBps: 0,
  });
});

test('a parent that is lost while a silent supernode is asked for a warm place is replaced at once', async () => {
  const parent = await world.supernode('10.1.0.1');
  await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => parent.overlay.counts().neighbours === 1, 60_000);
  world.network.cut('10.3.0.1', '10.2.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1', '10.4.0.1'] });
  await world.until(() => leaf.overlay.parentView() !== undefined);
  const other = await world.supernode('10.4.0.1');
  // The silent one is being asked: it has ten seconds to answer.
  await world.clock.advance(1500);
  world.kill(parent);
  await world.until(() => leaf.overlay.parentView()?.node === other.nodeId, 5000);
});
