import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { Service } from '../../../src-main/engine/search/client-search.ts';
import { ServerTest } from '../../../src-main/engine/search/server-test.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { VirtualClock } from '../../../src-main/simulator/virtual-clock.ts';
import { RecordingPeer, ScriptedSearchNetwork } from '../../support/scripted-search-network.ts';
import { hit } from '../../support/search-fixtures.ts';

const SECOND = 1000;
const [PARENT, STANDBY] = [1, 2];

describe('a leaf that tests who serves it', () => {
  let clock: VirtualClock;
  let network: ScriptedSearchNetwork;
  let test: ServerTest;
  let parent: RecordingPeer;
  let standby: RecordingPeer;
  let caught: NodeId[];

  beforeEach(() => {
    clock = new VirtualClock();
    network = new ScriptedSearchNetwork(clock);
    const settings = () => DEFAULT_SETTINGS;
    caught = [];
    const deps = { clock, network, settings, random: new SeededRandom(3), logger: new MemoryLogger() };
    test = new ServerTest({ ...deps, falseHits: { caught: (supernode) => caught.push(supernode) } });
    parent = new RecordingPeer(PARENT);
    standby = new RecordingPeer(STANDBY);
    network.currentParent = parent;
    network.currentStandby = standby;
  });
  afterEach(() => {
    test.stop();
    expect(clock.pendingTimers).toBe(0);
  });

  function serves(peer: RecordingPeer, how: 'well' | 'by inventing' | 'over budget' | 'in no time'): void {
    peer.onSent = (message) => {
      if (message.type !== 'query') return;
      const { id } = message;
      queueMicrotask(() => {
        if (how === 'by inventing') test.message(peer, { type: 'hits', id, hits: [hit(1)], more: false });
        const refused = how === 'over budget' ? ({ error: 'search.over-budget' } as const) : {};
        const reason = how === 'in no time' ? 'timeout' : 'limit';
        test.message(peer, { type: 'end', id, reason, results: 1, ...refused });
      });
    };
  }

  it('asks both at once for what nobody has, as a search that has enough, and is content', async () => {
    serves(parent, 'well');
    serves(standby, 'well');
    test.serversChanged();
    await clock.advance(SECOND);
    expect([parent.of('query').length, standby.of('query').length]).toEqual([1, 1]);
    expect(parent.of('query')[0]).toMatchObject({ limit: 1, results: 1, words: expect.stringMatching(/^[a-z]{10} /) });
    await clock.advance(14 * 60 * SECOND);
    expect(parent.of('query')).toHaveLength(1);
    await clock.advance(32 * 60 * SECOND);
    expect(parent.of('query').length).toBeGreaterThan(1);
    expect(network.replaced).toEqual([]);
  });

  it('dismisses a parent that finds it, and says that it invents', async () => {
    serves(parent, 'by inventing');
    serves(standby, 'well');
    test.serversChanged();
    await clock.advance(SECOND);
    expect(caught).toEqual([parent.nodeId]);
    expect(network.replaced).toEqual([parent.nodeId]);
  });

  it('dismisses a warm one that twice says nothing, and looks at the next one soon', async () => {
    serves(parent, 'well');
    test.serversChanged();
    await clock.advance(5 * SECOND);
    expect(network.replaced).toEqual([]);
    await clock.advance(30 * SECOND);
    expect(caught).toEqual([]);
    expect(network.replaced).toEqual([standby.nodeId]);
    const next = new RecordingPeer(3);
    serves(next, 'well');
    network.currentStandby = next;
    await clock.advance(60 * SECOND);
    expect(next.of('query')).toHaveLength(1);
    expect(network.replaced).toHaveLength(1);
  });

  it('concludes nothing from a refusal, or from a link that ends', async () => {
    serves(parent, 'over budget');
    standby.onSent = () => test.gone(standby);
    test.serversChanged();
    await clock.advance(60 * SECOND);
    expect(network.replaced).toEqual([]);
  });

  it.each(['over budget', 'in no time'] as const)('dismisses a parent that refuses each time, %s', async (how) => {
    serves(parent, how);
    serves(standby, 'well');
    test.serversChanged();
    await clock.advance(2 * 60 * SECOND);
    expect(network.replaced).toEqual([]);
    await clock.advance(4 * 60 * SECOND);
    // It stays the parent here, and goes on refusing.
    expect(new Set(network.replaced)).toEqual(new Set([parent.nodeId]));
    expect([caught, standby.of('query').length]).toEqual([[], 1]);
  });

  it('forgets refusals of one that serves', async () => {
    serves(standby, 'well');
    test.serversChanged();
    for (let round = 0; round < 4; round++) {
      serves(parent, 'over budget');
      await clock.advance(60 * SECOND);
      serves(parent, 'well');
      await clock.advance(46 * 60 * SECOND);
      test.searched(parent, 'mute');
      test.searched(parent, 'well');
    }
    expect(network.replaced).toEqual([]);
  });

  it('looks at once when a search had no answer', async () => {
    serves(parent, 'well');
    serves(standby, 'well');
    test.serversChanged();
    await clock.advance(SECOND);
    test.searched(parent, 'mute');
    await clock.advance(SECOND);
    expect(parent.of('query')).toHaveLength(2);
  });

  it.each([
    ['mute', 3],
    ['refuses', 5],
  ] as const)('dismisses a parent that serves the test and no search, %s %i times in a row', async (how, most) => {
    serves(parent, 'well');
    serves(standby, 'well');
    test.serversChanged();
    await clock.advance(SECOND);
    const search = async (service: Service) => {
      test.searched(parent, service);
      await clock.advance(30 * SECOND);
    };
    for (let count = 1; count < most; count++) await search(how);
    await search('well');
    // Of its own, a peer may ask too much for ten minutes.
    await clock.advance(10 * 60 * SECOND);
    for (let count = 1; count < most; count++) await search(how);
    expect(network.replaced).toEqual([]);
    await search(how);
    expect(network.replaced).toEqual([parent.nodeId]);
    expect(caught).toEqual([]);
  });
  it('takes what stood still at once for one, however many searches that were', async () => {
    serves(parent, 'well');
    serves(standby, 'well');
    for (let search = 0; search < 9; search++) test.searched(parent, 'mute');
    await clock.advance(SECOND);
    expect(network.replaced).toEqual([]);
  });

  it('holds no refusal against a parent that served this peer lately: it may be asked too much', async () => {
    serves(parent, 'well');
    serves(standby, 'well');
    test.searched(parent, 'well');
    for (let search = 0; search < 9; search++) {
      await clock.advance(30 * SECOND);
      test.searched(parent, 'refuses');
    }
    expect(network.replaced).toEqual([]);
  });

  it('has nothing to do with a supernode that serves this leaf no more', async () => {
    serves(parent, 'well');
    serves(standby, 'well');
    const hopped = new RecordingPeer(7);
    for (let search = 0; search < 9; search++) {
      test.searched(hopped, 'mute');
      await clock.advance(30 * SECOND);
    }
    expect(network.replaced).toEqual([]);
  });
});
