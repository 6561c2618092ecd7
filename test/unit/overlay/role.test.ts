import { afterEach, beforeEach, expect, test } from 'vitest';
import { file, OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

test('`always` is a supernode at once, `never` stays a leaf', async () => {
  const always = await world.supernode('10.1.0.1');
  const never = await world.leaf('10.2.0.1');
  await world.clock.advance(1);
  expect(always.overlay.role()).toBe('supernode');
  await world.clock.advance(120_000);
  expect(never.overlay.role()).toBe('leaf');
});

test('a leaf that no supernode takes says so once, and again when it has lost one', async () => {
  const leaf = await world.leaf('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  const told = () => leaf.logger.lines.filter(({ event }) => event.startsWith('no supernode takes this peer')).length;
  await world.clock.advance(9900);
  expect(told()).toBe(0);
  await world.clock.advance(600_000);
  expect(told()).toBe(1);
  const supernode = await world.supernode('10.1.0.1');
  await world.until(() => leaf.overlay.parentView() !== undefined, 400_000);
  world.kill(supernode);
  await world.until(() => told() === 2, 60_000);
});

test('a peer that nobody answers becomes a supernode after 10 s, and says so', async () => {
  const peer = await world.peer('10.1.0.1');
  const told: string[] = [];
  peer.overlay.onRole((role) => told.push(role));
  await world.clock.advance(9900);
  expect(peer.overlay.role()).toBe('leaf');
  await world.clock.advance(200);
  expect(peer.overlay.role()).toBe('supernode');
  expect(told).toEqual(['supernode']);
});

test('a leaf says that it is one when it has its first parent, after telling the parent, and not again', async () => {
  const first = await world.supernode('10.1.0.1');
  await world.supernode('10.2.0.1');
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1', '10.2.0.1'] });
  const told: string[] = [];
  leaf.overlay.onRole((role) => told.push(role));
  leaf.overlay.onParentView((parent) => told.push(parent ? 'parent' : 'none'));
  await world.until(() => told.length >= 2);
  expect(told.slice(0, 2)).toEqual(['parent', 'leaf']);
  await world.until(() => leaf.overlay.supernodes().some(({ state }) => state === 'standby'), 60_000);
  world.kill(first);
  await world.clock.advance(60_000);
  expect(told.filter((what) => what === 'leaf')).toHaveLength(1);
});

test('a peer that finds only full supernodes becomes one within seconds', async () => {
  await world.supernode('10.1.0.1', { settings: { 'supernode.children': 1 } });
  const first = await world.leaf('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => first.overlay.parentView() !== undefined);
  const second = await world.peer('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => second.overlay.role() === 'supernode', 30_000);
});

test('two that were alone merge when they meet: one is a leaf of the other and its files are found there', async () => {
  const a = await world.peer('10.1.0.1', { bootstrap: ['10.2.0.1'], files: [file(1)] });
  const b = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'], files: [file(2)] });
  await world.until(
    () => a.overlay.parentView()?.node === b.nodeId || b.overlay.parentView()?.node === a.nodeId,
    60_000,
  );
  const [leaf, supernode] = a.overlay.role() === 'leaf' ? [a, b] : [b, a];
  expect([leaf.overlay.role(), supernode.overlay.role()]).toEqual(['leaf', 'supernode']);
  await world.until(() => supernode.index.files.get(leaf.nodeId) === 1);
  await world.clock.advance(600_000);
  expect([leaf.overlay.role(), supernode.overlay.role()]).toEqual(['leaf', 'supernode']);
});

test('the one with fewer children steps down, and its leaf follows it to the other', async () => {
  const big = await world.peer('10.1.0.1');
  const small = await world.peer('10.2.0.1', { bootstrap: ['10.9.0.1'] });
  await world.clock.advance(11_000);
  const leaves = [
    await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] }),
    await world.leaf('10.3.0.2', { bootstrap: ['10.1.0.1'] }),
    await world.leaf('10.3.0.3', { bootstrap: ['10.2.0.1'] }),
  ];
  await world.clock.advance(3000);
  expect([big.overlay.counts().children, small.overlay.counts().children]).toEqual([2, 1]);
  // A third one that knows both makes them meet.
  await world.supernode('10.9.0.1', { bootstrap: ['10.1.0.1', '10.2.0.1'] });
  await world.until(() => small.overlay.role() === 'leaf', 400_000);
  await world.until(() => leaves.every(({ overlay }) => overlay.parentView() !== undefined), 60_000);
});

test('an `always` supernode never merges', async () => {
  const a = await world.supernode('10.1.0.1', { bootstrap: ['10.2.0.1'] });
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.clock.advance(600_000);
  expect([a.overlay.role(), b.overlay.role()]).toEqual(['supernode', 'supernode']);
});

test('one that was alone becomes a leaf of an `always` supernode that it meets', async () => {
  const alone = await world.peer('10.1.0.1');
  await world.until(() => alone.overlay.role() === 'supernode', 11_000);
  const always = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => alone.overlay.parentView()?.node === always.nodeId, 3000);
  expect(alone.overlay.role()).toBe('leaf');
});

test('one that was alone does not become a leaf where its children have no place', async () => {
  const alone = await world.peer('10.1.0.1');
  await world.until(() => alone.overlay.role() === 'supernode', 11_000);
  const leaves = await Promise.all([1, 2].map((last) => world.leaf(`10.3.0.${last}`, { bootstrap: ['10.1.0.1'] })));
  await world.until(() => leaves.every(({ overlay }) => overlay.parentView() !== undefined));
  const small = await world.supernode('10.2.0.1', {
    bootstrap: ['10.1.0.1'],
    settings: { 'supernode.children': 2 },
  });
  await world.clock.advance(60_000);
  expect(small.overlay.counts().neighbours).toBe(1);
  expect(alone.logger.lines.filter(({ event }) => event === 'becomes a leaf')).toEqual([]);
});

test('with too many children together two supernodes stay what they are', async () => {
  const settings = { 'overlay.merge-children': 1 };
  const a = await world.peer('10.1.0.1', { settings });
  await world.until(() => a.overlay.role() === 'supernode', 11_000);
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'] });
  await world.until(() => leaf.overlay.parentView() !== undefined);
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'], settings });
  await world.clock.advance(60_000);
  expect([a.overlay.role(), b.overlay.role()]).toEqual(['supernode', 'supernode']);
});

test('the setting is in force at once', async () => {
  const peer = await world.leaf('10.1.0.1');
  await world.clock.advance(1000);
  peer.settings = { ...peer.settings, 'supernode.role': 'always' };
  peer.overlay.settingsChanged();
  await world.until(() => peer.overlay.role() === 'supernode', 1000);
  peer.settings = { ...peer.settings, 'supernode.role': 'never' };
  peer.overlay.settingsChanged();
  await world.until(() => peer.overlay.role() === 'leaf', 1000);
});

test.each([1, 2, 3])(
  'peers that start one after the other, each alone at first, end as one family (seed %i)',
  async (seed) => {
    world = new OverlayWorld({ seed });
    const peers = [];
    for (let number = 1; number <= 14; number++) {
      peers.push(await world.peer(`10.${number}.0.1`, { bootstrap: number === 1 ? [] : ['10.1.0.1'] }));
      await world.clock.advance(world.random.int(4000));
    }
    await world.clock.advance(10 * 60_000);
    const supernodes = peers.filter(({ overlay }) => overlay.role() === 'supernode');
    // A second one, so that no single death leaves everybody alone.
    expect(supernodes.length).toBeLessThanOrEqual(2);
    const children = supernodes.map(({ overlay }) => overlay.counts().children);
    expect(children.reduce((sum, count) => sum + count, supernodes.length)).toBe(14);
    expect(peers.flatMap(({ strikes }) => strikes)).toEqual([]);
  },
);

test('of a crowd that finds only full supernodes few become one, and the others find a place with them', async () => {
  await world.supernode('10.1.0.1', { settings: { 'supernode.children': 1 } });
  const crowd: TestPeer[] = [];
  for (let number = 1; number <= 30; number++) {
    crowd.push(await world.peer(`10.2.0.${number}`, { bootstrap: ['10.1.0.1'] }));
  }
  await world.until(() => crowd.every(({ overlay }) => overlay.role() === 'supernode' || overlay.parentView()), 40_000);
  expect(crowd.filter(({ overlay }) => overlay.role() === 'supernode').length).toBeLessThanOrEqual(6);
});
