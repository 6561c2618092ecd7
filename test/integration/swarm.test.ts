import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** Real peers that fetch one file at the same time and pass on what they have of it. */

const MIB = 2 ** 20;
const CHUNKS = 7;
const BYTES = seededBytes(CHUNKS * MIB - 99, 77);
const NAME = 'wanted.bin';
// Who was killed is tried again soon: there is no supernode here that would tell when it is back.
const LEAVES = ['--supernode', 'never', '--set', 'overlay.dial-retry-min=500'];

async function startSeed(bytesPerSecond: number): Promise<LivePeer> {
  const seed = await LivePeer.make({ [NAME]: BYTES });
  await seed.start(...LEAVES, '--set', `upload.rate=${bytesPerSecond}`);
  await seed.untilShared(1);
  return seed;
}

/** Peers who know the seed alone, and want what it has. */
async function startFetching(count: number, seed: LivePeer, ...words: readonly string[]): Promise<readonly LivePeer[]> {
  const [shared] = await seed.shoal('share', 'files');
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=${NAME}&xl=${BYTES.length}&xs=${encodeURIComponent(seed.invitation)}`;
  return Promise.all(
    Array.from({ length: count }, async () => {
      const peer = await (await LivePeer.make()).start(...LEAVES, ...words);
      await peer.shoal('get', magnet);
      return peer;
    }),
  );
}

const isDone = async (peer: LivePeer) => (await peer.download()).state === 'done';
const untilDone = (peers: readonly LivePeer[]) =>
  until('all to have it', async () => (await Promise.all(peers.map(isDone))).every(Boolean));
async function expectWhole(peers: readonly LivePeer[]): Promise<void> {
  for (const { downloads } of peers) {
    expect(Buffer.compare(await readFile(join(downloads, NAME)), BYTES)).toBe(0);
  }
}
/** Chunks of its download that are here. */
async function chunksOf(peer: LivePeer): Promise<readonly boolean[]> {
  const { id } = await peer.download();
  const bits = Buffer.from((await peer.query('download.chunks', { id })).verified, 'base64');
  return Array.from({ length: CHUNKS }, (_, at) => (((bits[at >> 3] ?? 0) >> (7 - (at % 8))) & 1) === 1);
}

test('a slow seed sends the file little more than once, however many fetch it', async () => {
  const seed = await startSeed(2 * MIB);
  const peers = await startFetching(5, seed);
  await untilDone(peers);
  await expectWhole(peers);
  const sources = await Promise.all(peers.map(async (peer) => (await peer.download()).sources));
  const fromSeed = sources.flat().filter(({ node }) => node === seed.node);
  const sent = fromSeed.reduce((sum, { bytes }) => sum + bytes, 0);
  expect(sent).toBeGreaterThanOrEqual(BYTES.length);
  expect(sent / BYTES.length).toBeLessThan(2);
  // Each had most of it from others.
  for (const own of sources) expect(own.filter(({ node, bytes }) => node !== seed.node && bytes > 0)).not.toEqual([]);
});

test('when the seed is gone, those who have different parts complete each other, also over a restart', async () => {
  const seed = await startSeed(1.5 * MIB);
  const peers = await startFetching(3, seed);
  await until('each to know the others', async () => {
    const downloads = await Promise.all(peers.map((peer) => peer.download()));
    return downloads.every(({ sources }) => sources.length === peers.length);
  });
  await until('all chunks to be somewhere', async () => {
    const maps = await Promise.all(peers.map(chunksOf));
    return maps[0]?.every((_, chunk) => maps.some((map) => map[chunk]));
  });
  await seed.kill();
  const [first] = peers as [LivePeer];
  if (!(await isDone(first))) {
    await first.kill();
    await first.start(...LEAVES, '--listen', first.listen);
  }
  await untilDone(peers);
  await expectWhole(peers);
});

test('who does not share what it downloads gives nothing of what is still loading', async () => {
  const seed = await startSeed(4 * MIB);
  const [keeper] = await startFetching(1, seed, '--set', 'downloads.share=off');
  if (!keeper) throw new Error('no peer');
  await keeper.untilDownload('some chunks', ({ done }) => done >= 2 * MIB);
  const [sharer] = await startFetching(1, seed);
  if (!sharer) throw new Error('no peer');
  await untilDone([keeper, sharer]);
  await expectWhole([keeper, sharer]);
  expect((await sharer.download()).sources.map(({ node }) => node)).toEqual([seed.node]);
  expect((await keeper.download()).sources.filter(({ bytes }) => bytes > 0).map(({ node }) => node)).toContain(
    seed.node,
  );
});
