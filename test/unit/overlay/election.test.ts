import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ElectionConditionName } from '../../../src-main/contract/election.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { Settings } from '../../../src-main/contract/settings.ts';
import { MemoryDatabase } from '../../../src-main/simulator/memory-database.ts';
import { file, OverlayWorld, type PeerOptions, type TestPeer } from '../../support/overlay-world.ts';
import { scriptedSupernode } from '../../support/scripted-supernode.ts';

let world: OverlayWorld;
let families = 0;
beforeEach(() => {
  world = new OverlayWorld();
  families = 0;
});
afterEach(() => world.stopAll());

const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
/** Nothing but the condition that a test is about stands in the way. */
const EASY: Partial<Settings> = {
  'election.uptime': 0,
  'election.average-uptime': 0,
  'election.upload-rate': 0,
  'election.download-rate': 0,
};

const condition = ({ overlay }: TestPeer, name: ElectionConditionName) =>
  overlay.election().find((one) => one.name === name);
const roles = (peers: readonly TestPeer[]) => peers.map(({ overlay }) => overlay.role());
const supernodesOf = (peers: readonly TestPeer[]) => peers.filter(({ overlay }) => overlay.role() === 'supernode');

/** Leaves that could become supernodes, each in a network of its own. */
async function family(count: number, options: PeerOptions = {}): Promise<TestPeer[]> {
  const peers = [];
  for (let number = 1; number <= count; number++) {
    peers.push(await world.peer(`10.${100 + ++families}.0.1`, { bootstrap: ['10.1.0.1'], ...options }));
    await world.clock.advance(500);
  }
  return peers;
}

describe('reachability', () => {
  test('two strangers of different networks must have connected back, where there are two', async () => {
    await world.supernode('81.1.0.1');
    const leaf = await world.leaf('93.1.0.1', { bootstrap: ['81.1.0.1'] });
    await world.clock.advance(5 * MINUTE);
    expect(condition(leaf, 'reachable')).toEqual({ name: 'reachable', needed: 1, measured: 1, holds: true });
    await world.supernode('82.1.0.1', { bootstrap: ['81.1.0.1'] });
    await world.until(() => leaf.overlay.reachability().tests.length === 2, 3 * HOUR);
    expect(condition(leaf, 'reachable')).toEqual({ name: 'reachable', needed: 2, measured: 2, holds: true });
    const by = leaf.overlay.reachability().tests.map((one) => [one.by, one.reached]);
    expect(by.sort()).toEqual([
      ['81.1.0.1:1214', true],
      ['82.1.0.1:1214', true],
    ]);
  });

  test('two of one network count once', async () => {
    await world.supernode('81.1.0.1');
    await world.supernode('81.1.9.1', { bootstrap: ['81.1.0.1'] });
    const leaf = await world.leaf('93.1.0.1', { bootstrap: ['81.1.0.1', '81.1.9.1'] });
    await world.clock.advance(10 * MINUTE);
    expect(leaf.overlay.reachability().state).toBe('unknown');
  });

  test('a peer that nobody can connect to knows it, and does not qualify', async () => {
    await world.supernode('81.1.0.1');
    await world.supernode('82.1.0.1', { bootstrap: ['81.1.0.1'] });
    world.network.shut('93.1.0.1');
    const leaf = await world.peer('93.1.0.1', { bootstrap: ['81.1.0.1', '82.1.0.1'], settings: EASY });
    await world.until(() => leaf.overlay.reachability().state === 'unreachable', 5 * MINUTE);
    expect(condition(leaf, 'reachable')).toMatchObject({ measured: 0, holds: false });
  });

  test('on a private network one is enough', async () => {
    await world.supernode('10.1.0.1');
    const leaf = await world.leaf('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    await world.until(() => leaf.overlay.reachability().state === 'reachable', MINUTE);
    expect(condition(leaf, 'reachable')).toMatchObject({ needed: 1, measured: 1, holds: true });
  });

  test('who vouches for a peer that cannot be reached is told', async () => {
    await world.supernode('81.1.0.1');
    await world.supernode('82.1.0.1', { bootstrap: ['81.1.0.1'] });
    world.network.shut('93.1.0.1');
    const peer = await world.supernode('93.1.0.1', { bootstrap: ['81.1.0.1', '82.1.0.1'] });
    await world.until(() => peer.overlay.reachability().state === 'unreachable', 5 * MINUTE);
    expect(peer.logger.lines.some(({ event }) => event.startsWith('this supernode cannot be reached'))).toBe(true);
    await world.clock.advance(2 * HOUR);
    expect(peer.overlay.role()).toBe('supernode');
    const told = peer.logger.lines.filter(({ event }) => event.startsWith('this supernode cannot be reached'));
    expect(told).toHaveLength(1);
  });

  /** One that serves because it was alone when it began, with a child, among two others that have places. */
  async function elected(): Promise<{ readonly serving: TestPeer; readonly child: TestPeer }> {
    // Nothing else makes it step down meanwhile.
    const settings = { 'overlay.merge-children': 0, 'election.check': HOUR, 'election.step-down-wait': HOUR };
    const serving = await world.peer('93.1.0.1', { settings });
    await world.until(() => serving.overlay.role() === 'supernode', MINUTE);
    await world.supernode('81.1.0.1', { bootstrap: ['93.1.0.1'], settings });
    await world.supernode('82.1.0.1', { bootstrap: ['81.1.0.1', '93.1.0.1'], settings });
    const child = await world.leaf('94.1.0.1', { bootstrap: ['93.1.0.1'] });
    await world.until(() => serving.overlay.reachability().state === 'reachable', 10 * MINUTE);
    expect(serving.overlay.role()).toBe('supernode');
    return { serving, child };
  }

  /** Its router is another one now: all connections are gone, and nobody can open one. */
  async function shut(peer: TestPeer): Promise<void> {
    world.network.shut(peer.host);
    await peer.virtual.links.close();
  }

  test('a supernode that nobody reaches any more hands over and becomes a leaf', async () => {
    const { serving, child } = await elected();
    await shut(serving);
    await world.until(() => serving.overlay.role() === 'leaf', 35 * MINUTE);
    expect(serving.overlay.place().why).toBe('unreachable');
    await world.clock.advance(MINUTE);
    expect([serving, child].map(({ overlay }) => overlay.parentView() !== undefined)).toEqual([true, true]);
    await world.clock.advance(HOUR);
    expect(serving.overlay.role()).toBe('leaf');
  });

  test('one test that nobody answers is not enough', async () => {
    const { serving } = await elected();
    await shut(serving);
    await world.until(() => serving.overlay.reachability().state === 'unreachable', 35 * MINUTE);
    world.network.open('93.1.0.1');
    await world.until(() => serving.overlay.reachability().state === 'reachable', 2 * MINUTE);
    await world.clock.advance(5 * MINUTE);
    expect(serving.overlay.role()).toBe('supernode');
  });
});

describe('what is measured', () => {
  test('time up and its mean over the last runs, kept over restarts', async () => {
    const database = new MemoryDatabase();
    await world.supernode('10.1.0.1');
    const options = { bootstrap: ['10.1.0.1'], database };
    const first = await world.leaf('10.2.0.1', options);
    await world.clock.advance(2 * HOUR);
    expect(condition(first, 'uptime')).toMatchObject({ holds: true });
    await world.stop(first);
    const second = await world.leaf('10.2.0.1', { ...options, nodeId: first.nodeId });
    await world.clock.advance(MINUTE);
    expect(condition(second, 'uptime')).toMatchObject({ holds: false });
    expect(condition(second, 'average-uptime')?.measured).toBeGreaterThanOrEqual(2 * HOUR);
    world.kill(second);
  });

  test('a kill forgets a few minutes of the run', async () => {
    const database = new MemoryDatabase();
    const first = await world.supernode('10.2.0.1', { database });
    await world.clock.advance(HOUR);
    world.network.kill(first.virtual);
    const second = await world.supernode('10.2.0.2', { database });
    expect(condition(second, 'average-uptime')?.measured).toBeGreaterThanOrEqual(54 * MINUTE);
  });

  test('the line, by a probe where no file has shown it', async () => {
    await world.supernode('10.1.0.1');
    world.network.setLink('10.1.0.1', '10.2.0.1', { latencyMs: 20, bytesPerSecond: 100_000 });
    const slow = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    const quick = await world.peer('10.3.0.1', { bootstrap: ['10.1.0.1'] });
    const known = await world.peer('10.4.0.1', { bootstrap: ['10.1.0.1'] });
    known.rates = { up: 70_000, down: 300_000 };
    await world.clock.advance(3 * MINUTE);
    const held = (peer: TestPeer) =>
      ['upload-rate', 'download-rate'].map((name) => condition(peer, name as never)?.holds);
    expect([held(slow), held(quick), held(known)]).toEqual([
      [true, false],
      [true, true],
      [true, true],
    ]);
    expect(condition(slow, 'download-rate')?.measured).toBeLessThan(100_000);
    expect(condition(known, 'upload-rate')?.measured).toBe(70_000);
  });

  test('what the machine has left', async () => {
    await world.supernode('10.1.0.1');
    const peer = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    peer.machine.state = { freeMemory: 1000, freeDescriptors: 100, processorUse: 0.95 };
    const names = ['memory', 'descriptors', 'processor'] as const;
    expect(names.map((name) => condition(peer, name)?.holds)).toEqual([false, false, false]);
    peer.machine.state = { freeMemory: undefined, freeDescriptors: undefined, processorUse: undefined };
    expect(names.map((name) => condition(peer, name)?.holds)).toEqual([true, true, true]);
  });
});

describe('promotion by need', () => {
  test('a crowded supernode invites a child that fits, which serves at once and is linked with it', async () => {
    const settings = { ...EASY, 'supernode.children': 12 };
    const first = await world.supernode('10.1.0.1', { settings });
    const leaves = await family(11, { settings });
    await world.until(() => supernodesOf(leaves).length > 0, 2 * HOUR);
    const [elected] = supernodesOf(leaves);
    expect(elected?.overlay.place().why).toBe('invited');
    await world.clock.advance(5 * MINUTE);
    expect(elected?.overlay.place().neighbours.map(({ node }) => node)).toEqual([first.nodeId]);
    expect(first.overlay.place().need?.known).toBe(2);
  });

  test('one that was elected takes ten children while others have places', async () => {
    const settings = { ...EASY, 'supernode.children': 100 };
    await world.supernode('10.1.0.1', { settings: { ...settings, 'supernode.children': 12 } });
    const leaves = await family(11, { settings });
    await world.until(() => supernodesOf(leaves).length > 0, 2 * HOUR);
    await world.supernode('10.9.0.1', { bootstrap: ['10.1.0.1'] });
    const [elected] = supernodesOf(leaves) as [TestPeer];
    await world.clock.advance(MINUTE);
    const hosts = Array.from({ length: 40 }, (_, number) => `10.200.0.${number + 1}`);
    for (const host of hosts) await world.leaf(host, { bootstrap: [elected.host] });
    await world.clock.advance(MINUTE);
    expect(elected.overlay.counts().children).toBe(10);
  });

  test('none is invited while there is room, and none that does not fit', async () => {
    const first = await world.supernode('10.1.0.1', { settings: { 'supernode.children': 20 } });
    const leaves = await family(4, { settings: EASY });
    await world.clock.advance(3 * HOUR);
    expect(supernodesOf(leaves)).toEqual([]);
    const unwilling = await family(14, { settings: { ...EASY, 'supernode.role': 'never' } });
    expect(first.overlay.counts().children).toBe(18);
    // Of those that fit somebody is asked now.
    await world.until(() => supernodesOf(leaves).length > 0, 2 * HOUR);
    expect(supernodesOf(unwilling)).toEqual([]);
  });

  test('the only supernode of five leaves invites one of them, and none of the two steps down', async () => {
    await world.supernode('10.1.0.1');
    const leaves = await family(5, { settings: EASY });
    await world.until(() => supernodesOf(leaves).length === 1, 30 * MINUTE);
    await world.clock.advance(12 * HOUR);
    expect(supernodesOf(leaves).length).toBe(1);
  });

  test('one of two that is left alone invites at once', async () => {
    await world.supernode('10.1.0.1');
    const leaves = await family(8, { settings: EASY });
    await world.until(() => supernodesOf(leaves).length === 1, 30 * MINUTE);
    await world.clock.advance(HOUR);
    const [elected] = supernodesOf(leaves) as [TestPeer];
    await world.stop(elected);
    const left = leaves.filter((peer) => peer !== elected);
    await world.until(() => supernodesOf(left).length === 1, MINUTE);
    await world.clock.advance(10 * MINUTE);
    expect(supernodesOf(left).length).toBe(1);
  });

  test('a full one invites early the one that has been up the longest of those that only lack time', async () => {
    const settings = { ...EASY, 'supernode.children': 5, 'election.uptime': 100 * HOUR };
    await world.supernode('10.1.0.1', { settings });
    const leaves = await family(5, { settings });
    await world.until(() => supernodesOf(leaves).length > 0, HOUR);
    expect(roles(leaves)).toEqual(['supernode', 'leaf', 'leaf', 'leaf', 'leaf']);
  });
});

describe('stepping down', () => {
  const settings = { ...EASY, 'supernode.children': 10, 'overlay.merge-children': 0 };

  /** A supernode of ten children, so full that others arise, whose leaves then go away. */
  async function emptied(): Promise<TestPeer[]> {
    const first = await world.peer('10.1.0.1', { settings });
    await world.until(() => first.overlay.role() === 'supernode', MINUTE);
    const peers = [first, ...(await family(18, { settings, files: [file(1)] }))];
    await world.until(() => supernodesOf(peers).length >= 3, 3 * HOUR);
    const leaving = peers.filter(({ overlay }) => overlay.role() === 'leaf').slice(0, 12);
    for (const peer of leaving) await world.stop(peer);
    return peers.filter((peer) => !leaving.includes(peer));
  }

  test('supernodes that are not needed go, one after the other, and their children find a place', async () => {
    const peers = await emptied();
    const before = supernodesOf(peers).length;
    await world.until(() => supernodesOf(peers).length < before, 6 * HOUR);
    const gone = peers.filter(({ overlay }) => overlay.place().why === 'stepped-down');
    expect(gone).toHaveLength(1);
    await world.clock.advance(MINUTE);
    const leaves = peers.filter(({ overlay }) => overlay.role() === 'leaf');
    expect(leaves.every(({ overlay }) => overlay.parentView() !== undefined)).toBe(true);
  });

  test('the last one stays, however little it has to do', async () => {
    const first = await world.peer('10.1.0.1', { settings });
    await world.until(() => first.overlay.role() === 'supernode', MINUTE);
    await world.clock.advance(24 * HOUR);
    expect(first.overlay.role()).toBe('supernode');
  });

  test('who changed its role keeps it for half an hour', async () => {
    const peers = await emptied();
    const elected = peers.find(({ overlay }) => overlay.place().why === 'invited');
    const settled = elected && condition(elected, 'settled');
    expect(settled?.needed).toBe(30 * MINUTE);
  });
});

test('an invitation of somebody else than the parent is a strike and is not followed', async () => {
  await world.supernode('10.1.0.1');
  const stranger = await invitingSupernode('10.2.0.1');
  const leaf = await world.peer('10.3.0.1', { bootstrap: ['10.1.0.1', '10.2.0.1'], settings: EASY });
  await world.until(() => stranger.invited, 5 * MINUTE);
  await world.clock.advance(1000);
  expect([...new Set(leaf.strikes.map(({ why }) => why))]).toEqual(['an invitation from a stranger']);
  expect(leaf.overlay.role()).toBe('leaf');
});

/** Takes nobody as a child, and invites whoever keeps a warm place there. */
async function invitingSupernode(host: string): Promise<{ invited: boolean }> {
  const state = { invited: false };
  await scriptedSupernode(world, { host, nodeId: 'e'.repeat(64) as NodeId }, ({ role, send, welcome }) => {
    const accepted = role === 'standby';
    welcome(accepted);
    if (accepted) send({ type: 'invite', urgent: true });
    state.invited ||= accepted;
  });
  return state;
}
