import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { nodePrefix } from '../../../src-main/engine/search/node-prefix.ts';
import { ParentCheck } from '../../../src-main/engine/search/parent-check.ts';
import type { SessionMessage } from '../../../src-main/engine/wire/session-message.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { file } from '../../support/overlay-world.ts';
import { RecordingPeer, ScriptedSearchNetwork } from '../../support/scripted-search-network.ts';
import { content, hit, node, source, target } from '../../support/search-fixtures.ts';
import { type SearchingPeer, SearchWorld } from '../../support/search-world.ts';

const MINUTE = 60_000;
const HASH = content(7);
const [PARENT, STANDBY, THIRD] = [1, 2, 3];

describe('a leaf that checks its parent through a scripted other one', () => {
  let clock: VirtualClock;
  let network: ScriptedSearchNetwork;
  let check: ParentCheck;
  let parent: RecordingPeer;
  let standby: RecordingPeer;

  beforeEach(() => {
    clock = new VirtualClock();
    network = new ScriptedSearchNetwork(clock);
    const settings = () => DEFAULT_SETTINGS;
    check = new ParentCheck({ clock, network, settings, random: new SeededRandom(3), logger: new MemoryLogger() });
    parent = new RecordingPeer(PARENT);
    standby = new RecordingPeer(STANDBY);
    network.currentParent = parent;
    network.currentStandby = standby;
    network.indexed = HASH;
    check.parentChanged();
  });
  afterEach(() => {
    check.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  type Answer = 'named' | 'not named' | 'crowded' | 'not asked' | 'cut short';
  function answers(peer: RecordingPeer, answer: Answer): void {
    peer.onSent = (message) => {
      if (message.type !== 'query') return;
      const { id } = message;
      const say = (said: SessionMessage) => void check.message(peer, said);
      const sources =
        answer === 'named'
          ? [{ ...source(1), nodeId: network.nodeId }]
          : Array.from({ length: 50 }, (_, at) => source(at));
      const prefixes = answer === 'not named' || answer === 'crowded' ? [nodePrefix(parent.nodeId)] : [];
      queueMicrotask(() => {
        if (answer === 'named' || answer === 'crowded')
          say({ type: 'hits', id, hits: [hit(7, { hash: HASH, sources })], more: false });
        say({ type: 'wave', id, wave: 1, asked: 1, answered: 1, results: 0, prefixes });
        say({ type: 'end', id, reason: answer === 'cut short' ? 'timeout' : 'exhausted', results: 0 });
      });
    };
  }

  it('replaces one that two others in a row say does not answer for its file', async () => {
    const third = new RecordingPeer(THIRD);
    network.hops = [third];
    answers(standby, 'not named');
    answers(third, 'not named');
    await clock.advance(45 * MINUTE);
    expect(standby.of('query')).toMatchObject([{ hash: HASH }]);
    await clock.advance(5 * MINUTE);
    expect(network.replaced).toEqual([parent.nodeId]);
    expect([standby.of('query').length, third.of('query').length, third.isOpen]).toEqual([1, 1, false]);
  });

  it('replaces one that is known to nobody, so that its files are not found', async () => {
    answers(standby, 'not asked');
    await clock.advance(50 * MINUTE);
    expect(network.replaced).toEqual([parent.nodeId]);
  });

  it('has only its parent asked, and all others when who searches does not know the parent', async () => {
    network.add([target(PARENT), target(STANDBY), target(THIRD)], () => ({}));
    answers(standby, 'not asked');
    await clock.runUntil(() => standby.of('query').length === 2, 50 * MINUTE);
    const leftOut = [nodePrefix(node(STANDBY)), nodePrefix(node(THIRD))];
    expect(standby.of('query').map(({ asked }) => asked)).toEqual([leftOut, []]);
  });

  it.each(['named', 'crowded', 'cut short'] as const)('keeps one when its file is %s', async (answer) => {
    answers(standby, answer);
    await clock.advance(300 * MINUTE);
    expect(standby.of('query').length).toBeGreaterThan(5);
    expect(network.replaced).toEqual([]);
  });

  it('keeps one when only the first look failed', async () => {
    answers(standby, 'not named');
    const third = new RecordingPeer(THIRD);
    network.hops = [third];
    answers(third, 'named');
    await clock.runUntil(() => third.of('query').length === 1, 60 * MINUTE);
    answers(standby, 'named');
    await clock.advance(300 * MINUTE);
    expect(network.replaced).toEqual([]);
  });

  it('asks nothing without a file in the index, or without another supernode', async () => {
    network.indexed = undefined;
    await clock.advance(100 * MINUTE);
    network.indexed = HASH;
    network.currentStandby = undefined;
    await clock.advance(100 * MINUTE);
    expect(standby.sent).toEqual([]);
  });
});

describe('in a network', () => {
  let world: SearchWorld;
  beforeEach(() => {
    world = new SearchWorld();
  });
  afterEach(() => world.stopAll());

  async function family() {
    const supernodes: SearchingPeer[] = [];
    for (const host of ['10.1.0.1', '10.2.0.1', '10.3.0.1'])
      supernodes.push(await world.supernode(host, { bootstrap: supernodes.map(({ peer }) => peer.host) }));
    await world.clock.runUntil(() => supernodes.every(({ overlay }) => overlay.counts().neighbours === 2), 60_000);
    const leaf = await world.leaf('10.9.0.1', { bootstrap: ['10.1.0.1'], files: [file(1), file(2)] });
    await world.clock.runUntil(() => leaf.overlay.network.standby() !== undefined, 60_000);
    await world.clock.advance(10_000);
    const parent = supernodes.find(({ nodeId }) => nodeId === leaf.overlay.parentView()?.node);
    if (!parent) throw new Error('no parent');
    return { leaf, parent, supernodes };
  }

  it('a parent that lost what it holds is replaced within the hour, and not taken again', async () => {
    const { leaf, parent, supernodes } = await family();
    await parent.peer.index.clear();
    await world.clock.runUntil(() => leaf.overlay.parentView()?.node !== parent.nodeId, 60 * MINUTE);
    await world.clock.advance(MINUTE);
    expect(leaf.overlay.parentView()).toBeDefined();
    // The other two take turns as parent and warm one; the bad one is neither.
    const kept = [leaf.overlay.network.parent(), leaf.overlay.network.standby()].map((one) => one?.nodeId);
    expect(kept).not.toContain(parent.nodeId);
    const now = supernodes.find(({ nodeId }) => nodeId === leaf.overlay.parentView()?.node);
    expect(now?.peer.index.files.get(leaf.nodeId)).toBe(2);
  });

  it('a parent that serves is kept for hours', async () => {
    const { leaf, parent } = await family();
    await world.clock.advance(180 * MINUTE);
    expect(leaf.overlay.parentView()?.node).toBe(parent.nodeId);
    expect(leaf.overlay.place().parent?.lost).toBe(0);
  });

  it('one that served badly is taken when there is no other', async () => {
    const { leaf, parent, supernodes } = await family();
    await parent.peer.index.clear();
    await world.clock.runUntil(() => leaf.overlay.parentView()?.node !== parent.nodeId, 60 * MINUTE);
    for (const other of supernodes) if (other !== parent) world.kill(other);
    await world.clock.runUntil(() => leaf.overlay.parentView()?.node === parent.nodeId, 10 * MINUTE);
  });
});
