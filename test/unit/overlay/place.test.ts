import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Settings } from '../../../src-main/contract/settings.ts';
import { file, OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const place = ({ overlay }: TestPeer) => overlay.place();
const why = (peer: TestPeer) => [place(peer).role, place(peer).why];
const hasParent = (peer: TestPeer) => () => peer.overlay.parentView() !== undefined;
const change = (peer: TestPeer, role: Settings['supernode.role']) => {
  peer.settings = { ...peer.settings, 'supernode.role': role };
  peer.overlay.settingsChanged();
};

describe('the role says why', () => {
  test('the user wants it, or wants none', async () => {
    const supernode = await world.supernode('10.1.0.1');
    const leaf = await world.leaf('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    await world.until(hasParent(leaf));
    expect([why(supernode), why(leaf)]).toEqual([
      ['supernode', 'user-always'],
      ['leaf', 'user-never'],
    ]);
  });

  test('it looks, and is alone; what it was by wish it stays until it meets another', async () => {
    const peer = await world.peer('10.1.0.1');
    await world.clock.advance(5000);
    expect(why(peer)).toEqual(['leaf', 'looking']);
    await world.until(() => peer.overlay.role() === 'supernode', 11_000);
    expect(why(peer)).toEqual(['supernode', 'alone']);
    change(peer, 'always');
    expect(why(peer)).toEqual(['supernode', 'user-always']);
    change(peer, 'auto');
    expect(why(peer)).toEqual(['supernode', 'was-always']);
  });

  test('all others are full, or one had a place', async () => {
    await world.supernode('10.1.0.1', { settings: { 'supernode.children': 1 } });
    // One that cannot be asked to serve.
    const unfit = { 'election.processor': 1 };
    const first = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'], settings: unfit });
    await world.until(hasParent(first));
    const second = await world.peer('10.3.0.1', { bootstrap: ['10.1.0.1'] });
    await world.until(() => second.overlay.role() === 'supernode', 30_000);
    expect([why(first), why(second)]).toEqual([
      ['leaf', 'found-supernode'],
      ['supernode', 'full-supernodes'],
    ]);
  });

  test('two small supernodes met; the next parent is one like any other', async () => {
    const a = await world.peer('10.1.0.1', { bootstrap: ['10.2.0.1'] });
    const b = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    await world.until(() => hasParent(a)() || hasParent(b)(), 60_000);
    const [leaf, supernode] = a.overlay.role() === 'leaf' ? [a, b] : [b, a];
    expect([why(leaf), why(supernode)]).toEqual([
      ['leaf', 'merged'],
      ['supernode', 'alone'],
    ]);
    const other = await world.supernode('10.9.0.1', { bootstrap: [supernode.host] });
    await world.until(() => place(leaf).parent?.node === other.nodeId, 60_000);
    expect(why(leaf)).toEqual(['leaf', 'found-supernode']);
    expect(why(supernode)).toEqual(['leaf', 'merged']);
  });
});

test('a leaf knows for how long it has its parents, and how many it lost', async () => {
  const first = await world.supernode('10.1.0.1');
  const second = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
  const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1', '10.2.0.1'] });
  await world.until(() => place(leaf).standby !== null, 60_000);
  await world.clock.advance(30_000);
  const { parent, standby } = place(leaf);
  expect(parent).toMatchObject({ lost: 0, address: expect.stringMatching(/^10\.[12]\.0\.1:1214$/) });
  expect(standby).toMatchObject({ lost: 0 });
  for (const link of [parent, standby]) {
    expect(link?.sinceMs).toBeGreaterThanOrEqual(30_000);
    expect(link?.sinceMs).toBeLessThan(91_000);
  }
  const [dying, other] = parent?.node === first.nodeId ? [first, second] : [second, first];
  world.kill(dying);
  await world.until(() => place(leaf).parent?.node === other.nodeId, 60_000);
  expect(place(leaf).parent).toMatchObject({ lost: 1 });
  // The former standby is a parent only since now.
  expect(place(leaf).parent?.sinceMs).toBeLessThan(1000);
  expect(place(leaf).standby).toBeNull();
});

describe('a supernode', () => {
  test('lists its children and neighbours, with what they call themselves', async () => {
    const a = await world.supernode('10.1.0.1');
    const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'], settings: { 'peer.name': 'Bea' } });
    await world.until(() => a.overlay.counts().neighbours === 1, 60_000);
    const settings = { 'peer.name': 'Leo <b>', 'overlay.standby': false };
    const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: [file(1), file(2)], settings });
    await world.until(hasParent(leaf));
    const parent = leaf.overlay.parentView()?.node === a.nodeId ? a : b;
    await world.until(() => parent.index.files.get(leaf.nodeId) === 2);
    await world.clock.advance(60_000);
    const [child, ...rest] = place(parent).children;
    expect(rest).toEqual([]);
    expect(child).toMatchObject({
      node: leaf.nodeId,
      address: '10.3.0.1:1214',
      name: 'Leo <b>',
      role: 'leaf',
      files: 2,
    });
    expect(child?.connectedMs).toBeGreaterThanOrEqual(60_000);
    const link = { address: '10.2.0.1:1214', children: parent === b ? 1 : 0 };
    // The one that dialled said its name; the one that was dialled did not.
    expect(place(a).neighbours).toMatchObject([{ node: b.nodeId, name: 'Bea', ...link }]);
    expect(place(b).neighbours).toMatchObject([{ node: a.nodeId, name: null, address: '10.1.0.1:1214' }]);
    expect(place(leaf)).toMatchObject({ children: [], neighbours: [] });
    leaf.library.set([file(1)]);
    await world.until(() => place(parent).children[0]?.files === 1, 60_000);
  });

  test('tells standbys from leaves', async () => {
    const a = await world.supernode('10.1.0.1');
    const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1', '10.2.0.1'], files: [file(1)] });
    await world.until(() => place(leaf).standby !== null, 60_000);
    const roles = [a, b].map((peer) => place(peer).children.map(({ role }) => role)).sort();
    expect(roles).toEqual([['leaf'], ['standby']]);
  });

  test('counts what it carries for others, also for those who are gone', async () => {
    const a = await world.supernode('10.1.0.1');
    expect(a.overlay.duty()).toEqual({ bytesUp: 0, bytesDown: 0 });
    const leaf = await world.leaf('10.3.0.1', { bootstrap: ['10.1.0.1'], files: [file(1), file(2)] });
    await world.until(() => a.index.files.get(leaf.nodeId) === 2, 60_000);
    const served = a.overlay.duty();
    // A hello of 109 bytes, a load of 57 and a batch of about 100 came; a welcome went.
    expect(served.bytesDown).toBeGreaterThan(250);
    expect(served.bytesUp).toBeGreaterThan(100);
    expect(leaf.overlay.duty()).toEqual({ bytesUp: 0, bytesDown: 0 });
    await world.stop(leaf);
    const after = a.overlay.duty();
    expect(after.bytesDown).toBeGreaterThanOrEqual(served.bytesDown);
    change(a, 'never');
    await world.until(() => a.overlay.role() === 'leaf');
    expect(a.overlay.duty().bytesDown).toBeGreaterThanOrEqual(after.bytesDown);
  });
});
