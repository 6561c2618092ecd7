import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { PeerTarget } from '../../src-main/contract/address.ts';
import { formatContentRange } from '../../src-main/contract/content-range.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { IncomingRequest, Listening, OutgoingResponse } from '../../src-main/engine/ports/index.ts';
import { Collector } from '../support/collector.ts';
import { LINK_WORLDS, type LinkPeer, type LinkWorld, RecordingHandler } from '../support/link-world.ts';

const HASH = 'ab'.repeat(32) as ContentHash;
const SIZE = 3_000_000;
const byteAt = (position: number) => (position * 7 + (position >> 8)) & 255;

/** Answers a range of a made-up file, as the upload side does. */
function serve(request: IncomingRequest): OutgoingResponse {
  const match = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
  if (!match) return { status: 416 };
  const start = Number(match[1]);
  const end = Number(match[2]) + 1;
  let at = start;
  return {
    status: 206,
    headers: { 'Content-Range': formatContentRange({ start, end, size: SIZE }), ETag: `"${HASH}"` },
    body: {
      length: end - start,
      async read(target) {
        const count = Math.min(target.length, end - at);
        for (let i = 0; i < count; i++) target[i] = byteAt(at + i);
        at += count;
        return count;
      },
      async close() {},
    },
  };
}

const isRight = (body: readonly number[], start: number) => body.every((byte, i) => byte === byteAt(start + i));

describe.each(LINK_WORLDS)('content client over %s', (_, makeWorld) => {
  let world: LinkWorld;
  let client: LinkPeer;
  let server: LinkPeer;
  let handler: RecordingHandler;
  let listening: Listening;
  let target: PeerTarget;

  beforeEach(async () => {
    world = makeWorld();
    [client, server] = [await world.peer(), await world.peer()];
    handler = new RecordingHandler();
    handler.answer = async (request) => serve(request);
    listening = await server.links.listen({ host: server.host, port: 0 }, handler);
    target = { address: listening.address, nodeId: server.nodeId };
  });

  afterEach(async () => {
    await listening.close();
    await Promise.all([client.links.close(), server.links.close()]);
    await world.stop();
  });

  it('fetches a range into the rooms of the sink', async () => {
    const connection = await client.contentClient.connect(target);
    const sink = new Collector(10_007);
    connection.fetch({ hash: HASH, start: 1000, end: 801_000, headers: { 'X-Queue': 'last' } }, sink);
    expect(await sink.outcome).toBe('end');
    expect(sink.status).toBe(206);
    expect(sink.headers.etag).toBe(`"${HASH}"`);
    expect(sink.body.length).toBe(800_000);
    expect(isRight(sink.body, 1000)).toBe(true);
    expect(handler.requests[0]).toMatchObject({ method: 'GET', path: `/content/${HASH}` });
    expect(handler.requests[0]?.headers).toMatchObject({ range: 'bytes=1000-800999', 'x-queue': 'last' });
    expect(handler.requests[0]?.remote.nodeId).toBe(client.nodeId);
    expect(connection.remote).toEqual({ nodeId: server.nodeId, address: listening.address });
    connection.close();
  });

  it('answers several fetches on one connection in order', async () => {
    const connection = await client.contentClient.connect(target);
    const sinks = [0, 1, 2, 3].map(() => new Collector());
    const order: number[] = [];
    for (const [i, sink] of sinks.entries()) {
      connection.fetch({ hash: HASH, start: i * 100_000, end: (i + 1) * 100_000 }, sink);
      void sink.outcome.then(() => order.push(i));
    }
    for (const [i, sink] of sinks.entries()) {
      expect(await sink.outcome).toBe('end');
      expect(sink.body.length).toBe(100_000);
      expect(isRight(sink.body, i * 100_000)).toBe(true);
    }
    expect(order).toEqual([0, 1, 2, 3]);
    expect(new Set(handler.requests.map(({ remote }) => remote.address.port)).size).toBe(1);
    connection.close();
  });

  it('stops while the sink has no room and goes on after resume', async () => {
    const connection = await client.contentClient.connect(target);
    const sink = new Collector();
    const asked = Promise.withResolvers<void>();
    sink.hasRoom = false;
    sink.room = () => {
      asked.resolve();
      return sink.hasRoom ? Collector.prototype.room.call(sink) : undefined;
    };
    connection.fetch({ hash: HASH, start: 0, end: 500_000 }, sink);
    await asked.promise;
    expect(sink.body.length).toBe(0);
    sink.hasRoom = true;
    connection.resume();
    expect(await sink.outcome).toBe('end');
    expect(isRight(sink.body, 0)).toBe(true);
    expect(sink.body.length).toBe(500_000);
    connection.close();
  });

  it('gives any other status without its body, and goes on', async () => {
    const connection = await client.contentClient.connect(target);
    handler.answer = async () => ({ status: 503, headers: { 'Retry-After': '10' }, body: new Uint8Array(5000) });
    const refused = new Collector();
    connection.fetch({ hash: HASH, start: 0, end: 10 }, refused);
    expect(await refused.outcome).toBe('end');
    expect([refused.status, refused.headers['retry-after'], refused.body.length]).toEqual([503, '10', 0]);
    handler.answer = async (request) => serve(request);
    const served = new Collector();
    connection.fetch({ hash: HASH, start: 0, end: 10 }, served);
    expect(await served.outcome).toBe('end');
    expect(served.body.length).toBe(10);
    connection.close();
  });

  it('accepts an answer that stops before the end asked for', async () => {
    const connection = await client.contentClient.connect(target);
    handler.answer = async (request) => serve({ ...request, headers: { range: 'bytes=5-99' } });
    const sink = new Collector();
    connection.fetch({ hash: HASH, start: 5, end: 200 }, sink);
    expect(await sink.outcome).toBe('end');
    expect(sink.body.length).toBe(95);
    connection.close();
  });

  it.each(['bytes=6-99', 'bytes=5-200'])('fails for a 206 of another range: %s', async (range) => {
    const connection = await client.contentClient.connect(target);
    handler.answer = async (request) => serve({ ...request, headers: { range } });
    const sink = new Collector();
    connection.fetch({ hash: HASH, start: 5, end: 200 }, sink);
    expect(await sink.outcome).toBe('peer.protocol');
    expect(sink.body).toEqual([]);
  });

  it('fails running and waiting fetches when it is closed, and later ones too', async () => {
    const connection = await client.contentClient.connect(target);
    handler.answer = () => new Promise(() => {});
    const sinks = [new Collector(), new Collector()];
    for (const sink of sinks) connection.fetch({ hash: HASH, start: 0, end: 10 }, sink);
    connection.close();
    connection.close();
    const late = new Collector();
    connection.fetch({ hash: HASH, start: 0, end: 10 }, late);
    expect(await Promise.all([...sinks, late].map(({ outcome }) => outcome))).toEqual(Array(3).fill('peer.closed'));
  });

  it('fails what runs when the other peer stops in the middle', async () => {
    const connection = await client.contentClient.connect(target);
    const reading = Promise.withResolvers<void>();
    handler.answer = async (request) => {
      const answer = serve(request);
      const body = {
        length: 1000,
        read() {
          reading.resolve();
          return new Promise<number>(() => {});
        },
        async close() {},
      };
      return { ...answer, body };
    };
    const sink = new Collector();
    connection.fetch({ hash: HASH, start: 0, end: 1000 }, sink);
    await reading.promise;
    await listening.close();
    expect(await sink.outcome).toBe('peer.closed');
  });

  it('stops connecting when aborted', async () => {
    const signal = AbortSignal.abort(new Error('not wanted'));
    await expect(client.contentClient.connect(target, signal)).rejects.toThrow('not wanted');
  });
});
