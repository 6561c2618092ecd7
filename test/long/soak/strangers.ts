import { setTimeout as after } from 'node:timers/promises';
import { parseAddress } from '../../../src-main/contract/address.ts';
import { askPeer } from '../../support/ask-peer.ts';
import { HostilePeer } from '../../support/hostile-peer.ts';
import { RawClient } from '../../support/raw-peer.ts';
import type { MortalPeer } from '../mortal-peer.ts';
import type { Deeds } from './deeds.ts';
import type { SoakNetwork } from './soak-network.ts';

const GARBAGE_BYTES = 2000;
const STAY_MS = 5000;
const PART = 'bytes=0-262143';
const MESSAGES: readonly string[] = [
  'no message',
  '{"type":"query"}',
  '{"type":"hits","id":"00","hits":"none"}',
  '{"type":"welcome"}',
  JSON.stringify({ type: 'query', id: '0'.repeat(32), words: 'x'.repeat(5000) }),
];
const PATHS = [
  '/',
  '/about',
  '/supernodes?order=random',
  '/content/zz',
  '/shares?after=zz',
  '/query',
  '/session',
  '/relay/none',
];

/** Who is no peer: programs that load over HTTP, and some that mean harm. */
export const STRANGERS: Deeds = {
  'anonymous download': {
    weight: 3,
    play: async (network) => {
      const file = await network.pick(network.anyPeer, () => true);
      if (file) await askPeer(file.of.address, `/content/${file.hash}`, { headers: { Range: PART } });
    },
  },
  'anonymous download, left in the middle': {
    weight: 1,
    play: async (network) => {
      const file = await network.pick(network.anyPeer, (size) => size > 2 ** 20);
      if (!file) return;
      const client = await RawClient.tls(addressOf(file.of));
      client.socket.write(`GET /content/${file.hash} HTTP/1.1\r\nHost: x\r\n\r\n`);
      await after(500);
      client.socket.destroy();
    },
  },
  'garbage instead of TLS': { weight: 1, play: (network) => send(network, false) },
  'garbage instead of HTTP': { weight: 1, play: (network) => send(network, true) },
  'a connection that says nothing': {
    weight: 0.5,
    play: async (network) => {
      const client = await RawClient.tcp(addressOf(network.anyPeer));
      await Promise.race([client.closed, after(STAY_MS)]);
      client.socket.destroy();
    },
  },
  'wrong requests': {
    weight: 1,
    play: async (network) => {
      const hostile = await HostilePeer.make(network.anyPeer.address);
      await hostile.ask(network.oneOf(PATHS));
      await hostile.ask(network.oneOf(PATHS), { method: 'POST', body: network.random.bytes(GARBAGE_BYTES) });
    },
  },
  'wrong messages': {
    weight: 1,
    play: async (network) => {
      const hostile = await HostilePeer.make(network.oneOf(network.supernodes).address);
      const session = await Promise.race([hostile.join(), after(STAY_MS)]);
      if (!session) return;
      for (let count = 0; count < 3; count++) session.send(network.oneOf(MESSAGES));
      await Promise.race([session.closed, after(STAY_MS)]);
      session.close();
    },
  },
};

async function send(network: SoakNetwork, isInside: boolean): Promise<void> {
  const address = addressOf(network.anyPeer);
  const client = await (isInside ? RawClient.tls(address) : RawClient.tcp(address));
  client.socket.write(network.random.bytes(GARBAGE_BYTES));
  await Promise.race([client.closed, after(STAY_MS)]);
  client.socket.destroy();
}

function addressOf(peer: MortalPeer) {
  const address = parseAddress(peer.address);
  if (!address) throw new Error(`no address: ${peer.address}`);
  return address;
}
