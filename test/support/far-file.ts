import { readFile } from 'node:fs/promises';
import { expect } from 'vitest';
import type { DownloadView } from '../../src-main/contract/transfer.ts';
import { LivePeer, until } from './live-peer.ts';
import { seededBytes } from './sha256.ts';
import type { TestInternet } from './test-internet.ts';

/** A file of one peer somewhere in a test internet, and how others find and fetch it through two supernodes. */

export const PORT = 1214;
export const FILE = 'far away.bin';
export const BYTES = seededBytes(5_000_000, 3);
const QUICK = {
  'overlay.alone-after': '300',
  'overlay.look-min': '500',
  'overlay.look-max': '2000',
  'overlay.dials-per-address': '100',
  'overlay.dials-per-block': '100',
  'overlay.dial-timeout': '2000',
  // Whoever has fetched it would be a source for the next.
  'downloads.share': 'false',
};
const WORDS = Object.entries(QUICK).flatMap(([key, value]) => ['--set', `${key}=${value}`]);
export const from = (...peers: readonly LivePeer[]) => peers.flatMap(({ listen }) => ['--bootstrap', listen]);

type Place = { readonly namespace: string; readonly address: string };

export async function start(
  { namespace, address }: Place,
  files: Record<string, Uint8Array>,
  ...words: readonly string[]
) {
  const peer = await LivePeer.make(files);
  return peer.startIn(namespace, ...WORDS, '--listen', `${address}:${PORT}`, ...words);
}

/** Two linked supernodes in different networks. */
export async function startSupernodes(internet: TestInternet): Promise<readonly [LivePeer, LivePeer]> {
  const at = (address: string) => ({ namespace: internet.host(address), address });
  const one = await start(at('20.1.0.1'), {}, '--supernode', 'always');
  const two = await start(at('20.2.0.1'), {}, '--supernode', 'always', ...from(one));
  await until('a link', async () =>
    (await two.query('supernodes', {})).some(({ state, node }) => state === 'neighbour' && node === one.node),
  );
  return [one, two];
}

export const reachability = async (peer: LivePeer) => (await peer.query('network', {})).reachability.state;

async function find(peer: LivePeer): Promise<string> {
  return until('the file', async () => {
    const lines = await peer.shoal('search', 'away');
    return lines.find(({ event, name }) => event === 'hit' && name === FILE)?.hash as string | undefined;
  });
}

/** What a source finds out of itself reaches its parent some time later, and whoever searches by that one. */
export async function untilCalledReachable(asker: LivePeer): Promise<void> {
  await until('the network to know that the source can be reached', async () => {
    const { id } = await asker.client.command('search.start', { words: 'away' });
    await until('the end', async () =>
      (await asker.query('searches', {})).some((one) => one.id === id && one.state === 'ended'),
    );
    const { results } = await asker.query('search.results', { id });
    return results.some(({ sources }) => sources.some(({ reachable }) => reachable));
  });
}

/** Fetches the file by its hash alone. */
export async function fetch(peer: LivePeer): Promise<DownloadView> {
  await peer.shoal('get', await find(peer));
  const done = await peer.untilDownload('the download', ({ state }) => state === 'done');
  expect(Buffer.compare(await readFile(done.path), BYTES)).toBe(0);
  return done;
}
