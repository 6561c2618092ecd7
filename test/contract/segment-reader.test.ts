import { createServer, type Socket } from 'node:net';
import { expect, onTestFinished, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import { parseWebUrl } from '../../src-main/contract/web-url.ts';
import { ChunkBuffers } from '../../src-main/engine/download/chunk-buffers.ts';
import { receivingLimit } from '../../src-main/engine/download/receiving-limit.ts';
import { readSegments, type Segment } from '../../src-main/engine/download/segment-reader.ts';
import { NodeWebClient } from '../../src-main/platform/web/node-web-client.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

/** The reader of segments on real sockets, which write where it told them to; time is virtual. */

const MIB = 2 ** 20;
const SIZE = 8 * MIB;
const HEAD = `HTTP/1.1 206 Part\r\ncontent-range: bytes 0-${SIZE - 1}/${SIZE}\r\ncontent-length: ${SIZE}\r\n\r\n`;

type Reading = {
  readonly sent: number;
  readonly rateBps?: number;
  readonly end?: () => number;
  readonly take?: (segment: Segment) => Promise<ArrayBuffer>;
};

/** Reads from a server that sends `sent` bytes of a file and no more. */
async function read({ sent, rateBps, end = () => SIZE, take = async ({ buffer }) => buffer }: Reading) {
  const asked = Promise.withResolvers<Socket>();
  const server = createServer((socket) => {
    socket
      .on('error', () => undefined)
      .once('data', () => {
        socket.write(HEAD);
        socket.write(Buffer.alloc(sent, 'a'));
        asked.resolve(socket);
      });
    onTestFinished(() => void socket.destroy());
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  onTestFinished(() => void server.close());
  const address = server.address();
  const url = parseWebUrl(`http://x.example:${typeof address === 'object' && address ? address.port : 0}/f`);
  if (!url) throw new Error('no URL');
  const client = new NodeWebClient({ localAddress: () => undefined, dialTimeoutMs: () => 2000 });
  const connection = client.open(url, '127.0.0.1');
  onTestFinished(() => connection.close());
  const clock = new VirtualClock();
  const buffers = new ChunkBuffers(() => 100 * MIB);
  const stop = new AbortController();
  let received = 0;
  const done = readSegments(
    { start: 0, end: SIZE },
    {
      ...{ clock, buffers, take, end, segmentBytes: MIB, signal: stop.signal },
      settings: () => DEFAULT_SETTINGS,
      limits: rateBps === undefined ? [] : [receivingLimit(clock, () => rateBps)],
      connection: {
        size: SIZE,
        hasRanges: true,
        fetch: (range, sink) => connection.fetch(range, sink),
        resume: () => connection.resume(),
        close: () => connection.close(),
      },
      received: (bytes) => {
        received += bytes;
      },
    },
  );
  let outcome: unknown;
  done.then(
    () => {
      outcome = 'end';
    },
    (error: unknown) => {
      outcome = error;
    },
  );
  const socket = await asked.promise;
  /** Real bytes come between steps of virtual time. */
  const until = async (isOver: () => boolean) => {
    while (!isOver()) {
      await clock.advance(20);
      await new Promise(setImmediate);
    }
  };
  return { buffers, stop, socket, clock, until, received: () => received, outcome: () => outcome };
}

test("bytes that come after a range was given up get into no memory that is another's by then", async () => {
  const isTaken = Promise.withResolvers<void>();
  const sent = 2 * MIB + 1000;
  const reading = await read({
    sent,
    take: async ({ buffer }) => {
      await isTaken.promise;
      return buffer;
    },
  });
  await reading.until(() => reading.received() === sent);
  // Another download is at work too: what is given back is kept for it.
  reading.buffers.take(true, () => undefined);
  const closed = new Promise((resolve) => reading.socket.once('close', resolve));
  reading.stop.abort(new Error('paused'));
  const next = reading.buffers.take(true, () => undefined);
  if (!next) throw new Error('no memory');
  const bytes = new Uint8Array(next).fill(0x42);
  reading.socket.write(Buffer.alloc(100_000, 'X'));
  await closed;
  expect(bytes.every((byte) => byte === 0x42)).toBe(true);
  expect(reading.outcome()).toBeUndefined();
  isTaken.resolve();
  await reading.until(() => reading.outcome() !== undefined);
  expect(reading.outcome()).toMatchObject({ message: 'paused' });
});

test.each([4, 8])(
  'a server that falls silent just when the limit is used up, after %i times 32 KiB, is found out',
  async (times) => {
    const sent = times * 32 * 1024;
    const reading = await read({ sent, rateBps: 1_000_000 });
    await reading.until(() => reading.received() === sent);
    const ms = await reading.clock.runUntil(() => reading.outcome() !== undefined, 60_000);
    expect(ms).toBeGreaterThanOrEqual(DEFAULT_SETTINGS['download.stall'] - 1000);
    expect(reading.outcome()).toMatchObject({ code: 'content.stalled' });
  },
);

test('a server that falls silent while segments before are still being taken is found out, but not before they are', async () => {
  const isTaken = Promise.withResolvers<void>();
  const reading = await read({
    sent: 3 * MIB,
    take: async ({ buffer }) => {
      await isTaken.promise;
      return buffer;
    },
  });
  await reading.until(() => reading.received() === 3 * MIB);
  await reading.clock.advance(100_000);
  expect(reading.outcome()).toBeUndefined();
  isTaken.resolve();
  await reading.clock.runUntil(() => reading.outcome() !== undefined, 60_000);
  expect(reading.outcome()).toMatchObject({ code: 'content.stalled' });
});

test('of a range that became shorter the connection is closed where it ends', async () => {
  const reading = await read({ sent: SIZE, end: () => 2 * MIB });
  const closed = new Promise((resolve) => reading.socket.once('close', resolve));
  await reading.until(() => reading.outcome() !== undefined);
  expect([reading.outcome(), reading.received()]).toEqual(['end', 2 * MIB]);
  await closed;
});
