import { afterEach, expect, test } from 'vitest';
import { MemoryLan } from '../../../src-main/simulator/memory-discovery.ts';
import { OverlayWorld } from '../../support/overlay-world.ts';

const HOUR = 60 * 60_000;
let world = new OverlayWorld();
afterEach(async () => {
  await world.stopAll();
  world = new OverlayWorld();
});

test('a leaf finds a supernode of the local network with no address given', async () => {
  const discovery = new MemoryLan(world.clock);
  await world.supernode('192.168.1.1', { discovery });
  const leaf = await world.leaf('192.168.1.2', { discovery });
  await world.until(() => leaf.overlay.parentView() !== undefined, 3000);
  expect(leaf.overlay.surroundings().lan).toEqual({ state: 'on', found: 1, refused: 0 });
});

test('a leaf of the local network names its parent to another, which is somewhere else', async () => {
  const discovery = new MemoryLan(world.clock);
  await world.supernode('60.1.0.1');
  const first = await world.leaf('192.168.1.1', { discovery, bootstrap: ['60.1.0.1'] });
  await world.until(() => first.overlay.parentView() !== undefined);
  const second = await world.leaf('192.168.1.2', { discovery });
  await world.until(() => second.overlay.parentView() !== undefined, 5000);
  expect(second.overlay.parentView()).toMatchObject({ address: '60.1.0.1:1214' });
});

test('two that are alone at once find each other and become one network', async () => {
  const discovery = new MemoryLan(world.clock);
  const [a, b] = [await world.peer('192.168.1.1', { discovery }), await world.peer('192.168.1.2', { discovery })];
  await world.until(() => [a, b].some(({ overlay }) => overlay.counts().children === 1), 30_000);
});

test('switched off it neither looks nor can be found, at once', async () => {
  const discovery = new MemoryLan(world.clock);
  const off = { 'discovery.lan': false };
  const peer = await world.leaf('192.168.1.1', { discovery, settings: off });
  expect(discovery.members).toBe(0);
  expect(peer.overlay.surroundings().lan.state).toBe('off');
  peer.settings = { ...peer.settings, 'discovery.lan': true };
  peer.overlay.settingsChanged();
  expect(discovery.members).toBe(1);
  peer.settings = { ...peer.settings, 'discovery.lan': false };
  peer.overlay.settingsChanged();
  expect(discovery.members).toBe(0);
});

test('thousands of announced addresses are few dials a minute, counted, and displace no host cache', async () => {
  const discovery = new MemoryLan(world.clock);
  const supernode = await world.supernode('192.168.1.1', { discovery });
  const leaf = await world.leaf('192.168.1.2', { discovery });
  await world.until(() => leaf.overlay.parentView() !== undefined, 3000);
  for (let at = 0; at < 5000; at++) {
    discovery.shout({ host: `192.168.${10 + (at % 200)}.${1 + Math.floor(at / 200)}`, port: 1214 });
    discovery.shout({ host: '192.168.1.66', port: 2000 + at });
  }
  const { found, refused } = leaf.overlay.surroundings().lan;
  expect(found).toBeLessThanOrEqual(64);
  expect(refused).toBeGreaterThan(9900);
  await world.clock.advance(HOUR);
  expect(leaf.overlay.parentView()?.node).toBe(supernode.nodeId);
  expect(leaf.overlay.supernodes()).toHaveLength(1);
});

test('its own address, announced by somebody else, leads nowhere', async () => {
  const discovery = new MemoryLan(world.clock);
  const leaf = await world.leaf('192.168.1.2', { discovery });
  discovery.shout(leaf.address);
  await world.clock.advance(20_000);
  expect(leaf.overlay.parentView()).toBeUndefined();
  expect(leaf.overlay.supernodes()).toEqual([]);
});

test('who is gone without a word is forgotten after two hours, and questions become rare', async () => {
  const discovery = new MemoryLan(world.clock);
  const supernode = await world.supernode('192.168.1.1', { discovery });
  discovery.shout({ host: '192.168.1.9', port: 1214 });
  await world.clock.advance(3 * HOUR);
  expect(supernode.overlay.surroundings().lan.found).toBe(0);
  expect(discovery.questions).toBeLessThan(20);
});
