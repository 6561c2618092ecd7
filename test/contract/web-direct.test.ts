import { once } from 'node:events';
import { createServer, type Socket } from 'node:net';
import { createServer as createSecureServer } from 'node:tls';
import { expect, onTestFinished, test } from 'vitest';
import { parseWebUrl } from '../../src-main/contract/web-url.ts';
import type { WebConnection } from '../../src-main/engine/ports/index.ts';
import { NodeWebClient } from '../../src-main/platform/web/node-web-client.ts';
import { Collector } from '../support/collector.ts';
import { requireTool } from '../support/tools.ts';
import { makeWebCertificate } from '../support/web-certificate.ts';

/** What servers of the web do with connections and answers, byte by byte on a socket. */

const BODY = 'x'.repeat(100);
const head = (...fields: readonly string[]) =>
  `HTTP/1.1 206 Part\r\ncontent-range: bytes 0-99/1000\r\n${fields.join('\r\n')}\r\n\r\n`;
const PLAIN = `${head('content-length: 100')}${BODY}`;
const CHUNKED = `${head('transfer-encoding: chunked')}64\r\n${BODY}\r\n0\r\n\r\n`;

type Asked = { readonly socket: Socket; readonly connection: number; readonly request: number };

/** Answers each request of each connection, both counted from 1. */
async function serve(answer: (asked: Asked) => void) {
  const sockets: Socket[] = [];
  const seen = { connections: 0, requests: 0 };
  const server = createServer((socket) => {
    const connection = sockets.push(socket.on('error', () => undefined));
    seen.connections++;
    let request = 0;
    socket.on('data', () => {
      seen.requests++;
      answer({ socket, connection, request: ++request });
    });
  });
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  const address = server.address();
  const url = parseWebUrl(`http://x.example:${typeof address === 'object' && address ? address.port : 0}/f?a=1`);
  if (!url) throw new Error('no URL');
  const client = new NodeWebClient({ localAddress: () => undefined, dialTimeoutMs: () => 2000 });
  const connection = client.open(url, '127.0.0.1');
  onTestFinished(() => {
    connection.close();
    for (const socket of sockets) socket.destroy();
    server.close();
  });
  return { connection, seen };
}

async function fetched(connection: WebConnection): Promise<readonly [unknown, number]> {
  const sink = new Collector();
  connection.fetch({ start: 0, end: 100 }, sink);
  return [await sink.outcome, sink.body.length];
}

test('one connection carries one plain answer after the other', async () => {
  const { connection, seen } = await serve(({ socket }) => void socket.write(PLAIN));
  for (let round = 0; round < 3; round++) expect(await fetched(connection)).toEqual(['end', 100]);
  expect(seen).toEqual({ connections: 1, requests: 3 });
});

test('a request is not sent before the answer to the one before has ended', async () => {
  let running = 0;
  let most = 0;
  const { connection } = await serve(({ socket }) => {
    most = Math.max(most, ++running);
    setImmediate(() => {
      running--;
      socket.write(PLAIN);
    });
  });
  await Promise.all([fetched(connection), fetched(connection), fetched(connection)]);
  expect(most).toBe(1);
});

test.each([
  ['in chunks', CHUNKED],
  ['after an interim answer', `HTTP/1.1 103 Early\r\nlink: </a>\r\n\r\n${PLAIN}`],
])('an answer %s is asked for once more, and then understood at once', async (_, answer) => {
  const { connection, seen } = await serve(({ socket }) => void socket.write(answer));
  for (let round = 0; round < 3; round++) expect(await fetched(connection)).toEqual(['end', 100]);
  expect(seen).toEqual({ connections: 2, requests: 4 });
});

test('a connection that the server ends after each answer is opened again for the next', async () => {
  const closing = head('content-length: 100', 'connection: close') + BODY;
  const { connection, seen } = await serve(({ socket }) => void socket.end(closing));
  for (let round = 0; round < 3; round++) expect(await fetched(connection)).toEqual(['end', 100]);
  expect(seen).toEqual({ connections: 3, requests: 3 });
});

test('a kept connection that ends just when it is asked again costs another try, not the server', async () => {
  const { connection, seen } = await serve(({ socket, request }) => {
    if (request === 1) socket.write(PLAIN);
    else socket.destroy();
  });
  for (let round = 0; round < 3; round++) expect(await fetched(connection)).toEqual(['end', 100]);
  expect(seen).toEqual({ connections: 3, requests: 5 });
});

test('a server that never answers before it ends is asked a few times at most', async () => {
  const { connection, seen } = await serve(({ socket }) => void socket.destroy());
  expect(await fetched(connection)).toEqual(['peer.closed', 0]);
  expect(seen.requests).toBeLessThanOrEqual(3);
});

test.each([
  ['more than its head tells', `${PLAIN}${'y'.repeat(5000)}`],
  ['a second answer that nobody asked for', PLAIN + PLAIN],
])('of %s nothing gets to the sink', async (_, answer) => {
  const { connection } = await serve(({ socket }) => void socket.write(answer));
  for (let round = 0; round < 3; round++) {
    const [outcome, bytes] = await fetched(connection);
    expect([outcome, bytes]).toEqual(['end', 100]);
  }
});

test('a fetch that is closed in the midst of its answer is told so once', async () => {
  const { connection } = await serve(({ socket }) => void socket.write(PLAIN.slice(0, -50)));
  const arrived = Promise.withResolvers<void>();
  const told: string[] = [];
  connection.fetch(
    { start: 0, end: 100 },
    {
      head: () => told.push('head'),
      room: () => new Uint8Array(100),
      filled: () => arrived.resolve(),
      end: () => told.push('end'),
      failed: () => told.push('failed'),
    },
  );
  await arrived.promise;
  connection.close();
  await new Promise(setImmediate);
  expect(told).toEqual(['head', 'failed']);
});

test.skipIf(!requireTool('openssl', ['version']))(
  'of an https server that ends after its answer all gets to a sink that had no room when the end came',
  async () => {
    const certificate = makeWebCertificate('x.example');
    const body = 'x'.repeat(40_000);
    const text = `HTTP/1.1 206 Part\r\ncontent-range: bytes 0-39999/40000\r\ncontent-length: 40000\r\nconnection: close\r\n\r\n`;
    const ended = Promise.withResolvers<void>();
    const server = createSecureServer(certificate, (socket) => {
      // The end of this side, which follows when that one has seen the other.
      socket.on('error', () => undefined).on('close', () => ended.resolve());
      socket.once('data', () => socket.end(text + body));
    });
    await once(server.listen(0, '127.0.0.1'), 'listening');
    onTestFinished(() => void server.close());
    const address = server.address();
    const url = parseWebUrl(`https://x.example:${typeof address === 'object' && address ? address.port : 0}/f`);
    if (!url) throw new Error('no URL');
    const authorities = async () => [certificate.cert];
    const client = new NodeWebClient({ localAddress: () => undefined, dialTimeoutMs: () => 2000, authorities });
    const connection = client.open(url, '127.0.0.1');
    onTestFinished(() => connection.close());
    const sink = new Collector();
    const head = Promise.withResolvers<void>();
    sink.head = () => {
      sink.hasRoom = false;
      head.resolve();
    };
    connection.fetch({ start: 0, end: 40_000 }, sink);
    await head.promise;
    await ended.promise;
    sink.hasRoom = true;
    connection.resume();
    expect([await sink.outcome, sink.body.length]).toEqual(['end', body.length]);
  },
);
