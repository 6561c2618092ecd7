import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { NO_ADDRESS } from '../../../src-main/contract/address.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { ChunkMap } from '../../../src-main/engine/content/chunk-map.ts';
import type { OutgoingResponse, Remote } from '../../../src-main/engine/ports/index.ts';
import { readAvailableRanges } from '../../../src-main/engine/wire/available-ranges.ts';
import { drop, json, remoteClient, remotePeer, take, UploadWorld } from '../../support/upload-world.ts';

const MIB = 2 ** 20;
const CHUNKS = 4;
const SIZE = CHUNKS * MIB - 7;
const [a, b, c] = [remotePeer(1), remotePeer(2), remotePeer(3)];
const MEMBER = { 'x-swarm': 'port=2000' };

let world: UploadWorld;
let hash: ContentHash;
let bytes: Uint8Array;

beforeEach(async () => {
  world = await UploadWorld.start();
  ({ hash, bytes } = await world.share(SIZE, 1));
});
afterEach(async () => {
  await world.stop();
  expect(world.disk.openHandles).toBe(0);
  expect(world.clock.pendingTimers).toBe(0);
});

const askChunk = (from: Remote, first: number, { last = first, headers = MEMBER as Record<string, string> } = {}) =>
  world.ask(`/content/${hash}`, {
    from,
    headers: { range: `bytes=${first * MIB}-${(last + 1) * MIB - 1}`, ...headers },
  });
const mapOf = (from: Remote, headers: Record<string, string> = {}) =>
  world.ask(`/content/${hash}/chunks`, { from, headers: { ...MEMBER, ...headers } });
const held = (map: ChunkMap | undefined) =>
  Array.from({ length: map?.length ?? 0 }, (_, at) => (map?.has(at) ? at : -1)).filter((at) => at >= 0);
/** The answer, taken to its end. */
async function taken(answer: Promise<OutgoingResponse>): Promise<OutgoingResponse> {
  await take(await answer);
  return answer;
}
const available = ({ headers }: OutgoingResponse) => {
  const text = headers?.['x-available-ranges'];
  return text === undefined ? 'all' : held(readAvailableRanges(text, SIZE, undefined));
};
const told = (response: OutgoingResponse) => held(ChunkMap.fromBytes(response.body as Uint8Array, CHUNKS));

describe('a whole file, fetched by peers that pass on what they have', () => {
  test('no chunk is sent twice while one is unsent', async () => {
    expect(Buffer.compare(await take(await askChunk(a, 0)), bytes.subarray(0, MIB))).toBe(0);
    const again = await askChunk(b, 0);
    expect([again.status, available(again)]).toEqual([416, [1, 2, 3]]);
    // What begins before is cut where it would be sent twice.
    const sending = await askChunk(b, 2);
    const cut = await askChunk(c, 1, { last: 3 });
    expect(cut.headers?.['content-range']).toBe(`bytes ${MIB}-${2 * MIB - 1}/${SIZE}`);
    await Promise.all([take(sending), take(cut)]);
    expect(told(await mapOf(a))).toEqual([0, 3]);
    expect(told(await mapOf(b))).toEqual([2, 3]);
    await take(await askChunk(c, 3));
    // All are sent: each may have any, for what the others have may be far away from it.
    for (const peer of [a, b, c]) expect(told(await mapOf(peer))).toEqual([0, 1, 2, 3]);
    expect(available(await taken(askChunk(a, 3)))).toBe('all');
  });

  test('what was not sent to the end may go to another', async () => {
    await drop(await askChunk(a, 0, { last: 1 }));
    await take(await askChunk(b, 0));
    const half = await askChunk(a, 2, { last: 3 });
    if (typeof half.body !== 'object' || half.body instanceof Uint8Array) throw new Error('no body');
    await half.body.read(new Uint8Array(MIB));
    await drop(half);
    expect(told(await mapOf(b))).toEqual([0, 1, 3]);
    expect(told(await mapOf(a))).toEqual([1, 2, 3]);
  });

  test('what a member has who is gone is sent again', async () => {
    await take(await askChunk(a, 0));
    await mapOf(b);
    await world.clock.advance(80_000);
    expect(told(await mapOf(b))).toEqual([1, 2, 3]);
    await world.clock.advance(11_000);
    expect(told(await mapOf(b))).toEqual([0, 1, 2, 3]);
  });

  test('is kept back for two minutes only, and not at all for a part of it', async () => {
    const byte = { range: `bytes=${2 * MIB - 1}-${2 * MIB - 1}`, ...MEMBER };
    await take(await world.ask(`/content/${hash}`, { from: a, headers: byte }));
    expect(told(await mapOf(b))).toEqual([0, 1, 2, 3]);
    await take(await askChunk(a, 0));
    for (let minute = 0; minute < 2; minute++) {
      expect(told(await mapOf(b))).toEqual([1, 2, 3]);
      await world.clock.advance(59_000);
      // It is still there, and asks for news.
      await mapOf(a);
    }
    await world.clock.advance(3000);
    expect(told(await mapOf(b))).toEqual([0, 1, 2, 3]);
  });

  test('is not taken for being sent for ever when another that was sent it too gave up', async () => {
    await mapOf(b);
    await take(await askChunk(a, 1, { last: 3 }));
    const first = await askChunk(a, 0);
    // All is sent or being sent: everybody may have any.
    const second = await askChunk(b, 0);
    await take(first);
    await drop(second);
    for (let part = 0; part < 3; part++) {
      await world.clock.advance(41_000);
      await mapOf(a);
    }
    expect(told(await mapOf(b))).toEqual([0, 1, 2, 3]);
  });

  test('names of one address do not hide the others', async () => {
    await mapOf(a);
    for (let number = 20; number < 60; number++) await mapOf(remotePeer(number, '203.0.113.9'));
    const { sources } = json(await world.ask(`/content/${hash}/sources`, { from: c })) as {
      sources: { node: string }[];
    };
    expect(sources).toHaveLength(3);
    expect(sources.map(({ node }) => node)).toContain(a.nodeId);
  });

  test('who keeps what it has to itself is served as ever', async () => {
    await take(await askChunk(a, 0));
    for (const from of [b, remoteClient({ host: '203.0.113.9', port: 5000 })]) {
      const answer = await askChunk(from, 0, { headers: {} });
      expect([answer.status, available(answer)]).toEqual([206, 'all']);
      await take(answer);
    }
    // An anonymous client cannot be a member, whatever it says.
    const anonymous = remoteClient({ host: '203.0.113.9', port: 5000 });
    expect(available(await taken(askChunk(anonymous, 0)))).toBe('all');
  });

  test('who was met at a relay is a member that nobody is told of', async () => {
    const met = { nodeId: a.nodeId, address: NO_ADDRESS };
    await take(await askChunk(met, 0));
    expect(available(await askChunk(b, 0))).toEqual([1, 2, 3]);
    expect(json(await world.ask(`/content/${hash}/sources`, { from: c }))).toEqual({
      sources: [{ node: b.nodeId, address: '198.51.100.2:2000', complete: false }],
    });
    expect(world.met).toEqual([`${b.nodeId} 198.51.100.2:2000`]);
  });

  test('members are named to others, at the address that they are seen from, and never to themselves', async () => {
    await take(await askChunk(a, 0));
    await mapOf(b, { 'x-swarm': 'port=3000' });
    await mapOf(c, { 'x-swarm': 'port=0' });
    const named = async (from: Remote) => json(await world.ask(`/content/${hash}/sources`, { from }));
    const [first, second] = [
      { node: a.nodeId, address: '198.51.100.1:2000', complete: false },
      { node: b.nodeId, address: '198.51.100.2:3000', complete: false },
    ];
    // Another one comes first each time.
    expect(await named(c)).toEqual({ sources: [first, second] });
    expect(await named(c)).toEqual({ sources: [second, first] });
    expect(await named(a)).toEqual({ sources: [second] });
    expect(new Set(world.met)).toEqual(new Set([`${a.nodeId} 198.51.100.1:2000`, `${b.nodeId} 198.51.100.2:3000`]));
    await world.clock.advance(3_600_001);
    expect(await named(c)).toEqual({ sources: [] });
  });
});

describe('a map of chunks', () => {
  test('is told again when it is another, to who waits for that', async () => {
    await mapOf(b);
    const { headers } = await mapOf(a);
    const etag = headers?.etag ?? '';
    const waiting = mapOf(a, { 'if-none-match': etag, prefer: 'wait=10' });
    await world.clock.advance(3000);
    await take(await askChunk(b, 2));
    const news = await waiting;
    expect([news.status, told(news)]).toEqual([200, [0, 1, 3]]);
    expect(news.headers?.etag).not.toBe(etag);
  });

  test('is not told again when it is the same', async () => {
    const { headers } = await mapOf(a);
    const etag = headers?.etag ?? '';
    expect((await mapOf(a, { 'if-none-match': etag })).status).toBe(304);
    const startMs = world.clock.monotonicMs();
    const waiting = mapOf(a, { 'if-none-match': etag, prefer: 'wait=5' });
    await world.clock.advance(60_000);
    expect((await waiting).status).toBe(304);
    expect(world.clock.monotonicMs() - startMs).toBe(60_000);
  });

  test('is waited for no longer than the asker is there', async () => {
    const gone = new AbortController();
    const { headers } = await mapOf(a);
    const waiting = world.ask(`/content/${hash}/chunks`, {
      from: a,
      headers: { ...MEMBER, 'if-none-match': headers?.etag ?? '', prefer: 'wait=20' },
      signal: gone.signal,
    });
    gone.abort();
    expect((await waiting).status).toBe(304);
    expect(world.clock.pendingTimers).toBeLessThanOrEqual(1);
  });
});

describe('a file that is still loading', () => {
  const part = new ChunkMap(CHUNKS);
  beforeEach(() => {
    part.addRange({ start: 0, end: CHUNKS });
    part.remove(0);
    part.remove(2);
    world.files.parts.set(hash, part);
  });

  test('is served as far as it is here, and says what is', async () => {
    const answer = await askChunk(a, 1, { last: 3 });
    expect(answer.headers?.['content-range']).toBe(`bytes ${MIB}-${2 * MIB - 1}/${SIZE}`);
    expect(available(answer)).toEqual([1, 3]);
    expect(Buffer.compare(await take(answer), bytes.subarray(MIB, 2 * MIB))).toBe(0);
    expect(Buffer.compare(await take(await askChunk(a, 3)), bytes.subarray(3 * MIB))).toBe(0);
    const lacking = await askChunk(a, 2);
    expect([lacking.status, available(lacking)]).toEqual([416, [1, 3]]);
    const whole = await world.ask(`/content/${hash}`, { from: a });
    expect([whole.status, available(whole)]).toEqual([416, [1, 3]]);
    const head = await world.ask(`/content/${hash}`, { from: a, method: 'HEAD' });
    expect([head.status, available(head)]).toEqual([200, [1, 3]]);
    expect(told(await mapOf(b))).toEqual([1, 3]);
  });

  test('goes to those who load it too outside the slots, first to who gives most, and little at once', async () => {
    world.settings = { ...world.settings, 'upload.slots': 1, 'upload.swaps': 1 };
    const stranger = await askChunk(remotePeer(9), 1, { headers: {} });
    const first = await askChunk(a, 1);
    expect([stranger.status, first.status]).toEqual([206, 206]);
    world.given.set(c.nodeId ?? '', 5 * MIB);
    const order: string[] = [];
    const later = [b, c].map(async (peer) => {
      const answer = await askChunk(peer, 3);
      order.push(peer.nodeId ?? '');
      await take(answer);
    });
    await world.clock.advance(1000);
    expect(world.server.uploads()).toMatchObject([{ state: 'active' }, { state: 'active' }]);
    await Promise.all([take(first), take(stranger)]);
    await Promise.all(later);
    expect(order).toEqual([c.nodeId, b.nodeId]);
  });

  test('who takes next to nothing of what it asked for makes room, and one address has one place', async () => {
    world.settings = { ...world.settings, 'upload.swaps': 2 };
    const [one, two] = [remotePeer(30, '203.0.113.9'), remotePeer(31, '203.0.113.9')];
    const slow = await askChunk(one, 1);
    const second = askChunk(two, 1);
    await world.clock.advance(4500);
    expect((await second).status).toBe(503);
    const { body } = slow;
    if (typeof body !== 'object' || body instanceof Uint8Array) throw new Error('no body');
    await body.read(new Uint8Array(1000));
    await body.admit?.(1000);
    await world.clock.advance(30_000);
    await expect(body.read(new Uint8Array(1000))).rejects.toMatchObject({ code: 'content.stalled' });
    await drop(slow);
    expect((await taken(askChunk(two, 1))).status).toBe(206);
  });

  test('who does not pass on what it gets is sent as much as ever', async () => {
    const bigger = await world.share(6 * MIB, 9);
    world.files.parts.set(bigger.hash, ChunkMap.full(6));
    await take(await world.ask(`/content/${bigger.hash}`, { from: a, headers: { range: 'bytes=0-99', ...MEMBER } }));
    const lengthFor = async (headers: Record<string, string>) => {
      const range = { range: `bytes=0-${6 * MIB - 1}` };
      const answer = await taken(world.ask(`/content/${bigger.hash}`, { from: b, headers: { ...range, ...headers } }));
      return answer.headers?.['content-range'];
    };
    expect(await lengthFor(MEMBER)).toBe(`bytes 0-${4 * MIB - 1}/${6 * MIB}`);
    expect(await lengthFor({})).toBe(`bytes 0-${6 * MIB - 1}/${6 * MIB}`);
  });

  test('who waits too long is told to come again soon, which is no fault', async () => {
    world.settings = { ...world.settings, 'upload.swaps': 1 };
    const first = await askChunk(a, 1);
    const waiting = askChunk(b, 1);
    await world.clock.advance(5000);
    expect(await waiting).toMatchObject({ status: 503, headers: { 'retry-after': '2' } });
    await take(first);
    expect(world.strikes).toEqual([]);
  });

  test('is served no more once it is paused or cancelled', async () => {
    const sending = await askChunk(a, 1);
    world.files.parts.delete(hash);
    world.files.unshare(hash);
    await world.clock.advance(2000);
    await take(sending).catch(() => undefined);
    expect((await askChunk(a, 1)).status).toBe(410);
  });

  test('has swaps for a while after it is whole', async () => {
    await take(await askChunk(a, 1));
    world.files.parts.delete(hash);
    world.settings = { ...world.settings, 'upload.slots': 1 };
    await world.clock.advance(2000);
    const stranger = await askChunk(remotePeer(9), 1, { headers: {} });
    const swap = await askChunk(a, 0);
    expect([stranger.status, swap.status]).toEqual([206, 206]);
    await drop(swap);
    await world.clock.advance(300_000);
    expect((await askChunk(a, 0)).status).toBe(503);
    await drop(stranger);
  });
});
