import { setTimeout as after } from 'node:timers/promises';
import type { MortalPeer } from '../mortal-peer.ts';
import type { Deeds } from './deeds.ts';
import { WORDS } from './soak-files.ts';
import type { SoakNetwork } from './soak-network.ts';

const TIMEOUT_MS = 8000;
const RESULTS = 20;
const SAVED = 3;

export const SEARCH_DEEDS: Deeds = {
  'search for a word': { weight: 8, play: async (network) => search(network, network.oneOf(WORDS)) },
  'search for files of one peer': {
    weight: 5,
    play: async (network) => search(network, network.oneOf(network.peers).word),
  },
  'search for nothing': {
    weight: 4,
    play: async (network) => search(network, `q${network.random.int(2 ** 32).toString(36)}zz`),
  },
  'search by hash': {
    weight: 2,
    play: async (network) => {
      const by = network.anyPeer;
      const file = await network.pick(by, () => true);
      if (file) await by.client.command('search.start', { hash: file.hash, timeoutMs: TIMEOUT_MS });
    },
  },
  'stop a search': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      const { id } = await client.command('search.start', { words: network.oneOf(WORDS), timeoutMs: TIMEOUT_MS });
      await client.command('search.stop', { id });
    },
  },
  'hop to another supernode': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      await client.command('search.start', { words: network.oneOf(WORDS), hops: 1, timeoutMs: TIMEOUT_MS });
    },
  },
  browse: {
    weight: 3,
    play: async (network) => {
      const by = network.anyPeer;
      const of = network.anyBut(by);
      const { next } = await by.client.query('browse', { target: `shoal://${of.node}@${of.address}` });
      if (next) await by.client.query('browse', { target: of.address, after: next });
    },
  },
  'save a search': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      const saved = await client.query('saved', {});
      for (const { id } of saved.slice(SAVED)) await client.command('saved.remove', { id });
      const words = `${network.oneOf(WORDS)} ${network.oneOf(WORDS)}`;
      await client.command('saved.add', { words, watch: network.random.int(2) === 0 });
    },
  },
};

/** Until it ended; half of them are continued, and all are looked at. */
async function search(network: SoakNetwork, words: string): Promise<void> {
  const by = network.anyPeer;
  const isContinued = network.random.int(2) === 0;
  const { id } = await by.client.command('search.start', { words, limit: RESULTS, timeoutMs: TIMEOUT_MS });
  const isFound = await ended(by, id);
  await by.client.query('search.results', { id, limit: RESULTS });
  if (isFound && isContinued) await by.client.command('search.more', { id });
}

/** Whether it found anything. */
async function ended(by: MortalPeer, id: string): Promise<boolean> {
  const { promise, resolve } = Promise.withResolvers<boolean>();
  const listener: Parameters<typeof by.onEnd.add>[0] = (end) => end.id === id && resolve(end.results > 0);
  by.onEnd.add(listener);
  const isFound = await Promise.race([promise, after(TIMEOUT_MS, false)]);
  by.onEnd.delete(listener);
  return isFound;
}
