import { once } from 'node:events';
import { type AddressInfo, createConnection, createServer } from 'node:net';
import type { TLSSocket } from 'node:tls';
import { afterEach, beforeAll, beforeEach, describe, expect, it, onTestFinished } from 'vitest';
import type { PeerAddress } from '../../../src-main/contract/address.ts';
import type { Listening } from '../../../src-main/engine/ports/index.ts';
import { makeDial } from '../../../src-main/platform/links/dial.ts';
import { TlsLinks } from '../../../src-main/platform/links/tls-links.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { type TestIdentity, TIMES } from '../../support/hostile-links.ts';
import { makeTestIdentity, RecordingHandler } from '../../support/link-world.ts';
import { RawClient, RawServer } from '../../support/raw-peer.ts';

/** Who tries to be somebody else, to use a session twice, or to hold a connection, on the sockets of a peer with short deadlines. */

const GET = 'GET /about HTTP/1.1\r\nHost: x\r\n\r\n';
const post = (field: string) => `POST /query HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`;
const VISITS = 20;
const MOST_BYTES = 1000;

/** Passes one connection on and keeps what its client sent. */
async function startRecorder({ host, port }: PeerAddress) {
  const sent: Buffer[] = [];
  const server = createServer((socket) => {
    const onward = createConnection({ host, port });
    socket.on('data', (data: Buffer) => sent.push(data)).on('error', () => onward.destroy());
    onward.on('error', () => socket.destroy());
    socket.pipe(onward).pipe(socket);
  }).listen(0, '127.0.0.1');
  onTestFinished(() => void server.close());
  await once(server, 'listening');
  return { sent, address: { host: '127.0.0.1', port: (server.address() as AddressInfo).port } };
}

describe('a peer that listens', () => {
  let identity: TestIdentity;
  let stranger: TestIdentity;
  let links: TlsLinks;
  let logger: MemoryLogger;
  let handler: RecordingHandler;
  let listening: Listening;

  beforeAll(async () => {
    [identity, stranger] = [await makeTestIdentity(), await makeTestIdentity()];
  });

  beforeEach(async () => {
    logger = new MemoryLogger();
    handler = new RecordingHandler();
    const dial = makeDial(identity, () => undefined);
    links = new TlsLinks({ identity, dial, dialTimeoutMs: () => 2000, logger, times: TIMES });
    listening = await links.listen({ host: '127.0.0.1', port: 0 }, handler);
  });

  afterEach(() => links.close());

  const known = () => ({ key: stranger.key, cert: stranger.certificate });
  const answered = (client: RawClient) => expect.poll(() => client.text).toMatch(/200 OK/);
  const asking = () => handler.requests.map(({ remote }) => remote.nodeId);

  it('resumes no session, in twenty visits of a client that would', async () => {
    const visit = async (address: PeerAddress) => {
      let session: Buffer | undefined;
      let resumed = 0;
      for (let i = 0; i < VISITS; i++) {
        const { socket, closed } = await RawClient.tls(address, { ...known(), ...(session && { session }) });
        if ((socket as TLSSocket).isSessionReused()) resumed++;
        socket.on('session', (given: Buffer) => {
          session = given;
        });
        // A server gives its sessions before its first answer.
        socket.once('data', () => socket.end()).write(GET);
        await closed;
      }
      return resumed;
    };
    expect(await visit(listening.address)).toBe(0);
    const ordinary = await RawServer.start(known());
    ordinary.onSocket = (socket) => socket.once('data', () => socket.write('x'));
    expect(await visit(ordinary.address)).toBe(VISITS - 1);
    await ordinary.stop();
  });

  it('takes nothing of what was recorded of another connection and is played again', async () => {
    const { sent, address } = await startRecorder(listening.address);
    const client = await RawClient.tls(address, known());
    client.socket.write(GET);
    await answered(client);
    client.socket.destroy();
    await client.closed;
    const again = await RawClient.tcp(listening.address);
    again.socket.write(Buffer.concat(sent));
    await again.closed;
    expect(asking()).toEqual([stranger.nodeId]);
    expect(handler.misdeeds.map(({ why }) => why)).toEqual([expect.stringContaining('handshake')]);
  });

  it('knows nobody by a certificate whose key they have not', async () => {
    const cert = `${stranger.certificate}\n${identity.certificate}`;
    const client = await RawClient.tls(listening.address, { key: stranger.key, cert });
    client.socket.write(GET);
    await answered(client);
    client.socket.destroy();
    expect(asking()).toEqual([stranger.nodeId]);
    // The certificate of another with the own key is refused by OpenSSL on the side of the liar already.
    await expect(RawClient.tls(listening.address, { key: stranger.key, cert: identity.certificate })).rejects.toThrow();
  });

  describe('asked with a body', () => {
    beforeEach(() => {
      handler.answer = async ({ body }) => ({ status: 200, body: await body(MOST_BYTES) });
    });

    it('that comes byte by byte, answers 408 in time', async () => {
      const client = await RawClient.tls(listening.address, known());
      const startMs = performance.now();
      client.socket.write(post('Content-Length: 900'));
      const drip = setInterval(() => client.socket.write('x'), 20);
      expect(await client.closed).toMatch(/^HTTP\/1\.1 408 /);
      clearInterval(drip);
      expect(performance.now() - startMs).toBeLessThan(TIMES.requestMs + 2000);
      expect(handler.misdeeds).toHaveLength(1);
    });

    it.each([
      ['is announced as 1 GiB', `Content-Length: ${2 ** 30}`],
      ['never ends', 'Transfer-Encoding: chunked'],
    ])('that %s, answers 400 and counts a misdeed', async (_, field) => {
      const client = await RawClient.tls(listening.address, known());
      client.socket.write(post(field));
      const pour = setInterval(() => client.socket.write(`64\r\n${'x'.repeat(100)}\r\n`), 1);
      expect(await client.closed).toMatch(/^HTTP\/1\.1 400 /);
      clearInterval(pour);
      expect(handler.misdeeds).toEqual([
        {
          remote: expect.objectContaining({ nodeId: stranger.nodeId }),
          why: 'a body that is too long',
        },
      ]);
    });

    it('of which half comes before the connection ends, sees neither a misdeed nor an error', async () => {
      const client = await RawClient.tls(listening.address, known());
      client.socket.write(`${post('Content-Length: 900')}half`);
      await expect.poll(() => handler.requests.length).toBe(1);
      client.socket.destroy();
      await client.closed;
      await links.close();
      expect([handler.misdeeds, logger.lines.filter(({ level }) => level === 'error')]).toEqual([[], []]);
    });
  });
});
