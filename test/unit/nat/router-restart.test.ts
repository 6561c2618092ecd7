import { afterEach, beforeEach, expect, it } from 'vitest';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import type { IncomingRequest, OutgoingResponse, SessionLink } from '../../../src-main/engine/ports/index.ts';
import { jsonAnswer } from '../../../src-main/engine/wire/http-answer.ts';
import { MemoryPortMapper } from '../../../src-main/simulator/memory-port-mapper.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const HOME = '20.3.0.1';
const PORT = 1214;
const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;

let world: OverlayWorld;
let supernodes: readonly TestPeer[];
let mapper: MemoryPortMapper;

/** A home whose router lets somebody in while it passes a port on. */
beforeEach(async () => {
  world = new OverlayWorld();
  const one = await world.supernode('20.1.0.1');
  supernodes = [one, await world.supernode('20.2.0.1', { bootstrap: ['20.1.0.1'] })];
  world.network.shut(HOME);
  mapper = new MemoryPortMapper((isOpen) => (isOpen ? world.network.open(HOME) : world.network.shut(HOME)));
  mapper.external = { host: HOME, port: PORT };
});
afterEach(() => world.stopAll());

const reach = (peer: TestPeer) => peer.overlay.reachability();
const parentOf = (peer: TestPeer) => peer.overlay.parentView();
/** What searchers are told of a peer. */
const sourceAt = (peer: TestPeer) =>
  supernodes.map(({ overlay }) => overlay.network.sourceOf(peer.nodeId)).find((source) => source !== undefined);
const testsAsked = () =>
  supernodes.reduce((sum, { asked }) => sum + asked.filter((line) => line === 'POST /reach').length, 0);

/** A leaf that others reach through its router, tested some minutes ago. */
async function startMapped(): Promise<TestPeer> {
  const peer = await world.leaf(HOME, { bootstrap: ['20.1.0.1', '20.2.0.1'], mapper });
  await world.until(() => reach(peer).state === 'reachable' && sourceAt(peer)?.reachable === true, 5 * MINUTE_MS);
  expect(reach(peer).mapping.state).toBe('mapped');
  await world.clock.advance(5 * MINUTE_MS);
  return peer;
}

/** The router is off for a while, and has forgotten everything when it is back. */
async function restartRouter(peer: TestPeer): Promise<void> {
  for (const { host } of supernodes) world.network.cut(HOME, host);
  mapper.startAgain();
  await world.until(() => parentOf(peer) === undefined, 2 * MINUTE_MS);
  for (const { host } of supernodes) world.network.heal(HOME, host);
  await world.until(() => parentOf(peer) !== undefined, 2 * MINUTE_MS);
}

it('has the port passed on again and tests again as soon as it has a parent after its router was started again', async () => {
  const peer = await startMapped();
  const [asked, tests] = [mapper.log.length, testsAsked()];
  await restartRouter(peer);
  const tookMs = await world.until(
    () =>
      testsAsked() >= tests + 2 && reach(peer).tests.every(({ reached, agoMs }) => reached && agoMs < 10 * SECOND_MS),
    5 * SECOND_MS,
  );
  expect(tookMs).toBeLessThan(5 * SECOND_MS);
  expect(mapper.log.slice(asked)).toEqual(['renew']);
  expect(reach(peer).state).toBe('reachable');
  await world.until(() => sourceAt(peer)?.reachable === true, 3 * SECOND_MS);
});

it('tells the other port that its router passes on now', async () => {
  const peer = await startMapped();
  mapper.external = { host: HOME, port: 40_000 };
  await restartRouter(peer);
  await world.until(() => sourceAt(peer)?.addresses[0]?.port === 40_000, 5 * SECOND_MS);
});

it('is called instead of dialled soon after its router passes nothing on any more', async () => {
  const peer = await startMapped();
  mapper.external = undefined;
  await restartRouter(peer);
  const tookMs = await world.until(() => sourceAt(peer)?.reachable === false, MINUTE_MS);
  // Two supernodes dialled in vain, one after the other.
  expect(tookMs).toBeLessThan(25 * SECOND_MS);
  expect(reach(peer)).toMatchObject({ state: 'unreachable', mapping: { state: 'none' }, outside: [] });
});

it('tests again when the router says at a renewal that it had forgotten the port', async () => {
  mapper.leaseMs = 20 * MINUTE_MS;
  const peer = await startMapped();
  const tests = testsAsked();
  mapper.startAgain();
  await world.until(() => mapper.log.at(-1) === 'renew', 6 * MINUTE_MS);
  await world.until(() => testsAsked() >= tests + 2, 5 * SECOND_MS);
  await world.until(() => mapper.log.filter((line) => line === 'renew').length === 2, 11 * MINUTE_MS);
  await world.clock.advance(MINUTE_MS);
  expect(testsAsked()).toBe(tests + 2);
  expect(reach(peer).state).toBe('reachable');
});

it('a supernode finds out again whether it is reached when it has a link after it had none', async () => {
  const peer = await world.supernode('20.5.0.1', { bootstrap: ['20.1.0.1', '20.2.0.1'] });
  await world.until(() => peer.overlay.counts().neighbours === 2, MINUTE_MS);
  await world.until(() => reach(peer).state === 'reachable', 5 * MINUTE_MS);
  await world.clock.advance(5 * MINUTE_MS);
  world.network.shut(peer.host);
  for (const { host } of supernodes) world.network.cut(peer.host, host);
  await world.until(() => peer.overlay.counts().neighbours === 0, 2 * MINUTE_MS);
  for (const { host } of supernodes) world.network.heal(peer.host, host);
  await world.until(() => peer.overlay.counts().neighbours > 0, 5 * MINUTE_MS);
  await world.until(() => reach(peer).state === 'unreachable', MINUTE_MS);
});

/** A supernode that nobody else knows: it names another address at each welcome, and ends each session at once. */
async function startLiar(host: string) {
  const nodeId = 'e'.repeat(64) as NodeId;
  const liar = { welcomes: 0 };
  const about = { version: '1.0', node: nodeId, role: 'supernode', children: 0, capacity: 100, uptimeSeconds: 9000 };
  const welcome = (number: number) => ({
    ...{ type: 'welcome', version: '1.0', accepted: true, session: 'a', epoch: 'b', others: [], alone: false },
    ...{ holding: { files: 0, digest: '' }, children: 1, capacity: 100, uptimeSeconds: 9000 },
    seen: `20.9.${number >> 8}.${number & 255}:1214`,
  });
  const answer = async ({ path }: IncomingRequest): Promise<OutgoingResponse> => {
    if (path === '/about') return jsonAnswer(about);
    if (path.startsWith('/supernodes')) return jsonAnswer({ about, supernodes: [] });
    return path === '/reach' ? jsonAnswer({ reached: false, seen: `${HOME}:${PORT}` }) : { status: 404 };
  };
  const session = (link: SessionLink): void => {
    link.receive(
      (text) => {
        if (!text?.includes('"hello"')) return;
        link.send(JSON.stringify(welcome(++liar.welcomes)));
        world.clock.setTimer(500, () => link.close(1000, 'enough'));
      },
      () => {},
    );
  };
  const { links } = world.network.join(host, nodeId);
  await links.listen({ host, port: PORT }, { request: answer, session, accepts: () => true, misbehaved: () => {} });
  return liar;
}

it('a supernode that names another address at each of many welcomes makes it test and map once a minute at most', async () => {
  // All others are full, so that it comes back to that one.
  for (const [at, supernode] of supernodes.entries()) {
    supernode.settings = { ...supernode.settings, 'supernode.children': 1 };
    const settings = { 'overlay.standby': false };
    await world.leaf(`20.6.${at}.1`, { bootstrap: [supernode.host], settings });
    await world.until(() => supernode.overlay.counts().children === 1, MINUTE_MS);
  }
  const liar = await startLiar('20.8.0.1');
  const settings = { 'overlay.look-max': 2000, 'overlay.standby': false };
  const peer = await world.leaf(HOME, { bootstrap: ['20.8.0.1', '20.1.0.1', '20.2.0.1'], mapper, settings });
  await world.until(() => reach(peer).mapping.state === 'mapped', 5 * MINUTE_MS);
  await world.clock.advance(MINUTE_MS);
  const testsOf = ({ asked }: TestPeer) => asked.filter((line) => line === 'POST /reach').length;
  const before = { welcomes: liar.welcomes, maps: mapper.log.length, tests: supernodes.map(testsOf) };
  await world.clock.advance(20 * MINUTE_MS);
  // So often it could have had it test and map.
  expect(liar.welcomes - before.welcomes).toBeGreaterThan(200);
  const mapped = mapper.log.length - before.maps;
  expect(mapped).toBeGreaterThan(10);
  expect(mapped).toBeLessThanOrEqual(21);
  for (const [at, supernode] of supernodes.entries())
    expect(testsOf(supernode) - (before.tests[at] ?? 0)).toBeLessThanOrEqual(21);
});

it('knows its address outside from its router, or from those who see it if the router is behind another', async () => {
  const before = await startMapped();
  expect(reach(before)).toMatchObject({ outside: [`${HOME}:${PORT}`], mapping: { host: HOME } });
  await world.stop(before);
  mapper.external = { host: '10.0.0.7', port: PORT };
  const after = await startMapped();
  expect(reach(after)).toMatchObject({ outside: [`${HOME}:${PORT}`], mapping: { host: '10.0.0.7' } });
});

it('knows its address outside without a router too, once somebody connected back', async () => {
  world.network.open(HOME);
  const peer = await world.leaf(HOME, { bootstrap: ['20.1.0.1', '20.2.0.1'] });
  expect(reach(peer).outside).toEqual([]);
  await world.until(() => reach(peer).state === 'reachable', 5 * MINUTE_MS);
  expect(reach(peer)).toMatchObject({ outside: [`${HOME}:${PORT}`], mapping: { port: null } });
});
