import { afterEach, beforeEach, expect, it } from 'vitest';
import { MemoryPortMapper } from '../../../src-main/simulator/memory-port-mapper.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const HOME = '20.3.0.1';
const MINUTE_MS = 60_000;

let world: OverlayWorld;
let supernodes: readonly TestPeer[];
let mapper: MemoryPortMapper;

/** A home whose router lets somebody in while the mapper passes a port on. */
beforeEach(async () => {
  world = new OverlayWorld();
  const one = await world.supernode('20.1.0.1');
  supernodes = [one, await world.supernode('20.2.0.1', { bootstrap: ['20.1.0.1'] })];
  world.network.shut(HOME);
  mapper = new MemoryPortMapper((isOpen) => (isOpen ? world.network.open(HOME) : world.network.shut(HOME)));
});
afterEach(() => world.stopAll());

const start = (settings: object = {}) =>
  world.leaf(HOME, {
    bootstrap: ['20.1.0.1', '20.2.0.1'],
    mapper,
    settings: { 'overlay.standby': false, ...settings },
  });
const reach = (peer: TestPeer) => peer.overlay.reachability();
const sourceAt = (peer: TestPeer) =>
  supernodes.map(({ overlay }) => overlay.network.sourceOf(peer.nodeId)).find((source) => source !== undefined);

it('asks no router while others can connect', async () => {
  world.network.open(HOME);
  const peer = await start();
  await world.until(() => reach(peer).state === 'reachable', 5 * MINUTE_MS);
  expect(mapper.log).toEqual([]);
  expect(reach(peer).mapping.state).toBe('not-needed');
});

it('has a port passed on when nobody can connect, tests again, and tells the parent of both', async () => {
  mapper.external = { host: HOME, port: 1214 };
  const peer = await start();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  expect(reach(peer).mapping).toEqual({
    state: 'mapped',
    protocol: 'nat-pmp',
    router: '192.168.1.1',
    ...mapper.external,
  });
  await world.until(() => reach(peer).state === 'reachable', 5 * MINUTE_MS);
  await world.until(() => sourceAt(peer)?.reachable === true);
  expect(mapper.log).toEqual(['open 1214']);
});

it('tells another port than it listens on where the router has another, but not in its own network', async () => {
  mapper.external = { host: HOME, port: 40_000 };
  const peer = await start();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  await world.until(() => sourceAt(peer)?.addresses[0]?.port === 40_000);
  const near = await world.supernode('192.168.1.5', { bootstrap: ['20.1.0.1'] });
  expect(peer.overlay.portTowards(near.host)).toBe(1214);
  expect(peer.overlay.portTowards('20.9.0.1')).toBe(40_000);
});

it('tells who comes by IPv6 the port that it listens on, whatever the router passes on for IPv4', async () => {
  mapper.external = { host: HOME, port: 40_000 };
  const peer = await start();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  expect(peer.overlay.portTowards('2a00:1::1')).toBe(1214);
});

it('renews the lease at half of it, and takes it back at the end', async () => {
  mapper.external = { host: HOME, port: 1214 };
  mapper.leaseMs = 20 * MINUTE_MS;
  const peer = await start();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  await world.clock.advance(9 * MINUTE_MS);
  expect(mapper.log).toEqual(['open 1214']);
  await world.clock.advance(2 * MINUTE_MS);
  expect(mapper.log).toEqual(['open 1214', 'renew']);
  await world.stop(peer);
  expect(mapper.log).toEqual(['open 1214', 'renew', 'remove']);
});

it('looks again soon when the router forgot the port, then less often', async () => {
  mapper.external = { host: HOME, port: 1214 };
  mapper.leaseMs = 20 * MINUTE_MS;
  const peer = await start();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  mapper.external = undefined;
  await world.until(() => reach(peer).mapping.state === 'none', 15 * MINUTE_MS);
  mapper.external = { host: HOME, port: 1214 };
  expect(await world.until(() => reach(peer).mapping.state === 'mapped', MINUTE_MS)).toBeLessThan(10_000);
  mapper.external = undefined;
  await world.until(() => reach(peer).mapping.state === 'none', 15 * MINUTE_MS);
  const tries = mapper.log.length;
  await world.clock.advance(60 * MINUTE_MS);
  expect(mapper.log.length - tries).toBeLessThan(12);
});

it('does what the setting says at once', async () => {
  mapper.external = { host: HOME, port: 1214 };
  const peer = await start({ 'reach.map-port': false });
  await world.until(() => reach(peer).state === 'unreachable', 5 * MINUTE_MS);
  expect([mapper.log, reach(peer).mapping.state]).toEqual([[], 'off']);
  peer.settings = { ...peer.settings, 'reach.map-port': true };
  peer.overlay.settingsChanged();
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  peer.settings = { ...peer.settings, 'reach.map-port': false };
  peer.overlay.settingsChanged();
  await world.until(() => mapper.log.includes('remove'));
  expect(reach(peer).mapping.state).toBe('off');
});
