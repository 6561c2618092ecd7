import { rename, rm } from 'node:fs/promises';
import { join } from 'node:path';
import { setTimeout as after } from 'node:timers/promises';
import { VERDICTS } from '../../../src-main/contract/votes.ts';
import type { Deeds } from './deeds.ts';
import { madeBytes, writeMade } from './soak-files.ts';
import { extraOf } from './soak-network.ts';

const FRESH_BYTES = 3 * 2 ** 20;
const FRESH_FILES = 2;

export const LIBRARY_DEEDS: Deeds = {
  'change a file': { weight: 3, play: (network) => network.writeSmall(network.anyPeer, network.anySmall) },
  'a new large file': {
    weight: 0.5,
    play: async (network) => {
      const path = join(network.anyPeer.shared, `fresh ${network.random.int(FRESH_FILES)}.bin`);
      await writeMade(path, madeBytes(network.nextNumber(), FRESH_BYTES));
    },
  },
  'rename and delete': {
    weight: 1,
    play: async (network) => {
      const peer = network.anyPeer;
      const [from, to] = ['fresh 0.bin', 'renamed 0.bin'].map((name) => join(peer.shared, name));
      if (from === undefined || to === undefined) return;
      // Not every peer has one.
      await rename(from, to).catch(() => undefined);
      await after(network.stayMs);
      await rm(to, { force: true });
    },
  },
  'share a folder and take it back': {
    weight: 1,
    play: async (network) => {
      const peer = network.anyPeer;
      const path = await network.writeExtra(peer);
      await peer.client.command('share.add', { path });
      await after(network.stayMs);
      await peer.client.command('share.remove', { path });
      await rm(extraOf(peer), { recursive: true, force: true });
    },
  },
  'leave a file out': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      const { files } = await client.query('shares.files', { limit: 20 });
      const { path, hash } = network.oneOf(files);
      await client.command('share.file', { path, shared: false });
      await client
        .command('share.describe', { hash, fields: { title: `dive ${network.random.int(1000)}` } })
        .catch(() => undefined);
      await client.command('share.file', { path, shared: true });
    },
  },
  judge: {
    weight: 4,
    play: async (network) => {
      const by = network.anyPeer;
      const file = await network.pick(by, () => true);
      if (!file) return;
      const { hash, size, name } = file;
      const verdict = network.oneOf([...VERDICTS, null]);
      await by.client.command('verdict.set', { hash, size, name, verdict });
    },
  },
  'look at votes': {
    weight: 4,
    play: async (network) => {
      const by = network.anyPeer;
      const file = await network.pick(by, () => true);
      if (file) await by.client.query('votes', { hash: file.hash, size: file.size });
    },
  },
};
