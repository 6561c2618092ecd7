import { afterEach, describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { Answerer } from '../../../src-main/engine/overlay/ask-supernode.ts';
import { compareWorlds } from '../../../src-main/engine/overlay/two-worlds.ts';
import type { SupernodeEntry } from '../../../src-main/engine/wire/messages/supernode-entry.ts';
import { MemoryLan } from '../../../src-main/simulator/memory-discovery.ts';
import { SeededRandom } from '../../../src-main/simulator/seeded-random.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const node = (number: number) => number.toString(16).padStart(64, '0') as NodeId;
const SELF = node(1);
const entry = (number: number, host = `60.${number >> 8}.${number & 255}.1`): SupernodeEntry => {
  return { nodeId: node(number), address: { host, port: 1214 }, children: 0, capacity: 1, uptimeSeconds: 0 };
};
const range = (from: number, count: number) => Array.from({ length: count }, (_, at) => entry(from + at));
const answer = (number: number, named: readonly SupernodeEntry[]): Answerer => ({ entry: entry(number), named });

/** A network by what each supernode names; those that it does not hold do not answer. */
function compare(first: Answerer, second: Answerer, network: ReadonlyMap<NodeId, Answerer> = new Map()) {
  const asked: SupernodeEntry[] = [];
  const ask = async (to: SupernodeEntry) => {
    asked.push(to);
    return network.get(to.nodeId);
  };
  const deps = { random: new SeededRandom(1), self: SELF, ask, signal: new AbortController().signal };
  return compareWorlds(deps, first, second).then((result) => ({ ...result, asked }));
}

/** Each of them names all others. */
const clique = (members: readonly SupernodeEntry[]) =>
  new Map(members.map((one) => [one.nodeId, { entry: one, named: members.filter((other) => other !== one) }]));

describe('comparing', () => {
  test('the same supernode, one that the other names, and one that both name are one world', async () => {
    expect(await compare(answer(10, []), answer(10, []))).toMatchObject({ state: 'one', asked: [] });
    expect(await compare(answer(10, [entry(11)]), answer(11, []))).toMatchObject({ state: 'one', asked: [] });
    expect(await compare(answer(10, [entry(12)]), answer(11, [entry(12)]))).toMatchObject({ state: 'one' });
  });

  test('what they have in common shows some steps on', async () => {
    const chain = new Map([
      [node(12), answer(12, [entry(14)])],
      [node(13), answer(13, [entry(14)])],
    ]);
    expect(await compare(answer(10, [entry(12)]), answer(11, [entry(13)]), chain)).toMatchObject({ state: 'one' });
  });

  test('two that name nobody are two worlds', async () => {
    expect(await compare(answer(10, []), answer(11, []))).toMatchObject({ state: 'two', entries: [1, 1] });
  });

  test('two that name their own only are two worlds, after five rounds of two on each side', async () => {
    const [a, b] = [range(100, 100), range(1000, 100)];
    const both = new Map([...clique(a), ...clique(b)]);
    const result = await compare(both.get(node(100))!, both.get(node(1000))!, both);
    expect(result).toMatchObject({ state: 'two', entries: [100, 100] });
    expect(result.asked).toHaveLength(20);
    expect(new Set(result.asked.map(({ nodeId }) => nodeId)).size).toBe(20);
  });

  test('this peer itself, which both may name, joins nothing', async () => {
    expect(await compare(answer(10, [entry(1)]), answer(11, [entry(1)]))).toMatchObject({ state: 'two' });
  });
});

describe('liars', () => {
  test('one that invents others of whom nobody answers proves nothing', async () => {
    const honest = clique(range(1000, 20));
    const result = await compare(answer(10, range(100, 200)), honest.get(node(1000))!, honest);
    expect(result.state).toBe('unclear');
  });

  test('lists without end are cut at 1,000 entries a side', async () => {
    const next = (at: number) => answer(at, range(at * 200, 200));
    const network = new Map(range(1, 400_000 / 200).map((one, at) => [one.nodeId, next(at + 1)]));
    const everywhere = {
      get: (nodeId: NodeId) => network.get(nodeId) ?? answer(Number(`0x${nodeId}`), range(9e6, 200)),
    };
    const result = await compare(next(10), next(11), everywhere as never);
    expect(Math.max(...result.entries)).toBeLessThanOrEqual(1000);
    expect(result.asked.length).toBeLessThanOrEqual(20);
  });

  test('a thousand names for one address are asked once', async () => {
    const names = range(100, 200).map((one) => ({ ...one, address: { host: '60.1.1.1', port: 1214 } }));
    const { asked, state } = await compare(answer(10, names), answer(11, []));
    expect(asked.filter(({ address }) => address.host === '60.1.1.1')).toHaveLength(1);
    expect(state).toBe('unclear');
  });

  test('those that point back at themselves, under any name, are not asked again', async () => {
    const itself = range(100, 50).map((one) => ({ ...one, address: entry(10).address }));
    const { asked } = await compare(answer(10, [entry(10), ...itself]), answer(11, []));
    expect(asked).toEqual([]);
  });
});

describe('a network', () => {
  const MINUTE = 60_000;
  const EVERY = { 'overlay.worlds-every': 36 * MINUTE };
  let world = new OverlayWorld();
  afterEach(async () => {
    await world.stopAll();
    world = new OverlayWorld();
  });
  const worlds = ({ overlay }: TestPeer) => overlay.surroundings().worlds;
  const lone = (host: string) => world.supernode(host, { settings: { 'overlay.look-min': 24 * 60 * MINUTE } });

  test('with one way known the check is not possible, and nobody is asked for it', async () => {
    const supernode = await lone('60.1.0.1');
    const settings = { ...EVERY, 'overlay.standby': false };
    const leaf = await world.leaf('70.1.0.1', { bootstrap: ['60.1.0.1'], settings });
    expect(worlds(leaf)).toEqual({ state: 'unchecked', sides: [], checkedMs: null });
    await world.clock.advance(MINUTE - 100);
    const lists = () => supernode.asked.filter((path) => path === 'GET /supernodes').length;
    const before = lists();
    await world.clock.advance(200);
    expect(worlds(leaf).state).toBe('not-possible');
    expect(lists()).toBe(before);
    expect(leaf.worlds).toEqual([]);
  });

  test('two that the user gave and that know nothing of each other are two, told once, and both are kept', async () => {
    const [a, b] = [await lone('60.1.0.1'), await lone('61.1.0.1')];
    const settings = { ...EVERY, 'overlay.standby': false };
    const leaf = await world.leaf('70.1.0.1', { bootstrap: ['60.1.0.1', '61.1.0.1'], settings });
    await world.until(() => worlds(leaf).state === 'two', 2 * MINUTE);
    expect(worlds(leaf).sides.map(({ way, entries }) => ({ way, entries }))).toEqual([
      { way: 'user', entries: 1 },
      { way: 'user', entries: 1 },
    ]);
    await world.clock.advance(120 * MINUTE);
    expect(leaf.worlds).toEqual(['two']);
    const kept = leaf.overlay.supernodes().map(({ node: id }) => id);
    expect(kept).toEqual(expect.arrayContaining([a.nodeId, b.nodeId]));
  });

  test('they are one as soon as they know each other, which is told', async () => {
    const a = await lone('60.1.0.1');
    await lone('61.1.0.1');
    const settings = { ...EVERY, 'overlay.standby': false };
    const leaf = await world.leaf('70.1.0.1', { bootstrap: ['60.1.0.1', '61.1.0.1'], settings });
    await world.until(() => worlds(leaf).state === 'two', 2 * MINUTE);
    await world.stop(a);
    await world.supernode('60.1.0.1', { nodeId: a.nodeId, bootstrap: ['61.1.0.1'] });
    await world.until(() => worlds(leaf).state === 'one', 80 * MINUTE);
    expect(leaf.worlds).toEqual(['two', 'one']);
  });

  test('one of the local network and one that the user gave are compared as well', async () => {
    const discovery = new MemoryLan(world.clock);
    await world.supernode('192.168.1.1', { discovery, settings: { 'overlay.look-min': 24 * 60 * MINUTE } });
    await lone('60.1.0.1');
    const leaf = await world.leaf('192.168.1.2', { discovery, bootstrap: ['60.1.0.1'], settings: EVERY });
    await world.until(() => worlds(leaf).state === 'two', 2 * MINUTE);
    expect(
      worlds(leaf)
        .sides.map(({ way }) => way)
        .sort(),
    ).toEqual(['lan', 'user']);
  });

  test('a fencing bootstrap that names only its own is found out by a second address', async () => {
    const inner = ['50.1.0.1', '50.2.0.1', '50.3.0.1'];
    for (const host of inner) await world.supernode(host, { bootstrap: inner.filter((other) => other !== host) });
    const outer = ['60.1.0.1', '60.2.0.1', '60.3.0.1'];
    for (const host of outer) await world.supernode(host, { bootstrap: outer.filter((other) => other !== host) });
    await world.clock.advance(MINUTE);
    const leaf = await world.leaf('70.1.0.1', { bootstrap: ['50.1.0.1', '60.1.0.1'], settings: EVERY });
    await world.until(() => worlds(leaf).state === 'two', 2 * MINUTE);
    expect(worlds(leaf).sides.map(({ entries }) => entries)).toEqual([3, 3]);
  });
});
