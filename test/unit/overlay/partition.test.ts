import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { islandsOf } from '../../../src-main/simulator/network/islands.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

/** A network that was cut in two and is whole again (protocol section 7). */

const MINUTE = 60_000;
let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

const linksOf = (peer: TestPeer) => peer.overlay.place().neighbours.map(({ node }) => node);
const islands = (peers: readonly TestPeer[]) => {
  const serving = peers.filter(({ overlay }) => overlay.role() === 'supernode');
  return islandsOf(new Map(serving.map((peer) => [peer.nodeId, linksOf(peer)])));
};
const isHere = (host: string) => host.startsWith('10.1.');

async function supernodes(settings = {}): Promise<readonly TestPeer[]> {
  const peers: TestPeer[] = [];
  for (const net of ['10.1', '10.2']) {
    for (let number = 1; number <= 4; number++) {
      peers.push(await world.supernode(`${net}.${number}.1`, { bootstrap: peers.map(({ host }) => host), settings }));
      await world.clock.advance(200);
    }
  }
  await world.clock.advance(3 * MINUTE);
  // From here on they have only what they remember.
  expect(islands(peers)).toHaveLength(1);
  return peers;
}

describe('after half an hour without the other half', () => {
  // With three links wanted each half misses nothing.
  test.each([3, 40])('supernodes that want %i links are one network within 5 min', async (wanted) => {
    const peers = await supernodes({ 'supernode.neighbours': wanted });
    world.network.split(isHere);
    await world.clock.advance(30 * MINUTE);
    expect(islands(peers).map(({ length }) => length)).toEqual([4, 4]);
    world.network.unsplit();
    await world.until(() => islands(peers).length === 1, 5 * MINUTE);
    await world.clock.advance(10 * MINUTE);
    expect(islands(peers)).toHaveLength(1);
  });

  test('two that are alone on their sides find each other within 5 min, and one is a leaf again', async () => {
    const a = await world.peer('10.1.0.1');
    const b = await world.peer('10.2.0.1', { bootstrap: ['10.1.0.1'] });
    await world.until(() => a.overlay.counts().children + b.overlay.counts().children === 1, MINUTE);
    world.network.split(isHere);
    await world.clock.advance(30 * MINUTE);
    expect([a, b].map(({ overlay }) => overlay.role())).toEqual(['supernode', 'supernode']);
    world.network.unsplit();
    await world.until(() => [a, b].some(({ overlay }) => overlay.parentView() !== undefined), 5 * MINUTE);
  });

  test('a leaf that may not serve has a parent within 5 min, by what it remembers', async () => {
    const supernode = await world.supernode('10.2.0.1');
    const guide = await world.leaf('10.2.0.2', { bootstrap: ['10.2.0.1'] });
    const leaf = await world.leaf('10.1.0.1', { bootstrap: ['10.2.0.2'] });
    await world.until(() => leaf.overlay.parentView() !== undefined);
    await world.stop(guide);
    world.network.split(isHere);
    await world.clock.advance(30 * MINUTE);
    expect(leaf.overlay.parentView()).toBeUndefined();
    world.network.unsplit();
    await world.until(() => leaf.overlay.parentView()?.node === supernode.nodeId, 5 * MINUTE);
  });
});

test('a supernode that lost another dials it again and again, but not more often than every four minutes in the end', async () => {
  const a = await world.supernode('10.1.0.1');
  const b = await world.supernode('10.2.0.1', { bootstrap: ['10.1.0.1'], settings: { 'overlay.look-min': 3_600_000 } });
  await world.until(() => linksOf(a).length === 1 && linksOf(b).length === 1);
  world.kill(a);
  await world.clock.advance(60 * MINUTE);
  const silent = b.logger.lines.filter(({ event }) => event === 'still lost').length;
  expect(silent).toBeGreaterThan(10);
  expect(silent).toBeLessThan(20);
});
