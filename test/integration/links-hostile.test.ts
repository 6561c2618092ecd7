import { once } from 'node:events';
import { beforeAll, beforeEach, describe, expect, it, vi } from 'vitest';
import { WebSocket } from 'ws';
import type { Listening } from '../../src-main/engine/ports/index.ts';
import {
  HEAD_BYTES,
  PIPELINED_REQUESTS,
  SESSION_MESSAGE_BYTES,
  WAITING_ANSWERS,
} from '../../src-main/engine/wire/limits.ts';
import { PIECE_BYTES } from '../../src-main/platform/links/buffer-pool.ts';
import { ConnectionLimits } from '../../src-main/platform/links/connection-limits.ts';
import { TlsLinks } from '../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { HostileLinks, p384Identity, TIMES } from '../support/hostile-links.ts';
import { RecordingHandler } from '../support/link-world.ts';
import { clientHello, RawClient, RawServer } from '../support/raw-peer.ts';

const ASK = { method: 'GET', path: '/about', maxBytes: 1 << 20, timeoutMs: 5000 } as const;
/** RFC 8446, section 6. */
const CERTIFICATE_ALERTS = { bad: 42, unsupported: 43, expired: 45, unknown: 46, unknownCa: 48 } as const;
const UNEXPECTED_MESSAGE = 10;

describe('hostile links', () => {
  const world = new HostileLinks();

  describe('a peer that listens', () => {
    let handler: RecordingHandler;
    let listening: Listening;
    let p384: { key: string; cert: string };

    beforeAll(async () => {
      p384 = await p384Identity();
    });

    beforeEach(async () => {
      handler = new RecordingHandler();
      listening = await world.links.listen({ host: '127.0.0.1', port: 0 }, handler);
    });

    const misdeed = () =>
      new Promise<string>((resolve) => {
        handler.onMisdeed = resolve;
      });
    const known = () => ({ key: world.stranger.key, cert: world.stranger.certificate });
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

    it('has no place for one more and does not blame it, unless it holds them itself', async () => {
      const admit = vi.spyOn(ConnectionLimits.prototype, 'admit').mockReturnValueOnce('everyone');
      expect(await (await RawClient.tcp(listening.address)).closed).toBe('');
      expect(handler.misdeeds).toEqual([]);
      admit.mockReturnValueOnce('address');
      expect(await (await RawClient.tcp(listening.address)).closed).toBe('');
      expect(handler.misdeeds.map(({ why }) => why)).toEqual(['too many connections from that address']);
      admit.mockRestore();
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
      const elsewhere = world.dial(listening.address, { expected: world.stranger.nodeId, timeoutMs: 2000 });
      await expect(elsewhere).rejects.toMatchObject({ code: 'peer.wrong-identity' });
      await world.links.request({ address: listening.address }, ASK);
      expect(handler.misdeeds).toEqual([]);
    });

    it('does not blame a browser that refuses its certificate, or asks without TLS', async () => {
      const hello = await clientHello();
      const said = async (...bytes: (Buffer | string)[]) => {
        const client = await RawClient.tcp(listening.address);
        for (const each of bytes) {
          client.socket.write(each);
          if (each === hello) await once(client.socket, 'data');
        }
        await client.closed;
      };
      const alert = (code: number) => Buffer.from([21, 3, 3, 0, 2, 2, code]);
      for (const code of Object.values(CERTIFICATE_ALERTS)) await said(hello, alert(code));
      for (const method of ['GET', 'POST']) await said(`${method} / HTTP/1.1\r\nHost: x\r\n\r\n`);
      expect(handler.misdeeds).toEqual([]);
      await said(hello, alert(UNEXPECTED_MESSAGE));
      expect(handler.misdeeds).toHaveLength(1);
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
      client.socket.write('SSH-2.0-OpenSSH_9.9\r\n');
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
      expect(handler.misdeeds[0]?.remote.nodeId).toBe(world.stranger.nodeId);
    });

    it('lets go of a connection without a request, which is no misdeed', async () => {
      const client = await RawClient.tls(listening.address, known());
      expect(await client.closed).toBe('');
      expect(handler.misdeeds).toEqual([]);
    });

    it.each([
      ['nothing', '', 0],
      ['half of a question', 'GET /about HT', 1],
    ])('lets go of one that called it and asks %s', async (_, said, misdeeds) => {
      const { key, certificate: cert } = world.stranger;
      const asker = await RawServer.start({ key, cert });
      const lines = ['HTTP/1.1 101 Switching Protocols', 'Connection: Upgrade', 'Upgrade: shoal-reverse'];
      asker.onSocket = (socket) => socket.once('data', () => socket.write(`${lines.join('\r\n')}\r\n\r\n`));
      await world.links.reverse({ nodeId: world.stranger.nodeId, address: asker.address }, 'token');
      asker.sockets[0]?.write(said);
      await expect.poll(() => asker.ended).toBe(1);
      expect(handler.misdeeds).toHaveLength(misdeeds);
      await asker.stop();
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
      await world.links.close();
      await expect.poll(open).toBe(0);
      const both = new TlsLinks({
        identity: world.identity,
        dial: world.dial,
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
        expect(handler.misdeeds.map(({ remote }) => remote.nodeId)).toEqual([world.stranger.nodeId]);
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
