import { afterEach, beforeEach, expect, test } from 'vitest';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const MINUTE = 60_000;
/** Each has so many links, in a network of twelve supernodes. */
const FEW_LINKS = { 'supernode.neighbours': 3 };

let world: OverlayWorld;
beforeEach(() => {
  world = new OverlayWorld();
});
afterEach(() => world.stopAll());

async function crowd(): Promise<readonly TestPeer[]> {
  const supernodes: TestPeer[] = [];
  for (let at = 1; at <= 12; at++) {
    const bootstrap = supernodes.slice(-1).map(({ host }) => host);
    supernodes.push(await world.supernode(`10.${at}.0.1`, { bootstrap, settings: FEW_LINKS }));
    await world.clock.advance(5000);
  }
  return supernodes;
}

const named = ({ overlay }: TestPeer) => new Set(overlay.network.nameable(200, new Set()).map(({ nodeId }) => nodeId));

test('a supernode names many more than it has links with', async () => {
  const supernodes = await crowd();
  await world.clock.advance(10 * MINUTE);
  for (const one of supernodes) {
    // The last that came dialled eight at once, before it had any.
    expect(one.overlay.counts().neighbours).toBeLessThanOrEqual(8);
    expect(named(one).size).toBe(11);
  }
});

test('one that is gone is named by nobody a quarter of an hour later', async () => {
  const supernodes = await crowd();
  await world.clock.advance(10 * MINUTE);
  const [gone, ...rest] = supernodes;
  if (!gone) throw new Error('nobody');
  world.kill(gone);
  await world.clock.advance(15 * MINUTE);
  expect(rest.filter((one) => named(one).has(gone.nodeId))).toEqual([]);
  expect(rest.every((one) => named(one).size >= 9)).toBe(true);
});
