import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import type { OutgoingResponse, Remote } from '../../../src-main/engine/ports/index.ts';
import { isStream } from '../../../src-main/engine/ports/is-stream.ts';
import { nodeOf } from '../../support/upload-askers.ts';
import { drop, json, remoteClient, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const MIB = 2 ** 20;
const [a, b, c] = [remotePeer(1), remotePeer(2), remotePeer(3)];

let world: UploadWorld;
let hash: ContentHash;
let bytes: Uint8Array;

beforeEach(async () => {
  world = await UploadWorld.start({ 'upload.slots': 1 });
  ({ hash, bytes } = await world.share(3 * MIB, 1));
});
afterEach(async () => {
  await world.stop();
  expect(world.disk.openHandles).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
});

const ask = (from: Remote, headers: Record<string, string> = {}): Promise<OutgoingResponse> =>
  world.ask(`/content/${hash}`, { from, headers: { range: 'bytes=0-99', ...headers } });

async function placeOf(response: Promise<OutgoingResponse>): Promise<number> {
  const { status, headers } = await response;
  expect(status).toBe(503);
  return Number(/position=(\d+)/.exec(headers?.['x-queue'] ?? '')?.[1]);
}

describe('a peer that finds all slots taken', () => {
  test('is told its place, the length of the queue, an estimate, and when to come back', async () => {
    const held = await ask(a);
    const response = await ask(b);
    expect(response.headers).toMatchObject({ 'retry-after': '10', 'x-queue': 'position=1, length=1, eta=10' });
    expect(json(response)).toEqual({ ok: false, error: { code: 'content.queued', params: { place: 1 } } });
    expect(await placeOf(ask(c))).toBe(2);
    await drop(held);
  });

  test('is served on its next request after the slot fell free, before any newcomer', async () => {
    const held = await ask(a, { 'x-queue': 'last' });
    await placeOf(ask(b));
    await take(held);
    expect(await placeOf(ask(c))).toBe(2);
    await world.clock.advance(10_000);
    expect(await take(await ask(b))).toEqual(bytes.subarray(0, 100));
  });

  test('may ask for small files, layers and lists all the same', async () => {
    const held = await ask(a);
    const small = await world.share(MIB, 2);
    const response = await world.ask(`/content/${small.hash}`, { from: b });
    expect(await take(response)).toEqual(small.bytes);
    expect((await world.ask(`/content/${hash}/tree`, { from: b })).status).toBe(200);
    expect(world.server.load().queueLength).toBe(0);
    await drop(held);
  });

  test('needs a slot even for one byte of a file over 1 MiB', async () => {
    const held = await ask(a);
    expect(await placeOf(ask(b, { range: 'bytes=0-0' }))).toBe(1);
    await drop(held);
  });
});

describe('a peer that gave much', () => {
  test('is served before strangers who wait a little longer', async () => {
    world.credits.received(nodeOf(3), 2 ** 31);
    const held = await ask(a, { 'x-queue': 'last' });
    await placeOf(ask(b));
    await world.clock.advance(8000);
    expect(await placeOf(ask(c))).toBe(2);
    await world.clock.advance(12_000);
    expect(await placeOf(ask(c))).toBe(1);
    await take(held);
    expect(await placeOf(ask(b))).toBe(2);
    await world.clock.advance(10_000);
    expect(await take(await ask(c))).toHaveLength(100);
  });
});

describe('places', () => {
  test.each([{ crash: false }, { crash: true }])('of peers survive a restart in their order: %o', async ({ crash }) => {
    const held = await ask(a);
    await placeOf(ask(b));
    await world.clock.advance(3000);
    await placeOf(ask(c));
    await world.clock.advance(3000);
    await drop(held);
    await world.restart({ crash });
    expect(world.server.load()).toMatchObject({ freeSlots: 1, queueLength: 2 });
    expect(await placeOf(ask(c))).toBe(2);
    const [first, second] = world.server.uploads();
    expect([first?.node, second?.node]).toEqual([nodeOf(2), nodeOf(3)]);
    expect((first?.why.waitedMs ?? 0) - (second?.why.waitedMs ?? 0)).toBe(3000);
    expect(await take(await ask(b))).toHaveLength(100);
  });

  test('of anonymous clients are not written down', async () => {
    const held = await ask(a);
    await placeOf(ask(remoteClient({ host: '203.0.113.4', port: 1 })));
    await drop(held);
    await world.restart();
    expect(world.server.load().queueLength).toBe(0);
  });

  test('that were given up do not come back', async () => {
    const held = await ask(a);
    await placeOf(ask(b));
    await drop(held);
    await world.clock.advance(6 * 60_000);
    await world.restart();
    expect(world.server.load().queueLength).toBe(0);
  });
});

describe('a full queue', () => {
  test('sends away with Retry-After, and strikes who keeps coming', async () => {
    world.settings = { ...world.settings, 'upload.queue': 1 };
    const held = await ask(a);
    await placeOf(ask(b));
    const refused = await ask(c);
    expect([refused.status, refused.headers?.['retry-after'], refused.headers?.['x-queue']]).toEqual([
      503,
      '60',
      undefined,
    ]);
    expect(json(refused)).toMatchObject({ error: { code: 'content.queue-full', params: { seconds: 60 } } });
    for (let i = 0; i < 29; i++) await ask(c);
    expect(world.strikes).toEqual([]);
    await ask(c);
    expect(world.strikes).toEqual(['too many places in the queue']);
    await drop(held);
  });
});

describe('what is shown', () => {
  test('of an upload: who, what, how much, and why it stands where it does', async () => {
    const held = await ask(a);
    await placeOf(ask(b));
    await world.clock.advance(4000);
    const name = 'file-1';
    expect(world.server.uploads()).toEqual([
      {
        ...{ node: nodeOf(1), address: '198.51.100.1:1214', hash, name, sent: 0, rate: 0 },
        ...{ id: `${nodeOf(1)}/${hash}`, size: 3 * MIB, from: 0, to: 100 },
        ...{ rateLimit: 0, state: 'active', place: null, why: { waitedMs: 0, credit: 1, received: 0, sent: 0 } },
      },
      {
        ...{ node: nodeOf(2), address: '198.51.100.2:1214', hash, name, sent: 0, rate: 0 },
        ...{ id: `${nodeOf(2)}/${hash}`, size: 3 * MIB, from: null, to: null },
        ...{ rateLimit: 0, state: 'queued', place: 1, why: { waitedMs: 4000, credit: 1, received: 0, sent: 0 } },
      },
    ]);
    await take(held);
    expect(world.server.uploads()[0]).toMatchObject({ state: 'idle', sent: 100, rate: 0, from: null, to: null });
    expect(world.server.load()).toEqual({ slots: 1, freeSlots: 0, queueLength: 1, rateBps: 0 });
  });

  test('of credit: what it comes of', async () => {
    const GIB = 2 ** 30;
    world.credits.received(nodeOf(2), GIB);
    world.credits.sent(nodeOf(2), GIB / 2);
    const held = await ask(a);
    await placeOf(ask(b));
    const [, waiting] = world.server.uploads();
    expect(waiting?.why).toEqual({ waitedMs: 0, credit: expect.closeTo(3.78, 2), received: GIB, sent: GIB / 2 });
    await take(held);
    expect(world.server.uploads()[0]?.why).toMatchObject({ credit: 1, received: 0, sent: 100 });
  });

  test('the id of one upload stays the same from its wait over a restart to its bytes, and no two have one', async () => {
    const ids = () => world.server.uploads().map(({ id }) => id);
    const held = await ask(a);
    await placeOf(ask(b));
    const [, waiting] = ids();
    await drop(held);
    await world.restart();
    expect(world.server.uploads()).toMatchObject([{ id: waiting, state: 'queued', size: null }]);
    await world.clock.advance(10_000);
    const served = await ask(b, { range: 'bytes=100-299' });
    expect(world.server.uploads()).toMatchObject([{ id: waiting, state: 'active', from: 100, to: 300, size: 3 * MIB }]);
    const small = await world.share(100, 10);
    const addresses = [remotePeer(3), remotePeer(3, '203.0.113.1')];
    const open = await Promise.all(addresses.map((from) => world.ask(`/content/${small.hash}`, { from })));
    expect(new Set(ids()).size).toBe(3);
    expect(world.server.uploads()[1]).toMatchObject({ node: nodeOf(3), size: 100, from: 0, to: 100 });
    for (const response of [served, ...open]) await drop(response);
  });

  test('changes are told when uploads begin, end, wait, and when a slot lapses', async () => {
    let changes = 0;
    const stop = world.server.onChange(() => changes++);
    const told = async (what: () => Promise<unknown>) => {
      const before = changes;
      await what();
      return changes > before;
    };
    let held: OutgoingResponse | undefined;
    expect(
      await told(async () => {
        held = await ask(a);
      }),
    ).toBe(true);
    expect(await told(() => ask(b))).toBe(true);
    expect(await told(() => take(held as OutgoingResponse))).toBe(true);
    expect(await told(() => world.clock.advance(20_000))).toBe(true);
    expect(world.server.load().freeSlots).toBe(1);
    stop();
    expect(await told(async () => drop(await ask(c)))).toBe(false);
  });
});

test('a server that has nothing to do sets no timer', async () => {
  expect(world.clock.pendingTimers).toBe(0);
  await take(await ask(a, { 'x-queue': 'last' }));
  // Its own, and that of the ledger.
  expect(world.clock.pendingTimers).toBe(2);
  await world.clock.advance(5000);
  await world.credits.stop();
  expect(world.clock.pendingTimers).toBe(0);
});

test('stopping cuts what is being sent', async () => {
  const response = await ask(a, { range: 'bytes=0-2097151' });
  await world.server.stop();
  await expect(take(response)).rejects.toThrow();
  await world.server.stop();
});

describe('a content that is withdrawn', () => {
  test('is cut while it is sent, and not sent again although it was open', async () => {
    const response = await world.ask(`/content/${hash}`, { from: a, headers: { range: `bytes=0-${3 * MIB - 1}` } });
    const { body } = response;
    if (!isStream(body)) throw new Error('no stream');
    expect(await body.read(new Uint8Array(MIB))).toBeGreaterThan(0);
    world.files.unshare(hash);
    world.server.withdraw(hash);
    await expect(body.read(new Uint8Array(MIB))).rejects.toMatchObject({ code: 'content.gone' });
    await body.close(false);
    expect((await ask(b)).status).toBe(410);
    expect((await world.ask(`/content/${hash}/tree`, { from: b })).status).toBe(410);
  });

  test('because it is blocked is cut too, and so is what goes to a peer that is', async () => {
    const other = await world.share(MIB, 2);
    const streams = await Promise.all(
      [`/content/${hash}`, `/content/${other.hash}`].map(async (path) => {
        const { body } = await world.ask(path, { from: a, headers: { range: `bytes=0-${MIB - 1}` } });
        if (!isStream(body)) throw new Error('no stream');
        return body;
      }),
    );
    const [large, small] = streams;
    const nobody = { isBlocked: () => false, isShut: () => false };
    world.server.shutOut({ ...nobody, isShut: ({ nodeId }) => nodeId === b.nodeId });
    expect(await large?.read(new Uint8Array(1000))).toBe(1000);
    world.files.unshare(hash);
    world.server.shutOut({ ...nobody, isBlocked: (one) => one === hash });
    await expect(large?.read(new Uint8Array(1000))).rejects.toMatchObject({ code: 'content.gone' });
    expect(await small?.read(new Uint8Array(1000))).toBe(1000);
    world.server.shutOut({ ...nobody, isShut: ({ nodeId }) => nodeId === a.nodeId });
    await expect(small?.read(new Uint8Array(1000))).rejects.toMatchObject({ code: 'content.gone' });
    for (const body of streams) await body.close(false);
    expect((await ask(b)).status).toBe(410);
  });

  test.each([
    ['a small file', MIB, {}],
    ['what this peer is loading too', 3 * MIB, { 'x-swarm': 'port=2000' }],
  ])('is not sent to who waits in a lane either: %s', async (_, size, headers) => {
    world.settings = { ...world.settings, 'upload.small-lane': 1, 'upload.swaps': 1 };
    const { hash: wanted } = await world.share(size, 2);
    if (size > MIB) world.files.parts.set(wanted, ChunkMap.full(3));
    const askFor = (from: Remote) =>
      world.ask(`/content/${wanted}`, { from, headers: { range: `bytes=0-${MIB - 1}`, ...headers } });
    const running = await askFor(a);
    const waiting = [askFor(b), askFor(c)];
    // What is open is not given to who comes later than this, while both wait for it.
    await world.clock.advance(1500);
    await drop(await world.ask(`/content/${wanted}`, { from: a, method: 'HEAD' }));
    world.files.unshare(wanted);
    world.server.withdraw(wanted);
    await drop(running);
    for (const response of waiting) expect((await response).status).toBe(410);
    expect(world.began).toEqual([wanted]);
  });

  test('is not sent to who waits in a lane and is shut out meanwhile', async () => {
    const small = await world.share(MIB, 2);
    const from = remotePeer(7);
    const running = await world.ask(`/content/${small.hash}`, { from });
    const waiting = world.ask(`/content/${small.hash}`, { from: remotePeer(8, from.address.host) });
    await world.clock.advance(10);
    world.shut.add(nodeOf(8));
    expect(await take(running)).toEqual(small.bytes);
    expect((await waiting).status).toBe(410);
    expect(await take(await world.ask(`/content/${small.hash}`, { from }))).toEqual(small.bytes);
  });

  test('is not sent to who asked while it was being opened', async () => {
    const release = world.files.hold();
    const asked = ask(a);
    await world.clock.advance(10);
    world.files.unshare(hash);
    world.server.withdraw(hash);
    const later = ask(b);
    release();
    expect([(await asked).status, (await later).status]).toEqual([404, 404]);
  });

  test('because it is shared no more is cut, and what still is goes on', async () => {
    const kept = await world.share(MIB, 2);
    const part = await world.share(3 * MIB, 3);
    world.files.parts.set(part.hash, ChunkMap.full(3));
    const loading = { from: c, headers: { range: `bytes=0-${MIB - 1}`, 'x-swarm': 'port=2000' } };
    const answers = [
      await ask(a, { range: `bytes=0-${MIB - 1}` }),
      await world.ask(`/content/${kept.hash}`, { from: b }),
      await world.ask(`/content/${part.hash}`, loading),
    ] as const;
    world.files.unshare(hash);
    await world.server.withdrawUnshared();
    await expect(take(answers[0])).rejects.toMatchObject({ code: 'content.gone' });
    expect(await take(answers[1])).toEqual(kept.bytes);
    expect((await take(answers[2])).length).toBe(MIB);
    expect((await ask(b)).status).toBe(410);
  });

  test('ends no other upload', async () => {
    const other = await world.share(MIB, 2);
    const response = await world.ask(`/content/${other.hash}`, { from: a });
    world.server.withdraw(hash);
    expect(await take(response)).toEqual(other.bytes);
  });
});

test('an upload is said to begin once for its requests under one slot, and once for each small file', async () => {
  await take(await ask(a));
  await take(await ask(a, { range: 'bytes=100-199' }));
  await placeOf(ask(b));
  const small = await world.share(MIB, 2);
  await take(await world.ask(`/content/${small.hash}`, { from: b }));
  await world.ask(`/content/${small.hash}`, { from: b, method: 'HEAD' });
  expect(world.began).toEqual([hash, small.hash]);
});
