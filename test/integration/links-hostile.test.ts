import { webcrypto } from 'node:crypto';
import { once } from 'node:events';
import 'reflect-metadata';
import { X509CertificateGenerator } from '@peculiar/x509';
import { afterEach, beforeAll, beforeEach, describe, expect, it } from 'vitest';
import { WebSocket } from 'ws';
import type { ContentHash, NodeId } from '../../src-main/contract/ids.ts';
import type { Listening, RangeSink } from '../../src-main/engine/ports/index.ts';
import {
  HEAD_BYTES,
  PIPELINED_REQUESTS,
  SESSION_MESSAGE_BYTES,
  WAITING_ANSWERS,
} from '../../src-main/engine/wire/limits.ts';
import type { KeyAndCertificate } from '../../src-main/platform/identity/make-key.ts';
import { PIECE_BYTES } from '../../src-main/platform/links/buffer-pool.ts';
import { type Dial, makeDial } from '../../src-main/platform/links/dial.ts';
import { TlsContentClient } from '../../src-main/platform/links/tls-content-client.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { makeTestIdentity, RecordingHandler } from '../support/link-world.ts';
import { RawClient, RawServer } from '../support/raw-peer.ts';

type TestIdentity = KeyAndCertificate & { readonly nodeId: NodeId };

/** Short enough for a test to wait for. */
const TIMES = {
  handshakeMs: 300,
  headMs: 300,
  requestMs: 600,
  keepAliveMs: 5000,
  keepRequestsMs: 5000,
  writeStallMs: 300,
};
const ASK = { method: 'GET', path: '/about', maxBytes: 1 << 20, timeoutMs: 5000 } as const;
const HASH = 'ab'.repeat(32) as ContentHash;

async function p384Identity(): Promise<{ key: string; cert: string }> {
  const algorithm = { name: 'ECDSA', namedCurve: 'P-384', hash: 'SHA-384' };
  const keys = await webcrypto.subtle.generateKey(algorithm, true, ['sign', 'verify']);
  const certificate = await X509CertificateGenerator.createSelfSigned({
    name: 'CN=x',
    // The same thing under the names of two libraries.
    keys: keys as CryptoKeyPair,
    signingAlgorithm: algorithm,
  });
  const der = Buffer.from(await webcrypto.subtle.exportKey('pkcs8', keys.privateKey));
  const key = `-----BEGIN PRIVATE KEY-----\n${der.toString('base64')}\n-----END PRIVATE KEY-----\n`;
  return { key, cert: certificate.toString('pem') };
}

describe('hostile links', () => {
  let identity: TestIdentity;
  let stranger: TestIdentity;
  let dial: Dial;
  let links: TlsLinks;

  beforeAll(async () => {
    [identity, stranger] = [await makeTestIdentity(), await makeTestIdentity()];
    dial = makeDial(identity, () => undefined);
  });

  beforeEach(() => {
    links = new TlsLinks({ identity, dial, dialTimeoutMs: () => 2000, logger: new MemoryLogger(), times: TIMES });
  });

  afterEach(() => links.close());

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
      const { address } = await start(withCertificate(stranger));
      const to = { address, nodeId: identity.nodeId };
      const client = new TlsContentClient({ dial, dialTimeoutMs: () => 2000 });
      for (const attempt of [() => links.request(to, ASK), () => links.openSession(to), () => client.connect(to)]) {
        await expect(attempt()).rejects.toMatchObject({ code: 'peer.wrong-identity' });
      }
      await expect.poll(() => server?.ended).toBe(3);
      expect(server?.bytes).toBe(0);
    });

    it('sees no identity in a key of another curve, and sends it nothing', async () => {
      const { address } = await start(await p384Identity());
      await expect(links.request({ address }, ASK)).rejects.toMatchObject({
        code: 'peer.wrong-identity',
        params: { actual: 'none' },
      });
      await expect.poll(() => server?.ended).toBe(1);
      expect(server?.bytes).toBe(0);
    });

    it('does not speak TLS 1.2', async () => {
      const { address } = await start({ ...withCertificate(stranger), maxVersion: 'TLSv1.2' });
      await expect(links.request({ address }, ASK)).rejects.toMatchObject({ code: 'peer.protocol' });
    });

    it('names no server, offers HTTP/1.1 alone and never resumes', async () => {
      const { address, sockets } = await start({ ...withCertificate(stranger), ALPNProtocols: ['h2', 'http/1.1'] });
      for (let i = 0; i < 2; i++) {
        const { socket } = await dial(address, { timeoutMs: 2000 });
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
      await expect(dial(address, { timeoutMs: 200 })).rejects.toMatchObject({ code: 'peer.timeout' });
      const controller = new AbortController();
      const aborted = dial(address, { timeoutMs: 5000, signal: controller.signal });
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
      const { address } = await start(withCertificate(stranger));
      if (server) server.onSocket = (socket) => socket.once('data', () => socket.write(answer));
      const asked = links.request({ address }, { ...ASK, maxBytes: 1000, timeoutMs: 300 });
      await expect(asked).rejects.toMatchObject({ code });
      await expect.poll(() => server?.ended).toBe(1);
    });

    it('asks one thing at a time on one connection, and lets it go when it is idle', async () => {
      const { address, sockets } = await start(withCertificate(stranger));
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
        identity,
        dial,
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
      const { address } = await start(withCertificate(stranger));
      const answered = new Promise<void>((resolve) => {
        if (!server) return;
        server.onSocket = (socket) => {
          socket.once('close', resolve);
          if (unasked) socket.write(unasked);
          else socket.once('data', () => socket.write(`HTTP/1.1 206 OK\r\n${fields}\r\n\r\n01234567890`));
        };
      });
      const client = new TlsContentClient({ dial, dialTimeoutMs: () => 2000 });
      const connection = await client.connect({ address, nodeId: stranger.nodeId });
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

  describe('a peer that listens', () => {
    let handler: RecordingHandler;
    let listening: Listening;
    let p384: { key: string; cert: string };

    beforeAll(async () => {
      p384 = await p384Identity();
    });

    beforeEach(async () => {
      handler = new RecordingHandler();
      listening = await links.listen({ host: '127.0.0.1', port: 0 }, handler);
    });

    const misdeed = () =>
      new Promise<string>((resolve) => {
        handler.onMisdeed = resolve;
      });
    const known = () => ({ key: stranger.key, cert: stranger.certificate });
    const get = (path: string) => `GET ${path} HTTP/1.1\r\nHost: x\r\n\r\n`;

    it('serves a client without a certificate as nobody, and refuses it a session', async () => {
      const client = await RawClient.tls(listening.address);
      client.socket.write(get('/content/x'));
      await expect.poll(() => client.text).toMatch(/^HTTP\/1\.1 200 OK\r\n/);
      expect(client.text).toMatch(/\r\nShoal-Protocol: \d+\.\d+\r\n/);
      expect(handler.requests[0]?.remote.nodeId).toBeUndefined();
      client.socket.write(
        'GET /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Key: MDEyMzQ1Njc4OWFiY2RlZg==\r\n\r\n',
      );
      expect(await client.closed).toMatch(/HTTP\/1\.1 403 Forbidden/);
      expect(handler.sessions).toEqual([]);
    });

    it('sees nobody in a certificate of another curve or kind of key', async () => {
      const client = await RawClient.tls(listening.address, p384);
      client.socket.write(get('/about'));
      await expect.poll(() => handler.requests.length).toBe(1);
      expect(handler.requests[0]?.remote.nodeId).toBeUndefined();
      client.socket.destroy();
    });

    it('refuses TLS 1.2 and counts it', async () => {
      const told = misdeed();
      const client = await RawClient.tls(listening.address, { maxVersion: 'TLSv1.2' });
      await client.closed;
      expect(await told).toMatch(/handshake/);
    });

    it('refuses before the handshake whom the handler does not accept by address', async () => {
      handler.isWelcome = ({ nodeId }) => nodeId !== undefined;
      const client = await RawClient.tls(listening.address, known());
      expect(await client.closed).toBe('');
    });

    it('does not blame a dialler that expected another key', async () => {
      const elsewhere = dial(listening.address, { expected: stranger.nodeId, timeoutMs: 2000 });
      await expect(elsewhere).rejects.toMatchObject({ code: 'peer.wrong-identity' });
      await links.request({ address: listening.address }, ASK);
      expect(handler.misdeeds).toEqual([]);
    });

    it('ends a connection that never starts TLS', async () => {
      const told = misdeed();
      const client = await RawClient.tcp(listening.address);
      await client.closed;
      expect(await told).toMatch(/handshake/);
    });

    it('ends a connection that speaks no TLS', async () => {
      const told = misdeed();
      const client = await RawClient.tcp(listening.address);
      client.socket.write(get('/about'));
      await client.closed;
      expect(await told).toMatch(/handshake/);
      expect(handler.requests).toEqual([]);
    });

    it('answers a slow head with 408', async () => {
      const told = misdeed();
      const client = await RawClient.tls(listening.address, known());
      client.socket.write('GET /about HTTP/1.1\r\nHost: ');
      expect(await client.closed).toMatch(/^HTTP\/1\.1 408 /);
      expect(await told).toMatch(/HTTP/);
      expect(handler.misdeeds[0]?.remote.nodeId).toBe(stranger.nodeId);
    });

    it('lets go of a connection without a request, which is no misdeed', async () => {
      const client = await RawClient.tls(listening.address, known());
      expect(await client.closed).toBe('');
      expect(handler.misdeeds).toEqual([]);
    });

    it('answers garbage with 400', async () => {
      const client = await RawClient.tls(listening.address, known());
      client.socket.write('\0\0\0\0 nonsense \r\n\r\n');
      expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /);
      expect(handler.misdeeds.length).toBe(1);
    });

    it('answers a head that is too large with 431', async () => {
      const client = await RawClient.tls(listening.address, known());
      client.socket.write(`GET /about HTTP/1.1\r\nX: ${'x'.repeat(HEAD_BYTES)}\r\n\r\n`);
      expect(await client.closed).toMatch(/^HTTP\/1\.1 431 /);
      expect(handler.misdeeds.length).toBe(1);
      expect(handler.requests).toEqual([]);
    });

    it('answers pipelined requests one after the other, and in order', async () => {
      let running = 0;
      let most = 0;
      handler.answer = async ({ path }) => {
        most = Math.max(most, ++running);
        await new Promise((resolve) => setImmediate(resolve));
        running--;
        return { status: 200, body: new TextEncoder().encode(path) };
      };
      const client = await RawClient.tls(listening.address, known());
      client.socket.write(['/1', '/2', '/3', '/4'].map(get).join(''));
      await expect
        .poll(() => [...client.text.matchAll(/\r\n\r\n(\/\d)/g)].map(([, path]) => path))
        .toEqual(['/1', '/2', '/3', '/4']);
      expect(most).toBe(1);
      client.socket.destroy();
    });

    it('cuts a connection with too many requests at once', async () => {
      handler.answer = () => new Promise(() => {});
      const told = misdeed();
      const client = await RawClient.tls(listening.address, known());
      client.socket.write(get('/about').repeat(PIPELINED_REQUESTS + 1));
      await client.closed;
      expect(await told).toMatch(/too many requests/);
    });

    it('cuts a peer that does not take its answer, and closes the body', async () => {
      const closed = new Promise<boolean>((resolve) => {
        handler.answer = async () => ({
          status: 200,
          body: {
            length: 2 ** 30,
            read: async (target) => target.length,
            close: async (complete) => resolve(complete),
          },
        });
      });
      const client = await RawClient.tls(listening.address, known());
      client.socket.pause();
      client.socket.write(get('/content/x'));
      expect(await closed).toBe(false);
      client.socket.destroy();
    });

    it('cuts a peer that does not take an answer that lies in memory, and holds few of them', async () => {
      const body = new Uint8Array(0.6 * WAITING_ANSWERS.ofPrivateAddress);
      handler.answer = async () => ({ status: 200, body });
      const [idle, other] = [await RawClient.tls(listening.address, known()), await RawClient.tls(listening.address)];
      idle.socket.pause();
      idle.socket.write(get('/list'));
      await expect.poll(() => handler.requests.length).toBe(1);
      other.socket.write(get('/list'));
      await expect.poll(() => other.text).toMatch(/^HTTP\/1\.1 503 /);
      // It came before the first one was cut.
      await expect.poll(() => handler.requests[0]?.signal.aborted).toBe(true);
      handler.answer = async () => ({ status: 200, body: body.subarray(0, 100_000) });
      other.socket.write(get('/list'));
      await expect.poll(() => other.text.length).toBeGreaterThan(100_000);
      for (const { socket } of [idle, other]) socket.destroy();
    });

    it('cuts a peer that goes on asking for little and takes none of it', async () => {
      handler.answer = async () => ({ status: 200, body: new Uint8Array(PIECE_BYTES) });
      const client = await RawClient.tls(listening.address, known());
      client.socket.pause();
      // As many as the system keeps for it; the next request is not looked at before the last answer has left.
      const isAnswered = (asked: number) =>
        expect.poll(() => handler.requests.length, { timeout: 150, interval: 5 }).toBe(asked);
      const ask = async (asked: number): Promise<void> => {
        client.socket.write(get('/list'));
        await isAnswered(asked).then(
          () => ask(asked + 1),
          () => undefined,
        );
      };
      await ask(1);
      await expect.poll(() => handler.requests.at(-1)?.signal.aborted).toBe(true);
      client.socket.destroy();
    });

    it('closes the connection when a body was not read', async () => {
      handler.answer = async () => ({ status: 429 });
      const client = await RawClient.tls(listening.address, known());
      client.socket.write('POST /query HTTP/1.1\r\nHost: x\r\nContent-Length: 1000000\r\n\r\nxxx');
      expect(await client.closed).toMatch(/^HTTP\/1\.1 429 /);
    });

    it('leaves no socket open when it is closed, whatever runs', async () => {
      const open = () => process.getActiveResourcesInfo().filter((name) => /TCP|TLS/.test(name)).length;
      await links.close();
      await expect.poll(open).toBe(0);
      const both = new TlsLinks({
        identity,
        dial,
        dialTimeoutMs: () => 2000,
        logger: new MemoryLogger(),
        times: TIMES,
      });
      const { address } = await both.listen({ host: '127.0.0.1', port: 0 }, handler);
      await both.openSession({ address });
      await both.request({ address }, ASK);
      handler.answer = () => new Promise(() => {});
      const running = both.request({ address }, ASK);
      await expect.poll(() => handler.requests.length).toBe(2);
      expect(open()).toBeGreaterThan(0);
      await Promise.all([both.close(), expect(running).rejects.toMatchObject({ code: 'peer.closed' })]);
      await both.close();
      await expect.poll(open).toBe(0);
    });

    describe('a session', () => {
      const open = async () => {
        const { host, port } = listening.address;
        const socket = new WebSocket(`wss://${host}:${port}/session`, { ...known(), rejectUnauthorized: false });
        await once(socket, 'open');
        const closed = once(socket, 'close').then(([code]) => code as number);
        socket.on('error', () => undefined);
        return { socket, closed };
      };

      it.each([
        ['a binary message', Buffer.from('x'), 1003],
        ['a message that is too large', 'x'.repeat(SESSION_MESSAGE_BYTES + 1), 1009],
      ])('ends with a reason at %s', async (_, message, code) => {
        const { socket, closed } = await open();
        const reason = new Promise<string>((resolve) => handler.sessions[0]?.receive(() => {}, resolve));
        socket.send(message);
        expect(await closed).toBe(code);
        expect(await reason).toMatch(/./);
        expect(handler.misdeeds.map(({ remote }) => remote.nodeId)).toEqual([stranger.nodeId]);
      });

      it('is refused at any other path', async () => {
        const { host, port } = listening.address;
        const socket = new WebSocket(`wss://${host}:${port}/other`, { ...known(), rejectUnauthorized: false });
        const [error] = (await once(socket, 'error')) as [Error];
        expect(error.message).toMatch(/400/);
      });

      it('is closed by a partner that takes nothing', async () => {
        const { socket } = await open();
        const link = handler.sessions[0];
        if (!link) throw new Error('no session');
        const reason = new Promise<string>((resolve) => link.receive(() => {}, resolve));
        socket.pause();
        const message = 'x'.repeat(100_000);
        while (link.send(message)) await new Promise((resolve) => setImmediate(resolve));
        expect(await reason).toBe('too slow');
        socket.terminate();
      });
    });
  });
});
