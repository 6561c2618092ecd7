import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../src-main/contract/address.ts';
import { HostilePeer } from '../../support/hostile-peer.ts';
import { LivePeer, until } from '../../support/live-peer.ts';
import { memoryOf } from '../../support/memory-of.ts';
import { RawClient } from '../../support/raw-peer.ts';

/** Messages and bodies that are announced as 1 GiB, or never end, at a real supernode: what it keeps of them. */

const GIB = 2 ** 30;
const MORE_MEMORY_MIB = 50;
const AT_ONCE = 10;
const PIECE = Buffer.alloc(64 * 1024, 'x');
/** Sent of each as long as it is taken. */
const MOST_BYTES = 256 * 2 ** 20;

const upgrade = () =>
  `GET /session HTTP/1.1\r\nHost: x\r\nConnection: Upgrade\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13\r\nSec-WebSocket-Extensions: permessage-deflate\r\nSec-WebSocket-Key: ${randomBytes(16).toString('base64')}\r\n\r\n`;

/** The head of a masked frame of text (RFC 6455, 5.2) of 1 GiB; `first`: its flags and kind. */
function frame(first: number): Buffer {
  const head = Buffer.alloc(14);
  head.writeUInt8(first, 0);
  head.writeUInt8(0x80 | 127, 1);
  head.writeBigUInt64BE(BigInt(GIB), 2);
  return head;
}

/** Sends without end what follows, until the other side closes; gives how much that was. */
async function pour({ socket, closed }: RawClient, piece: Buffer = PIECE): Promise<number> {
  let sent = 0;
  let isOpen = true;
  void closed.then(() => {
    isOpen = false;
  });
  while (isOpen && sent < MOST_BYTES) {
    sent += piece.length;
    if (!socket.write(piece)) await Promise.race([new Promise((resolve) => socket.once('drain', resolve)), closed]);
  }
  await closed;
  return sent;
}

test.skipIf(process.platform !== 'linux')(
  'ten of each at once cost a supernode less than 50 MiB, and it cuts them all',
  async () => {
    const supernode = await (await LivePeer.make()).start('--supernode', 'always');
    const address = parseAddress(supernode.listen);
    if (!address) throw new Error('no address');
    const open = async () => RawClient.tls(address, (await HostilePeer.make(supernode.listen)).tls);
    const inSession = async () => {
      const client = await open();
      client.socket.write(upgrade());
      await until('the session', () => client.text.includes('101 Switching'));
      // Compressed messages are not agreed to.
      expect(client.text).not.toMatch(/permessage-deflate/i);
      return client;
    };
    const post = (path: string, field: string) => async () => {
      const client = await open();
      client.socket.write(`POST ${path} HTTP/1.1\r\nHost: x\r\n${field}\r\n\r\n`);
      return client;
    };
    const [length, chunked] = [`Content-Length: ${GIB}`, 'Transfer-Encoding: chunked'];
    const chunk = Buffer.concat([Buffer.from(`${PIECE.length.toString(16)}\r\n`), PIECE, Buffer.from('\r\n')]);
    const begin = (start: () => Promise<RawClient>, head: Buffer) => async () => {
      const client = await start();
      client.socket.write(head);
      return client;
    };
    const attacks: readonly (readonly [string, () => Promise<RawClient>, Buffer?])[] = [
      ['a message of 1 GiB', begin(inSession, frame(0x81))],
      ['a compressed message of 1 GiB', begin(inSession, frame(0xc1))],
      ['a part of a message of 1 GiB', begin(inSession, frame(0x01))],
      ['a query of 1 GiB', post('/query', length)],
      ['a query that never ends', post('/query', chunked), chunk],
      ['an upload of 1 GiB', post('/children/self/files?session=x&sequence=1', length)],
      ['a call-back that never ends', post('/reach', chunked), chunk],
      ['a probe that never ends', post('/probe', chunked), chunk],
      ['a head that never ends', begin(open, Buffer.from('GET /about HTTP/1.1\r\nX: '))],
    ];
    const before = await memoryOf(supernode);
    let most = 0;
    for (const [what, start, piece] of attacks) {
      const clients = await Promise.all(Array.from({ length: AT_ONCE }, start));
      const sent = await Promise.all(clients.map((client) => pour(client, piece)));
      most = Math.max(most, (await memoryOf(supernode)) - before);
      // What the system buffers on both sides is gone before it notices.
      expect([what, Math.max(...sent) < MOST_BYTES]).toEqual([what, true]);
    }
    console.log(`${Math.round(most)} MiB more at most`);
    expect(most).toBeLessThan(MORE_MEMORY_MIB);
    expect(await supernode.shoal('status')).toMatchObject([{ role: 'supernode' }]);
    expect(supernode.process.err).not.toMatch(/ error /);
  },
);
