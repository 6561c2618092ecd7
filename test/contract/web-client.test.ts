import { getEventListeners } from 'node:events';
import { createServer as createSecureServer } from 'node:https';
import { syncBuiltinESMExports } from 'node:module';
import { createServer as createRawServer, type Server, type Socket } from 'node:net';
import tls from 'node:tls';
import { afterEach, beforeEach, describe, expect, it, onTestFinished, vi } from 'vitest';
import { formatContentRange } from '../../src-main/contract/content-range.ts';
import { parseWebUrl } from '../../src-main/contract/web-url.ts';
import type { WebConnection, WebRange } from '../../src-main/engine/ports/index.ts';
import { NodeWebClient } from '../../src-main/platform/web/node-web-client.ts';
import { readAuthorities } from '../../src-main/platform/web/read-authorities.ts';
import { trustingContext } from '../../src-main/platform/web/trusting-context.ts';
import type { MemoryWebRequest } from '../../src-main/simulator/memory-web.ts';
import { Collector } from '../support/collector.ts';
import { requireTool } from '../support/tools.ts';
import { makeWebCertificate } from '../support/web-certificate.ts';
import { pieces, WebMirror } from '../support/web-mirror.ts';
import { close, listen, WEB_WORLDS, type WebWorld } from '../support/web-world.ts';

const SIZE = 1_000_000;
const BYTES = Uint8Array.from({ length: SIZE }, (_, at) => (at * 7 + (at >> 8)) & 255);

describe.each(WEB_WORLDS)('web client on %s', (_, makeWorld) => {
  let world: WebWorld;
  let mirror: WebMirror;
  let connection: WebConnection;
  let requests: MemoryWebRequest[];

  beforeEach(async () => {
    world = await makeWorld();
    mirror = new WebMirror(BYTES);
    requests = [];
    world.serve = (request) => {
      requests.push(request);
      return mirror.serve(request);
    };
    connection = world.client.open(world.url, world.address);
  });
  afterEach(async () => {
    connection.close();
    await world.stop();
  });

  async function fetched(range: WebRange) {
    const sink = new Collector();
    connection.fetch(range, sink);
    return { outcome: await sink.outcome, sink };
  }
  const isRight = ({ body }: Collector, start: number) => body.every((byte, at) => byte === BYTES[start + at]);

  it('gives the addresses of a host, and an address for itself', async () => {
    const { hostname } = new URL(world.url);
    expect(await world.client.resolve(hostname)).toContain('127.0.0.1');
    expect(await world.client.resolve('192.0.2.7')).toEqual(['192.0.2.7']);
    expect(await world.client.resolve('::ffff:10.0.0.1')).toEqual(['10.0.0.1']);
    await expect(world.client.resolve('no..host')).rejects.toMatchObject({ code: 'peer.unreachable' });
  });

  it('leaves nothing with the signal that would have ended the question', async () => {
    const { signal } = new AbortController();
    await world.client.resolve(new URL(world.url).hostname, signal);
    await expect(world.client.resolve('no..host', signal)).rejects.toMatchObject({ code: 'peer.unreachable' });
    expect(getEventListeners(signal, 'abort')).toEqual([]);
    const reason = new Error('given up');
    await expect(world.client.resolve('x.example', AbortSignal.abort(reason))).rejects.toBe(reason);
  });

  it('fetches ranges one after the other, as many as are asked for', async () => {
    const sinks = [0, 1, 2].map(() => new Collector(10_007));
    for (const [index, sink] of sinks.entries()) {
      connection.fetch({ start: index * 300_000, end: (index + 1) * 300_000 }, sink);
    }
    for (const [index, sink] of sinks.entries()) {
      expect(await sink.outcome).toBe('end');
      expect([sink.status, sink.body.length]).toEqual([206, 300_000]);
      expect(isRight(sink, index * 300_000)).toBe(true);
    }
    expect(requests[0]?.url).toBe(world.url);
  });

  it('tells nothing of who asks, and takes nothing but the bytes themselves', async () => {
    await fetched({ start: 0, end: 1 });
    const { headers = {} } = requests[0] ?? {};
    expect(headers['accept-encoding']).toBe('identity');
    expect(headers.range).toBe('bytes=0-0');
    for (const name of ['cookie', 'authorization', 'referer', 'origin']) expect(headers).not.toHaveProperty(name);
  });

  it('stops while the sink has no room and goes on after resume', async () => {
    const sink = new Collector();
    const asked = Promise.withResolvers<void>();
    sink.hasRoom = false;
    sink.room = () => {
      asked.resolve();
      return sink.hasRoom ? Collector.prototype.room.call(sink) : undefined;
    };
    connection.fetch({ start: 0, end: SIZE }, sink);
    await asked.promise;
    expect(sink.body.length).toBe(0);
    sink.hasRoom = true;
    connection.resume();
    expect(await sink.outcome).toBe('end');
    expect([sink.body.length, isRight(sink, 0)]).toEqual([SIZE, true]);
  });

  it('gives any other status without its body, however long that is', async () => {
    for (const status of [200, 302, 404, 503]) {
      mirror.answer = () => ({ status, headers: { location: '/there' }, body: endless() });
      const { outcome, sink } = await fetched({ start: 0, end: 10 });
      expect([outcome, sink.status, sink.body.length, sink.headers.location]).toEqual(['end', status, 0, '/there']);
    }
    mirror.answer = () => undefined;
    expect((await fetched({ start: 5, end: 10 })).sink.body.length).toBe(5);
  });

  it('takes a whole file of a server that knows no ranges, as far as it is wanted', async () => {
    mirror.hasRanges = false;
    const { outcome, sink } = await fetched({ start: 0, end: 400_000, isWhole: true });
    expect([outcome, sink.status, sink.body.length, isRight(sink, 0)]).toEqual(['end', 206, 400_000, true]);
    expect(sink.headers['content-range']).toBe(formatContentRange({ start: 0, end: SIZE, size: SIZE }));
    expect(requests[0]?.headers).not.toHaveProperty('range');
    const all = await fetched({ start: 0, end: SIZE, isWhole: true });
    expect([all.outcome, all.sink.body.length, isRight(all.sink, 0)]).toEqual(['end', SIZE, true]);
  });

  const right = { 'content-range': `bytes 0-99/${SIZE}` };
  it.each([
    ['another range', { 'content-range': `bytes 1-100/${SIZE}` }, pieces(BYTES, 0, 100)],
    ['a longer range', { 'content-range': `bytes 0-199/${SIZE}` }, pieces(BYTES, 0, 200)],
    ['a range of unknown whole', { 'content-range': 'bytes 0-99/*' }, pieces(BYTES, 0, 100)],
    ['a coding', { ...right, 'content-encoding': 'gzip' }, pieces(BYTES, 0, 100)],
    ['a length that differs', { ...right, 'content-length': '99' }, pieces(BYTES, 0, 99)],
    ['a body that goes on', right, endless()],
    ['a body that is cut', right, pieces(BYTES, 0, 50)],
  ])('breaks at %s', async (_name, headers, body) => {
    mirror.answer = () => ({ status: 206, headers, body });
    expect((await fetched({ start: 0, end: 100 })).outcome).toBe('peer.protocol');
  });

  it('ends what runs and what waits when it is closed', async () => {
    world.serve = () => undefined;
    const sinks = [new Collector(), new Collector()];
    for (const sink of sinks) connection.fetch({ start: 0, end: 10 }, sink);
    connection.close();
    for (const sink of sinks) expect(await sink.outcome).toBe('peer.closed');
    expect((await fetched({ start: 0, end: 10 })).outcome).toBe('peer.closed');
  });
});

describe('web client on real sockets', () => {
  const client = (authorities?: () => Promise<readonly string[]>) =>
    new NodeWebClient({
      localAddress: () => undefined,
      dialTimeoutMs: () => 2000,
      ...(authorities ? { authorities } : {}),
    });
  async function outcome(made: NodeWebClient, url: string, address = '127.0.0.1') {
    const parsed = parseWebUrl(url);
    if (!parsed) throw new Error('no URL');
    const connection = made.open(parsed, address);
    onTestFinished(() => connection.close());
    const sink = new Collector();
    connection.fetch({ start: 0, end: 100 }, sink);
    return { outcome: await sink.outcome, sink };
  }
  async function raw(onConnection: (socket: Socket) => void): Promise<number> {
    const sockets: Socket[] = [];
    const server: Server = createRawServer((socket) => {
      sockets.push(socket.on('error', () => undefined).resume());
      onConnection(socket);
    });
    await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
    onTestFinished(() => {
      for (const socket of sockets) socket.destroy();
      server.close();
    });
    const address = server.address();
    return typeof address === 'object' && address ? address.port : 0;
  }

  it.skipIf(!requireTool('openssl', ['version']))(
    'believes a certificate of the host by an authority that the system believes, and no other',
    async () => {
      const certificate = makeWebCertificate('mirror.example');
      const server = createSecureServer(certificate, (_request, response) => {
        const fields = { 'content-range': 'bytes 0-99/1000', 'content-length': '100' };
        response.writeHead(206, fields).end(Buffer.alloc(100));
      });
      const port = await listen(server);
      onTestFinished(() => close(server));
      let connections = 0;
      server.on('connection', () => connections++);
      const good = client(async () => [certificate.cert]);
      expect((await outcome(good, `https://mirror.example:${port}/`)).outcome).toBe('end');
      // The name of the URL counts, not where it was found.
      expect((await outcome(good, `https://other.example:${port}/`)).outcome).toBe('peer.protocol');
      expect((await outcome(client(), `https://mirror.example:${port}/`)).outcome).toBe('peer.protocol');
      // Nobody asks once more, in another way.
      expect(connections).toBe(3);
    },
  );

  it.skipIf(!requireTool('openssl', ['version']))(
    'takes authorities in a few at a time, and believes the first as the last',
    async () => {
      const [first, between, last] = ['one.example', 'two.example', 'three.example'].map(makeWebCertificate);
      const texts = [first, ...Array.from({ length: 20 }, () => between), last].map((one) => one?.cert ?? '');
      let turns = 0;
      let isOver = false;
      const count = () => {
        turns++;
        if (!isOver) setImmediate(count);
      };
      setImmediate(count);
      const made = await trustingContext(texts);
      isOver = true;
      expect(turns).toBeGreaterThanOrEqual(texts.length - 1);
      expect(made).toBeDefined();
      const trusting = client(async () => texts);
      for (const [name, certificate] of [
        ['one.example', first],
        ['three.example', last],
      ] as const) {
        const server = createSecureServer(certificate ?? {}, (_request, response) => {
          response.writeHead(206, { 'content-range': 'bytes 0-99/1000' }).end(Buffer.alloc(100));
        });
        const port = await listen(server);
        onTestFinished(() => close(server));
        expect((await outcome(trusting, `https://${name}:${port}/`)).outcome).toBe('end');
      }
    },
  );

  it('takes all authorities at once where Node has no way to add some', async () => {
    const making = vi.spyOn(tls, 'createSecureContext');
    making.mockReturnValueOnce({ context: {} });
    syncBuiltinESMExports();
    onTestFinished(() => {
      making.mockRestore();
      syncBuiltinESMExports();
    });
    const [first, second] = tls.rootCertificates;
    const made = await trustingContext([first ?? '', second ?? '']);
    expect(making.mock.lastCall).toEqual([{ ca: `${first}\n${second}`, minVersion: 'TLSv1.2' }]);
    expect(made).toBe(making.mock.results.at(-1)?.value);
  });

  it('reads the authorities of the system in another thread', async () => {
    const here = vi.spyOn(tls, 'getCACertificates');
    syncBuiltinESMExports();
    onTestFinished(() => {
      here.mockRestore();
      syncBuiltinESMExports();
    });
    const greeted = Promise.withResolvers<void>();
    const port = await raw((socket) => void socket.once('data', () => greeted.resolve(void socket.end())));
    expect((await outcome(client(), `https://x.example:${port}/`)).outcome).toBe('peer.closed');
    await greeted.promise;
    expect(here).not.toHaveBeenCalled();
    here.mockRestore();
    const system = tls.getCACertificates('system');
    const read = (await readAuthorities()).join('\n').match(/-----BEGIN CERTIFICATE-----/g) ?? [];
    expect(read.length).toBeGreaterThanOrEqual(Math.max(1, new Set(system).size));
  });

  it('tries anew to read them where that failed', async () => {
    let reads = 0;
    const port = await raw((socket) => void socket.once('data', () => socket.end()));
    const lame = client(async () => {
      if (++reads === 1) throw new Error('no thread');
      return [];
    });
    expect((await outcome(lame, `https://x.example:${port}/`)).outcome).not.toBe('end');
    expect((await outcome(lame, `https://x.example:${port}/`)).outcome).toBe('peer.closed');
    expect(reads).toBe(2);
  });

  it('leaves from the address that the peer is bound to, or not at all', async () => {
    const from: (string | undefined)[] = [];
    const port = await raw((socket) => {
      from.push(socket.remoteAddress);
      socket.end('HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n');
    });
    const bound = (host: string) => new NodeWebClient({ localAddress: () => host, dialTimeoutMs: () => 2000 });
    expect((await outcome(bound('127.0.0.9'), `http://x.example:${port}/`)).outcome).toBe('end');
    expect(from).toEqual(['127.0.0.9']);
    expect((await outcome(bound('192.0.2.1'), `http://x.example:${port}/`)).outcome).toBe('peer.unreachable');
    expect(from).toHaveLength(1);
  });

  it('asks the server and no proxy that the environment names', async () => {
    const port = await raw((socket) => {
      socket.end('HTTP/1.1 404 No\r\ncontent-length: 0\r\n\r\n');
    });
    const names = ['http_proxy', 'HTTP_PROXY', 'all_proxy', 'NODE_USE_ENV_PROXY'];
    const before = names.map((name) => [name, process.env[name]] as const);
    for (const name of names) process.env[name] = name === 'NODE_USE_ENV_PROXY' ? '1' : 'http://127.0.0.1:9';
    try {
      expect((await outcome(client(), `http://x.example:${port}/`)).sink.status).toBe(404);
    } finally {
      for (const [name, value] of before) {
        if (value === undefined) delete process.env[name];
        else process.env[name] = value;
      }
    }
  });

  it.each([
    ['no HTTP', 'SSH-2.0-OpenSSH_9.9\r\n', 'peer.protocol'],
    ['a head without end', `HTTP/1.1 206 Part\r\n${'x: y\r\n'.repeat(10_000)}`, 'peer.protocol'],
    ['nothing', '', 'peer.closed'],
    [
      'half an answer',
      'HTTP/1.1 206 P\r\ncontent-range: bytes 0-99/1000\r\ncontent-length: 100\r\n\r\nhalf',
      'peer.closed',
    ],
    ['two lengths', 'HTTP/1.1 206 P\r\ncontent-length: 100\r\ncontent-length: 99\r\n\r\n', 'peer.protocol'],
  ])('%s in place of an answer', async (_, text, code) => {
    const port = await raw((socket) => void socket.end(text));
    expect((await outcome(client(), `http://x.example:${port}/`)).outcome).toBe(code);
  });

  it('where nobody listens', async () => {
    const port = await raw(() => undefined);
    expect((await outcome(client(), `http://x.example:${port}/`, '127.0.0.77')).outcome).toBe('peer.unreachable');
  });
});

function* endless(): Generator<Uint8Array> {
  for (;;) yield new Uint8Array(10_000);
}
