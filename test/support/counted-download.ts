import { createHash } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect } from 'vitest';
import { CountingProxy } from './counting-proxy.ts';
import { LivePeer, until } from './live-peer.ts';
import { seededBytes } from './sha256.ts';

/** A download from two real processes; what each sent is counted on the wire, by a proxy before it. */

export const MIB = 2 ** 20;
export const SIZE = 12 * MIB;
export const BYTES = seededBytes(SIZE, 24);
export const NAME = 'recovered.bin';
/**
 * Two sources take some 3 s for the file: time to kill in. It is little enough for the bytes sent and not yet taken, which the proxy
 * counts and which may fill the buffers of the system, to be none.
 */
const SOURCE_RATE = 2 * MIB;
/** Handshakes, heads and the hash tree; TLS adds 22 bytes to 16 KiB. */
export const overhead = (size: number) => 0.003 * size + 64 * 1024;
/** Of each source at most so much may be in flight when the downloader dies. */
export const LOST_PER_SOURCE = 2 * MIB;

export type SourcePeer = { readonly peer: LivePeer; readonly proxy: CountingProxy };

async function startSource({ bytes, rate }: { bytes: Uint8Array; rate: number }): Promise<SourcePeer> {
  const peer = await LivePeer.make({ [NAME]: bytes });
  await peer.start('--supernode', 'never', '--set', `upload.rate=${rate}`);
  await peer.untilShared(1);
  return { peer, proxy: await CountingProxy.before(peer.listen) };
}

/** Two sources, and a peer that has just been told to get the file from them, through the proxies. */
export async function startDownload({ bytes = BYTES, rate = SOURCE_RATE, getWords = [] as readonly string[] } = {}) {
  const sources = [await startSource({ bytes, rate }), await startSource({ bytes, rate })] as const;
  const [shared] = await sources[0].peer.shoal('share', 'files');
  const from = sources.map(({ peer, proxy }) => `&xs=${encodeURIComponent(`shoal://${peer.node}@${proxy.address}`)}`);
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=${NAME}&xl=${bytes.length}${from.join('')}`;
  const downloader = await (await LivePeer.make()).start('--supernode', 'never');
  await downloader.shoal('get', magnet, ...getWords);
  return { sources, downloader };
}

/** The rest of the file as fast as it can come: nothing more is to be seen of its course. */
export const hurry = ({ peer }: SourcePeer) => peer.client.command('settings.set', { key: 'upload.rate', value: 0 });

export const sumSent = (sources: readonly SourcePeer[]) => sources.reduce((sum, { proxy }) => sum + proxy.sent, 0);

export async function expectWhole(downloader: LivePeer, bytes: Uint8Array = BYTES): Promise<void> {
  const { path } = await downloader.untilDownload('the end', ({ state }) => state === 'done');
  expect(
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  ).toBe(createHash('sha256').update(bytes).digest('hex'));
  await until('no part left', async () => (await readdir(join(downloader.downloads, '.shoal-parts'))).length === 0);
}
