import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import type { OutgoingResponse, Remote } from '../../../src-main/engine/ports/index.ts';
import { isStream } from '../../../src-main/engine/ports/is-stream.ts';
import { nodeOf } from '../../support/upload-askers.ts';
import { drop, remoteClient, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const KIB = 2 ** 10;
const MIB = 2 ** 20;
const [a, b] = [remotePeer(1), remotePeer(2)];

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

  test('loses its turn in the lane of small files after 20 s, and who waits gets it', async () => {
    world.settings = { ...world.settings, 'upload.small-lane': 1 };
    const small = await world.share(MIB, 2);
    const slow = trickle(await world.ask(`/content/${small.hash}`, { from: anonymous }), 8000);
    const cut = expect(slow).rejects.toMatchObject({ code: 'content.stalled' });
    const waiting = world.ask(`/content/${small.hash}`, { from: b });
    await world.clock.advance(19_000);
    expect(await Promise.race([waiting, Promise.resolve('waits')])).toBe('waits');
    await world.clock.advance(3000);
    expect(await take(await waiting)).toEqual(small.bytes);
    await world.clock.advance(10_000);
    await cut;
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
