import { once } from 'node:events';
import { type AddressInfo, createServer } from 'node:net';
import { afterEach, describe, expect, it } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { RangeSink } from '../../src-main/engine/ports/index.ts';
import { TlsContentClient } from '../../src-main/platform/links/tls-content-client.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { HostileLinks, p384Identity, type TestIdentity, TIMES } from '../support/hostile-links.ts';
import { RawServer } from '../support/raw-peer.ts';

const ASK = { method: 'GET', path: '/about', maxBytes: 1 << 20, timeoutMs: 5000 } as const;
const HASH = 'ab'.repeat(32) as ContentHash;

describe('hostile links', () => {
  const world = new HostileLinks();

  describe('a peer that dials', () => {
    let server: RawServer | undefined;

    afterEach(async () => {
      await server?.stop();
      server = undefined;
    });

    const start = async (options: object) => {
      server = await RawServer.start(options);
      return server;
    };
    const withCertificate = (of: TestIdentity) => ({ key: of.key, cert: of.certificate });

    it('sends not one HTTP byte to a peer with the wrong key', async () => {
      const { address } = await start(withCertificate(world.stranger));
      const to = { address, nodeId: world.identity.nodeId };
      const client = new TlsContentClient({ dial: world.dial, dialTimeoutMs: () => 2000 });
      for (const attempt of [
        () => world.links.request(to, ASK),
        () => world.links.openSession(to),
        () => client.connect(to),
      ]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'peer.wrong-identity' });
      }
      await expect.poll(() => server?.ended).toBe(3);
      expect(server?.bytes).toBe(0);
    });

    it('sees no identity in a key of another curve, and sends it nothing', async () => {
      const { address } = await start(await p384Identity());
      await expect(world.links.request({ address }, ASK)).rejects.toMatchObject({
        code: 'peer.wrong-identity',
        params: { actual: 'none' },
      });
      await expect.poll(() => server?.ended).toBe(1);
      expect(server?.bytes).toBe(0);
    });

    it('does not speak TLS 1.2', async () => {
      const { address } = await start({ ...withCertificate(world.stranger), maxVersion: 'TLSv1.2' });
      await expect(world.links.request({ address }, ASK)).rejects.toMatchObject({ code: 'peer.unreachable' });
    });

    it.each([
      ['SSH', 'SSH-2.0-OpenSSH_9.7\r\n'],
      ['plain HTTP', 'HTTP/1.1 400 Bad Request\r\nConnection: close\r\n\r\n'],
    ])('does not reach who was meant where %s answers', async (_, words) => {
      const foreign = createServer((socket) => socket.on('error', () => undefined).end(words)).listen(0, '127.0.0.1');
      await once(foreign, 'listening');
      const address = { host: '127.0.0.1', port: (foreign.address() as AddressInfo).port };
      const why = 'something else answers there';
      const failed = { code: 'peer.unreachable', params: { why } };
      await expect(world.dial(address, { timeoutMs: 2000 })).rejects.toMatchObject(failed);
      foreign.close();
    });

    it('names no server, offers HTTP/1.1 alone and never resumes', async () => {
      const { address, sockets } = await start({
        ...withCertificate(world.stranger),
        ALPNProtocols: ['h2', 'http/1.1'],
      });
      for (let i = 0; i < 2; i++) {
        const { socket } = await world.dial(address, { timeoutMs: 2000 });
        await expect.poll(() => sockets.length).toBe(i + 1);
        // The server's tickets come after the handshake: read them, as a client does that would keep them.
        const accepted = sockets[i];
        accepted?.write('x');
        await once(socket, 'data');
        expect(accepted?.isSessionReused()).toBe(false);
        expect(accepted?.alpnProtocol).toBe('http/1.1');
        expect(accepted && 'servername' in accepted && accepted.servername).toBeFalsy();
        socket.destroy();
      }
    });

    it('gives up on a server that never answers', async () => {
      const { createServer } = await import('node:net');
      const silent = createServer((socket) => socket.resume().on('error', () => undefined)).listen(0, '127.0.0.1');
      await once(silent, 'listening');
      const address = { host: '127.0.0.1', port: (silent.address() as { port: number }).port };
      await expect(world.dial(address, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'peer.timeout' });
      const controller = new AbortController();
      const aborted = world.dial(address, { timeoutMs: 5000, signal: controller.signal });
      controller.abort(new Error('not wanted'));
      await expect(aborted).rejects.toThrow('not wanted');
      silent.close();
    });

    it.each([
      ['no HTTP', 'hello\r\n\r\n', 'peer.protocol'],
      ['a head without end', `HTTP/1.1 200 OK\r\n${`X-A: ${'a'.repeat(1000)}\r\n`.repeat(20)}`, 'peer.protocol'],
      ['an upgrade', 'HTTP/1.1 101 Go\r\nUpgrade: x\r\nConnection: Upgrade\r\n\r\n', 'peer.closed'],
      ['interim answers without end', 'HTTP/1.1 103 Wait\r\n\r\n', 'peer.timeout'],
      ['half a body', 'HTTP/1.1 200 OK\r\nContent-Length: 9\r\n\r\nhalf', 'peer.timeout'],
      ['a body without end', `HTTP/1.1 200 OK\r\n\r\n${'x'.repeat(2000)}`, 'peer.protocol'],
      ['two lengths', 'HTTP/1.1 200 OK\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nab', 'peer.protocol'],
    ])('fails requests to a peer that answers with %s, and closes the connection', async (_, answer, code) => {
      const { address } = await start(withCertificate(world.stranger));
      if (server) server.onSocket = (socket) => socket.once('data', () => socket.write(answer));
      const asked = world.links.request({ address }, { ...ASK, maxBytes: 1000, timeoutMs: 300 });
      await expect(asked).rejects.toMatchObject({ code });
      await expect.poll(() => server?.ended).toBe(1);
    });

    it('asks one thing at a time on one connection, and lets it go when it is idle', async () => {
      const { address, sockets } = await start(withCertificate(world.stranger));
      let waiting = 0;
      let most = 0;
      if (!server) throw new Error('no server');
      server.onSocket = (socket) =>
        socket.on('data', () => {
          most = Math.max(most, ++waiting);
          setImmediate(() => {
            waiting--;
            socket.write('HTTP/1.1 200 OK\r\nContent-Length: 2\r\n\r\nok');
          });
        });
      const short = new TlsLinks({
        identity: world.identity,
        dial: world.dial,
        dialTimeoutMs: () => 2000,
        logger: new MemoryLogger(),
        times: { ...TIMES, keepRequestsMs: 100 },
      });
      const answers = await Promise.all([1, 2, 3].map(() => short.request({ address }, ASK)));
      expect(answers.map(({ status }) => status)).toEqual([200, 200, 200]);
      expect(most).toBe(1);
      expect(sockets.length).toBe(1);
      await expect.poll(() => server?.ended).toBe(1);
      expect((await short.request({ address }, ASK)).status).toBe(200);
      expect(sockets.length).toBe(2);
      await short.close();
    });

    it.each([
      ['what was not asked for', '', 'HTTP/1.1 200 OK\r\nContent-Length: 0\r\n\r\n', 0],
      ['another range', 'Content-Range: bytes 1-10/99\r\nContent-Length: 10', '', 1],
      ['a longer body', 'Content-Range: bytes 0-9/99\r\nContent-Length: 11', '', 1],
      ['a chunked body', 'Content-Range: bytes 0-9/99\r\nTransfer-Encoding: chunked', '', 1],
      ['no HTTP', '\0', '', 1],
    ])('fails downloads from a source that sends %s', async (_, fields, unasked, asked) => {
      const { address } = await start(withCertificate(world.stranger));
      const answered = new Promise<void>((resolve) => {
        if (!server) return;
        server.onSocket = (socket) => {
          socket.once('close', resolve);
          if (unasked) socket.write(unasked);
          else socket.once('data', () => socket.write(`HTTP/1.1 206 OK\r\n${fields}\r\n\r\n01234567890`));
        };
      });
      const client = new TlsContentClient({ dial: world.dial, dialTimeoutMs: () => 2000 });
      const connection = await client.connect({ address, nodeId: world.stranger.nodeId });
      const filled: number[] = [];
      const outcome = new Promise((resolve) => {
        const sink: RangeSink = {
          head: () => {},
          room: () => new Uint8Array(100),
          filled: (bytes) => void filled.push(bytes),
          end: () => resolve('end'),
          failed: resolve,
        };
        if (asked) connection.fetch({ hash: HASH, start: 0, end: 10 }, sink);
        else void answered.then(() => connection.fetch({ hash: HASH, start: 0, end: 10 }, sink));
      });
      expect(await outcome).toMatchObject({ code: 'peer.protocol' });
      expect(filled).toEqual([]);
    });
  });
});
