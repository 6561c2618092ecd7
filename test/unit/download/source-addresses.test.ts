import { beforeEach, describe, expect, test } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { type Giver, SourceAddresses } from '../../../src-main/engine/download/source-addresses.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';
import { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const supernode = (number: number): NodeId => number.toString(16).padStart(64, '0') as NodeId;
const [FIRST, SECOND, LIAR] = [1, 2, 666].map(supernode) as [NodeId, NodeId, NodeId];
const at = (host: string) => ({ host, port: 1214 });
const GOOD = at('198.51.100.1');
const bogus = (number: number) => at(`203.0.113.${number}`);
const four = (from: number) => [0, 1, 2, 3].map((more) => bogus(from + more));

describe('where a source is said to be', () => {
  let addresses: SourceAddresses;
  beforeEach(() => {
    addresses = new SourceAddresses();
  });

  test('by a supernode that names ever more is never instead of what another one says', () => {
    addresses.learn([GOOD], FIRST);
    for (let from = 0; from < 200; from += 4) addresses.learn(four(from), LIAR);
    expect(addresses.all).toContain(GOOD);
    expect(addresses.all).toHaveLength(4);
  });

  test('has room for another supernode, however many the first one named, and named again', () => {
    addresses.learn(four(0), LIAR);
    expect(addresses.learn([GOOD], FIRST)).toBe(true);
    for (let from = 4; from < 200; from += 4) addresses.learn(four(from), LIAR);
    expect(addresses.all).toContain(GOOD);
  });

  test('is kept when two liars agree, and when one of them says the good one too', () => {
    for (const liar of [LIAR, SECOND]) addresses.learn([...four(0).slice(0, 3), GOOD], liar);
    addresses.learn([GOOD], FIRST);
    for (let from = 4; from < 200; from += 4) addresses.learn(four(from), from % 8 ? LIAR : SECOND);
    expect(addresses.all).toContain(GOOD);
  });

  test('is where it worked, for as long as it worked nowhere else, whoever comes', () => {
    addresses.learn([bogus(1), GOOD], FIRST);
    addresses.tried(GOOD, null);
    for (let liar = 10; liar < 50; liar++) addresses.learn([bogus(liar)], supernode(liar));
    expect(addresses.all[0]).toEqual(GOOD);
    addresses.tried(GOOD, 'peer.unreachable');
    for (let liar = 50; liar < 90; liar++) addresses.learn([bogus(liar)], supernode(liar));
    expect(addresses.all.at(-1)).toEqual(GOOD);
  });

  test.each<[string, Giver]>([
    ['the same supernode', FIRST],
    ['another one', SECOND],
    ['the source itself', 'itself'],
    ['the user', 'user'],
  ])('is heard anew of %s when it has moved, however full the list is', (_, giver) => {
    for (const one of four(0)) addresses.learn([one], FIRST);
    addresses.tried(bogus(0), null);
    expect(addresses.learn([GOOD], giver)).toBe(true);
    expect(addresses.all).toContain(GOOD);
  });

  test('is heard of the latest supernode too when four have said something else', () => {
    for (let number = 0; number < 4; number++) addresses.learn([bogus(number)], supernode(10 + number));
    expect(addresses.learn([GOOD], FIRST)).toBe(true);
    expect(addresses.all).toEqual([bogus(0), bogus(1), bogus(2), GOOD]);
  });

  test('by other peers displaces nothing, and gives way to what supernodes say', () => {
    for (const one of four(0)) addresses.learn([one], 'exchange');
    expect(addresses.learn([GOOD], 'exchange')).toBe(false);
    expect(addresses.learn([GOOD], FIRST)).toBe(true);
  });

  test('is tried last where another peer answers, and that is the fault of who said so alone', () => {
    addresses.learn([bogus(1)], LIAR);
    addresses.learn([bogus(1), GOOD], SECOND);
    addresses.learn([GOOD], FIRST);
    addresses.tried(bogus(1), 'peer.wrong-identity');
    addresses.tried(bogus(1), 'peer.dial-limited');
    addresses.tried(GOOD, 'peer.unreachable');
    expect(addresses.all).toEqual([GOOD, bogus(1)]);
    expect([...addresses.misleading()]).toEqual([LIAR, SECOND]);
  });
});

describe('a source of a download', () => {
  test('is found although a supernode names it at addresses where it is not', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(2 * MIB);
    const { found } = await world.source(file);
    const id = await world.downloads.add({ hash: file.hash, size: 2 * MIB, name: 'x' });
    world.downloads.addSource(id, { ...found, namedBy: FIRST });
    world.downloads.addSource(id, { ...found, addresses: four(0), namedBy: LIAR });
    await world.until(id, 'done', 60_000);
  });

  test('that has moved is found where its supernode names it then', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    const source = await world.source(file, MIB);
    const id = await world.add(file, [source], { sources: [{ ...source.found, namedBy: FIRST }] });
    await world.clock.runUntil(() => world.view(id).done > 2 * MIB, 20_000);
    for (const one of four(0)) world.downloads.addSource(id, { ...source.found, addresses: [one], namedBy: LIAR });
    world.network.kill(source.peer);
    await world.clock.advance(60_000);
    const moved = await ScriptedSource.join(world.network, '10.0.2.1', source.peer.nodeId, file);
    world.downloads.addSource(id, { ...moved.found, namedBy: SECOND });
    await world.until(id, 'done', 600_000);
    expect(moved.sentBytes).toBeGreaterThan(4 * MIB);
  });
});
