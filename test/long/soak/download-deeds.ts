import { setTimeout as after } from 'node:timers/promises';
import { parseTarget } from '../../../src-main/contract/address.ts';
import type { CommandInput } from '../../../src-main/contract/api.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { formatMagnet } from '../../../src-main/contract/magnet.ts';
import type { MortalPeer } from '../mortal-peer.ts';
import type { Deeds } from './deeds.ts';
import type { Picked, SoakNetwork } from './soak-network.ts';

const LARGE = 2 ** 20;
/** More than these are not begun: something is taken away first. */
const MOST_DOWNLOADS = 6;
/** Who wants the same large file at the same time. */
const CROWD = 4;
const PAUSE_MS = 3000;
const LIST_FILES = 3;

export const DOWNLOAD_DEEDS: Deeds = {
  'download a small file': { weight: 8, play: (network) => downloadOne(network, (size) => size <= LARGE) },
  'download a large file': { weight: 4, play: (network) => downloadOne(network, (size) => size > LARGE) },
  'a crowd for a large file': {
    weight: 1,
    play: async (network) => {
      const file = await network.pick(network.anyPeer, (size) => size > LARGE);
      if (!file) return;
      for (let at = 0; at < CROWD; at++) await add(network.anyPeer, file);
    },
  },
  'from a source that is named': {
    weight: 2,
    play: async (network) => {
      const by = network.anyPeer;
      const file = await network.pick(by, () => true);
      if (file) await add(by, file, { sources: [{ target: `shoal://${file.of.node}@${file.of.address}` }] });
    },
  },
  'a magnet link': {
    weight: 0.3,
    play: async (network) => {
      const by = network.anyPeer;
      const file = await network.pick(by, () => true);
      const source = file && parseTarget(`shoal://${file.of.node}@${file.of.address}`);
      if (source) await by.shoal('get', formatMagnet({ ...file, sources: [source] }));
    },
  },
  'a list': {
    weight: 1,
    play: async (network) => {
      const by = network.anyPeer;
      await tidy(by);
      const picked = await Promise.all(
        Array.from({ length: LIST_FILES }, () => network.pick(by, (size) => size <= LARGE)),
      );
      const files = picked.filter((file) => file !== undefined);
      const named = files.map(({ hash, size, name, of }) => ({
        hash,
        size,
        name,
        sources: [`shoal://${of.node}@${of.address}`],
      }));
      const { xml } = await by.client.query('list.write', { files: named });
      await by.client.command('list.import', { xml });
    },
  },
  'finished ones are removed': { weight: 12, play: (network) => tidy(network.anyPeer) },
  'pause and resume': {
    weight: 3,
    play: async (network) => {
      const { client } = network.anyPeer;
      const id = await oneUnfinished(network, client);
      if (!id) return;
      await client.command('download.pause', { id });
      await after(PAUSE_MS);
      await client.command('download.resume', { id });
    },
  },
  cancel: {
    weight: 2,
    play: async (network) => {
      const { client } = network.anyPeer;
      const id = await oneUnfinished(network, client);
      if (id) await client.command('download.cancel', { id });
    },
  },
  'move and hurry': {
    weight: 1,
    play: async (network) => {
      const { client } = network.anyPeer;
      const id = await oneUnfinished(network, client);
      if (!id) return;
      await client.command('download.move', { id, place: 1 });
      await client.command('download.set', { id, maxSources: 2, rate: LARGE });
      await client.command('download.retry', { id });
      await client.query('download.chunks', { id });
    },
  },
};

type Wish = Omit<CommandInput<'download.add'>, 'hash' | 'size' | 'name'>;

async function downloadOne(network: SoakNetwork, fits: (size: number) => boolean): Promise<void> {
  const by = network.anyPeer;
  const file = await network.pick(by, fits);
  if (file) await add(by, file);
}

async function add(by: MortalPeer, { hash, size, name }: Picked, wish: Wish = {}): Promise<void> {
  await tidy(by);
  await by.client.command('download.add', { hash, size, name, ...wish });
}

/** Finished ones are deleted, failed ones forgotten, and of those that wait for somebody all but the newest few. */
export async function tidy({ client }: MortalPeer, most = MOST_DOWNLOADS): Promise<void> {
  const downloads = await client.query('downloads', {});
  for (const { id } of downloads.filter(({ state }) => state === 'done'))
    await client.command('download.discard', { id });
  const left = downloads.filter(({ state }) => state !== 'done').toSorted((a, b) => b.addedMs - a.addedMs);
  for (const { id } of left.slice(most)) await client.command('download.cancel', { id });
}

async function oneUnfinished(network: SoakNetwork, client: MortalPeer['client']): Promise<DownloadId | undefined> {
  const downloads = await client.query('downloads', {});
  const unfinished = downloads.filter(({ state }) => state !== 'done' && state !== 'failed');
  return unfinished.length === 0 ? undefined : network.oneOf(unfinished).id;
}
