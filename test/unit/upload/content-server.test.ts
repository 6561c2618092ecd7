import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import type { OutgoingResponse, Remote } from '../../../src-main/engine/ports/index.ts';
import { isStream } from '../../../src-main/engine/ports/is-stream.ts';
import { nodeOf } from '../../support/upload-askers.ts';
import { drop, json, remoteClient, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const KIB = 2 ** 10;
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

describe('small files', () => {
  test('go one after the other for one address, side by side for several', async () => {
    const files = [await world.share(100, 10), await world.share(200, 11)];
    const [first, second] = files.map((file) => file.hash);
    const from = remotePeer(7);
    const neighbour = remotePeer(8, from.address.host);
    const open = await world.ask(`/content/${first}`, { from });
    const waiting = [world.ask(`/content/${second}`, { from }), world.ask(`/content/${second}`, { from: neighbour })];
    const elsewhere = await world.ask(`/content/${second}`, { from: remotePeer(9) });
    expect(await Promise.race([...waiting, Promise.resolve('waits')])).toBe('waits');
    await take(elsewhere);
    await take(open);
    for (const response of waiting) expect((await take(await response)).length).toBe(200);
  });

  test('of which too many are being sent wait, and let go when their client leaves', async () => {
    world.settings = { ...world.settings, 'upload.small-lane': 1 };
    const small = await world.share(100, 10);
    const open = await world.ask(`/content/${small.hash}`, { from: a });
    const leaving = new AbortController();
    const left = world.ask(`/content/${small.hash}`, { from: b, signal: leaving.signal });
    const stays = world.ask(`/content/${small.hash}`, { from: c });
    await world.clock.advance(0);
    leaving.abort();
    await left;
    await take(open);
    expect(await take(await stays)).toEqual(small.bytes);
  });
});

describe('rate limits', () => {
  /** Virtual seconds to send 2 MiB from each of these. */
  async function secondsFor(froms: readonly Remote[]): Promise<number> {
    const bodies = froms.map(async (from) => take(await ask(from, { range: 'bytes=0-2097151' })));
    let done = false;
    void Promise.all(bodies).then(() => {
      done = true;
    });
    return (await world.clock.runUntil(() => done, 600_000)) / 1000;
  }

  test('hold for one upload', async () => {
    world.settings = { ...world.settings, 'upload.rate-each': 256 * KIB };
    const seconds = await secondsFor([a]);
    // Half a second of the limit may go out at once.
    expect(seconds).toBeGreaterThanOrEqual(7.5);
    expect(seconds).toBeLessThan(8.1);
  });

  test('hold for all uploads together, which share it alike', async () => {
    world.settings = { ...world.settings, 'upload.rate': 512 * KIB, 'upload.slots': 2 };
    const seconds = await secondsFor([a, b]);
    expect(seconds).toBeGreaterThanOrEqual(7.5);
    expect(seconds).toBeLessThan(8.1);
  });

  test('trickle in small pieces, so that a slow upload does not look stalled', async () => {
    world.settings = { ...world.settings, 'upload.rate': 16 * KIB };
    const { body } = await ask(a, { range: 'bytes=0-2097151' });
    if (!isStream(body)) throw new Error('no stream');
    expect(await body.read(new Uint8Array(256 * KIB))).toBe(4 * KIB);
    await body.close(false);
  });

  test('are changed while an upload runs', async () => {
    world.settings = { ...world.settings, 'upload.rate': 64 * KIB };
    let done = false;
    void ask(a, { range: 'bytes=0-2097151' })
      .then(take)
      .then(() => {
        done = true;
      });
    await world.clock.advance(4000);
    const view = world.server.uploads()[0];
    expect(view?.sent).toBeGreaterThan(4 * 64 * KIB - 1);
    expect(view?.sent).toBeLessThan(5 * 64 * KIB);
    expect(view?.rate).toBeGreaterThan(55 * KIB);
    expect(view?.rate).toBeLessThan(85 * KIB);
    world.settings = { ...world.settings, 'upload.rate': 0 };
    expect(await world.clock.runUntil(() => done, 1000)).toBeLessThan(1000);
  });

  test('do not hold a slot for a client that has left', async () => {
    world.settings = { ...world.settings, 'upload.rate': 1 };
    const leaving = new AbortController();
    const response = await world.ask(`/content/${hash}`, { from: a, signal: leaving.signal });
    const taken = take(response);
    await world.clock.advance(2000);
    leaving.abort(new Error('left'));
    await expect(taken).rejects.toThrow('left');
    expect(world.server.uploads()).toMatchObject([{ state: 'idle' }]);
  });
});

describe('a pause', () => {
  const setPaused = (isPaused: boolean) => {
    world.settings = { ...world.settings, 'upload.paused': isPaused };
    world.server.limitsChanged();
  };

  test('ends what is being sent with a chunk, and lets nobody have more until it is over', async () => {
    const response = await ask(a, { range: `bytes=0-${3 * MIB - 1}` });
    const { body } = response;
    if (!isStream(body)) throw new Error('no stream');
    const piece = new Uint8Array(256 * KIB);
    const next = async () => {
      const count = await body.read(piece);
      await body.admit?.(count);
      body.sent?.(count);
    };
    await next();
    setPaused(true);
    for (let at = 0; at < 3; at++) await next();
    await expect(next()).rejects.toThrow();
    await body.close(false);
    expect(await placeOf(ask(a))).toBe(1);
    const small = await world.share(1000, 9);
    expect((await world.ask(`/content/${small.hash}`, { from: b })).status).toBe(503);
    expect((await world.ask(`/content/${hash}/tree`, { from: b })).status).toBe(200);
    expect(world.strikes).toEqual([]);
    setPaused(false);
    await world.clock.advance(60_000);
    expect(await take(await ask(a))).toEqual(bytes.subarray(0, 100));
  });
});

describe('a limit of one upload', () => {
  test('holds for it alone, at once, and until it is over', async () => {
    world.settings = { ...world.settings, 'upload.slots': 2 };
    const [fast, slow] = [await ask(a, { range: `bytes=0-${MIB - 1}` }), await ask(b, { range: `bytes=0-${MIB - 1}` })];
    const id = `${nodeOf(2)}/${hash}`;
    world.server.limit(id, 64 * KIB);
    expect(world.server.uploads().map(({ rateLimit }) => rateLimit)).toEqual([0, 64 * KIB]);
    await take(fast);
    let isDone = false;
    const taking = take(slow).then(() => (isDone = true));
    await world.clock.advance(14_000);
    expect(isDone).toBe(false);
    await world.clock.advance(3000);
    await taking;
    await world.clock.advance(12_000);
    expect(() => world.server.limit(id, 1)).toThrow('no upload of that id');
    await drop(await ask(b));
    expect(world.server.uploads()[0]?.rateLimit).toBe(0);
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

describe('a reader that takes next to nothing', () => {
  /** Takes a piece of 64 KiB every so often, as a link under back-pressure does: the next one is ready meanwhile. */
  async function trickle({ body }: OutgoingResponse, everyMs: number): Promise<number> {
    if (!isStream(body)) throw new Error('no stream');
    const piece = new Uint8Array(64 * KIB);
    let taken = 0;
    try {
      while (taken < body.length) {
        const count = await body.read(piece);
        await body.admit?.(count);
        await world.clock.sleep(everyMs);
        body.sent?.(count);
        taken += count;
      }
    } finally {
      await body.close(taken === body.length);
    }
    return taken;
  }
  const anonymous = remoteClient({ host: '198.51.100.9', port: 40_000 });

  test('loses its slot with its turn while others wait, though its range is not over', async () => {
    const slow = trickle(await ask(anonymous, { range: `bytes=0-${2 * MIB}` }), 8000);
    const cut = expect(slow).rejects.toThrow();
    for (let at = 0; at < 6; at++) {
      await placeOf(ask(b));
      await world.clock.advance(10_000);
    }
    await world.clock.advance(2000);
    const next = await ask(b);
    expect(next.status).toBe(206);
    await take(next);
    await world.clock.advance(10_000);
    await cut;
  });

  test('keeps it when nobody waits', async () => {
    const slow = trickle(await ask(anonymous, { range: `bytes=0-${2 * MIB}` }), 8000);
    await world.clock.advance(400_000);
    expect(await slow).toBe(2 * MIB + 1);
  });

  test('is none that this peer itself holds back', async () => {
    world.settings = { ...world.settings, 'upload.rate': 8 * KIB };
    let isDone = false;
    const held = take(await ask(anonymous, { range: `bytes=0-${MIB - 1}` })).then(() => {
      isDone = true;
    });
    for (let at = 0; at < 12; at++) {
      await placeOf(ask(b));
      await world.clock.advance(10_000);
    }
    expect(isDone).toBe(false);
    await world.clock.advance(30_000);
    await held;
  });

  /** Somebody waits for the slot, for as long as the reader reads. */
  async function waitFor(reading: Promise<number>, from: Remote): Promise<number | 'cut'> {
    let end: number | 'cut' | undefined;
    void reading.then((taken) => (end = taken)).catch(() => (end = 'cut'));
    for (let at = 0; at < 40 && end === undefined; at++) {
      await drop(await ask(from));
      await world.clock.advance(10_000);
    }
    return end ?? Number.NaN;
  }

  test('of moderate speed has its turn, some time more, and the chunk that it is at', async () => {
    const startMs = world.clock.monotonicMs();
    // Pieces of 64 KiB, one every three seconds: a chunk takes 48 s, and the second one ends after 96 s.
    const reading = trickle(await ask(a, { range: `bytes=0-${3 * MIB - 1}` }), 3000);
    expect(await waitFor(reading, b)).toBe('cut');
    expect(world.credits.terms(nodeOf(1)).sent).toBeCloseTo(2 * MIB, -3);
    expect(world.clock.monotonicMs() - startMs).toBeGreaterThan(90_000);
    expect(world.clock.monotonicMs() - startMs).toBeLessThan(80_000 + 48_000);
  });

  test('of moderate speed goes on as long as only clients without a name wait, if it has none itself', async () => {
    const reading = trickle(await ask(anonymous, { range: `bytes=0-${3 * MIB - 1}` }), 2000);
    expect(await waitFor(reading, remoteClient({ host: '203.0.113.7', port: 1 }))).toBe(3 * MIB);
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
    await world.server.withdraw(hash);
    await expect(body.read(new Uint8Array(MIB))).rejects.toMatchObject({ code: 'content.gone' });
    await body.close(false);
    expect((await ask(b)).status).toBe(410);
    expect((await world.ask(`/content/${hash}/tree`, { from: b })).status).toBe(410);
  });

  test('ends no other upload', async () => {
    const other = await world.share(MIB, 2);
    const response = await world.ask(`/content/${other.hash}`, { from: a });
    await world.server.withdraw(hash);
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
