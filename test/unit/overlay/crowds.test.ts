import { afterEach, beforeEach, expect, test } from 'vitest';
import { narrowBlock } from '../../../src-main/contract/address-block.ts';
import type { NodeId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { SessionLink } from '../../../src-main/engine/ports/index.ts';
import { GREETINGS } from '../../../src-main/engine/wire/limits.ts';
import type { Hello } from '../../../src-main/engine/wire/messages/hello.ts';
import { file, pack } from '../../support/index-batches.ts';
import { OverlayWorld, type TestPeer } from '../../support/overlay-world.ts';

const HELLO: Hello = { type: 'hello', version: '1.0', role: 'leaf', listen: [], files: 0, bytes: 0 };

let world: OverlayWorld;
let supernode: TestPeer;
let joined = 0;
beforeEach(async () => {
  world = new OverlayWorld();
  supernode = await world.supernode('40.1.0.1');
  await world.clock.advance(10);
});
afterEach(() => world.stopAll());

/** Whether a stranger at this host is taken; it stays. `others`: to whom it is sent on. */
async function join(host: string, { role = 'leaf', nodeId }: { role?: Hello['role']; nodeId?: NodeId } = {}) {
  const id = nodeId ?? ((++joined).toString(16).padStart(64, 'c') as NodeId);
  const stranger = world.network.join(host, id);
  const opening = stranger.links.openSession(supernode.target);
  await world.clock.advance(20);
  const link: SessionLink = await opening;
  const heard: { type: string; accepted?: boolean; code?: string; others?: unknown[]; session?: string }[] = [];
  link.receive(
    (text) => text !== undefined && heard.push(JSON.parse(text)),
    () => {},
  );
  link.send(JSON.stringify({ ...HELLO, role }));
  await world.clock.advance(20);
  const welcome = heard.find(({ type }) => type === 'welcome');
  const code = heard.find(({ type }) => type === 'bye')?.code;
  const upload = () =>
    stranger.links.request(supernode.target, {
      ...{ method: 'POST', path: `/children/self/files?session=${welcome?.session}&sequence=1` },
      ...{ body: pack([file(joined, 'song')]), maxBytes: 10_000, timeoutMs: 60_000 },
    });
  return { link, nodeId: id, accepted: welcome?.accepted, others: welcome?.others, code, upload };
}
const countTaken = async (hosts: readonly string[], role: Hello['role'] = 'leaf') => {
  let taken = 0;
  for (const host of hosts) if ((await join(host, { role })).accepted) taken++;
  return taken;
};
const times = (count: number, host: (at: number) => string) => Array.from({ length: count }, (_, at) => host(at));

test('one address has a few child places of a supernode, one block of addresses some more, and others find theirs', async () => {
  supernode.settings = { ...supernode.settings, 'supernode.children': 150 };
  expect(await countTaken(times(30, () => '50.1.1.1'))).toBe(9);
  expect(await countTaken(times(30, (at) => `50.1.1.${at + 2}`))).toBe(9);
  expect(await countTaken(times(12, () => '2001:db8:1:1::1'))).toBe(9);
  expect(await countTaken(times(12, (at) => `2001:db8:1:1::${at + 2}`))).toBe(0);
  expect(await countTaken(times(12, (at) => `2001:db8:1:${at + 2}::1`))).toBe(9);
  expect(await countTaken(times(3, (at) => `50.1.2.${at + 1}`))).toBe(3);
  const sentOn = await join('50.1.1.99');
  expect([sentOn.accepted, sentOn.code]).toEqual([false, 'full']);
  expect(Array.isArray(sentOn.others)).toBe(true);
});

test('who is here may come again, warm places are counted apart, and private networks are not counted', async () => {
  const first = await join('50.1.1.1');
  expect(await countTaken(times(30, () => '50.1.1.1'))).toBeGreaterThan(0);
  expect((await join('50.1.1.1')).accepted).toBe(false);
  expect((await join('50.1.1.1', { nodeId: first.nodeId })).accepted).toBe(true);
  expect((await join('50.1.1.1', { role: 'standby' })).accepted).toBe(true);
  expect(await countTaken(times(20, () => '192.168.1.7'))).toBe(20);
});

test('warm places of one address become twice its child places at most', async () => {
  supernode.settings = { ...supernode.settings, 'supernode.children': 150 };
  let promoted = 0;
  for (let at = 0; at < 30; at++) {
    const { link, accepted } = await join('50.1.1.1', { role: 'standby' });
    if (!accepted) continue;
    const heard: string[] = [];
    link.receive(
      (text) => text !== undefined && heard.push(text),
      () => {},
    );
    link.send(JSON.stringify(HELLO));
    await world.clock.advance(20);
    if (heard.some((text) => JSON.parse(text).accepted)) promoted++;
  }
  expect(promoted).toBe(18);
  expect((await join('50.2.1.1')).accepted).toBe(true);
});

test('a place that was left is free for another of that network', async () => {
  const stays: SessionLink[] = [];
  for (let full = false; !full; ) {
    const { accepted, link } = await join('50.1.1.1');
    if (accepted) stays.push(link);
    full = !accepted;
  }
  stays[0]?.close(1000, 'gone');
  await world.clock.advance(100);
  expect((await join('50.1.1.1')).accepted).toBe(true);
});

test('two uploads of one address and three of one block are under way at most, and others find a place', async () => {
  const paused = Promise.withResolvers<void>();
  supernode.index.pause = paused.promise;
  const hosts = [...times(4, () => '50.1.1.1'), ...times(3, (at) => `50.1.1.${at + 2}`), '50.2.1.1', '50.3.1.1'];
  const uploading: Promise<{ readonly status: number }>[] = [];
  for (const host of hosts) {
    const { upload } = await join(host);
    uploading.push(upload());
    await world.clock.advance(20);
  }
  paused.resolve();
  await world.clock.advance(100);
  const statuses = (await Promise.all(uploading)).map(({ status }) => status);
  expect(statuses).toEqual([200, 200, 503, 503, 200, 503, 503, 200, 200]);
});

test('what children of one block upload is known to be of one', async () => {
  const known: (string | undefined)[] = [];
  for (const host of ['50.1.1.1', '50.1.1.2', '50.2.1.1', '10.0.9.9']) {
    const { upload } = await join(host);
    const done = upload();
    await world.clock.advance(100);
    expect((await done).status).toBe(200);
    known.push([...supernode.index.blocks.values()].at(-1));
  }
  expect(known).toEqual([narrowBlock('50.1.1.1'), narrowBlock('50.1.1.1'), narrowBlock('50.2.1.1'), undefined]);
});

test('sessions that say nothing are few of one address, end with a strike, and keep nobody else out', async () => {
  const silent = async (host: string) => {
    const stranger = world.network.join(host, (++joined).toString(16).padStart(64, 'd') as NodeId);
    const opening = stranger.links.openSession(supernode.target);
    await world.clock.advance(20);
    const heard: { type: string; code?: string; why?: string }[] = [];
    (await opening).receive(
      (text) => text !== undefined && heard.push(JSON.parse(text)),
      () => {},
    );
    await world.clock.advance(20);
    return heard;
  };
  const first = await silent('50.1.1.1');
  for (let i = 1; i < GREETINGS.ofAddress; i++) expect(await silent('50.1.1.1')).toEqual([]);
  expect(await silent('50.1.1.1')).toMatchObject([{ type: 'bye', code: 'full' }]);
  expect((await join('50.2.1.1')).accepted).toBe(true);
  expect((await join('50.1.1.1')).accepted).toBeUndefined();
  await world.clock.advance(DEFAULT_SETTINGS['overlay.request-timeout']);
  expect(first).toMatchObject([{ type: 'bye', code: 'protocol', why: 'no hello in time' }]);
  expect(supernode.strikes.filter(({ why }) => why === 'no hello in time')).toHaveLength(GREETINGS.ofAddress);
  expect((await join('50.1.1.1')).accepted).toBe(true);
});
