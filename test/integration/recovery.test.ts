import { createHash } from 'node:crypto';
import { link, readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import { CountingProxy } from '../support/counting-proxy.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** Real processes, killed as by a loss of power. What sources sent is counted on the wire, by a proxy before each. */

const MIB = 2 ** 20;
const SIZE = 12 * MIB;
const BYTES = seededBytes(SIZE, 24);
const NAME = 'recovered.bin';
/**
 * Two sources take some 3 s for the file: time to kill in. It is little enough for the bytes sent and not yet taken, which the proxy
 * counts and which may fill the buffers of the system, to be none.
 */
const SOURCE_RATE = 2 * MIB;
/** Without a limit the downloader's processor is the limit, and the buffers of the system are full: MiB that the program has not fetched. */
const FAST_SIZE = 128 * MIB;
const FAST_BYTES = seededBytes(FAST_SIZE, 25);
/** Handshakes, heads and the hash tree; TLS adds 22 bytes to 16 KiB. */
const overhead = (size: number) => 0.003 * size + 64 * 1024;
/** Of each source at most so much may be in flight when the downloader dies. */
const LOST_PER_SOURCE = 2 * MIB;
const TAKE_OVER_MS = 2000;
/** Printed in the name of each test, so that a failure can be played again. */
const SEED = 20_261_120;

type SourcePeer = { readonly peer: LivePeer; readonly proxy: CountingProxy };

async function startSource({ bytes, rate }: { bytes: Uint8Array; rate: number }): Promise<SourcePeer> {
  const peer = await LivePeer.make({ [NAME]: bytes });
  await peer.start('--supernode', 'never', '--set', `upload.rate=${rate}`);
  await peer.untilShared(1);
  return { peer, proxy: await CountingProxy.before(peer.listen) };
}

/** Two sources, and a peer that has just been told to get the file from them, through the proxies. */
async function startDownload({ bytes = BYTES, rate = SOURCE_RATE, getWords = [] as readonly string[] } = {}) {
  const sources = [await startSource({ bytes, rate }), await startSource({ bytes, rate })] as const;
  const [shared] = await sources[0].peer.shoal('share', 'files');
  const from = sources.map(({ peer, proxy }) => `&xs=${encodeURIComponent(`shoal://${peer.node}@${proxy.address}`)}`);
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=${NAME}&xl=${bytes.length}${from.join('')}`;
  const downloader = await (await LivePeer.make()).start('--supernode', 'never');
  await downloader.shoal('get', magnet, ...getWords);
  return { sources, downloader };
}

const sumSent = (sources: readonly SourcePeer[]) => sources.reduce((sum, { proxy }) => sum + proxy.sent, 0);

/** What the system holds for a downloader that stands still, once nothing moves any more. */
async function settledUnread(sources: readonly SourcePeer[]): Promise<number> {
  let before = Number.NaN;
  return until('the connections stand still', async () => {
    const unread = (await Promise.all(sources.map(({ proxy }) => proxy.unread()))).reduce((sum, bytes) => sum + bytes);
    const state = sumSent(sources) - unread;
    const isSettled = state === before;
    before = state;
    return isSettled ? unread : undefined;
  });
}

async function expectWhole(downloader: LivePeer, bytes: Uint8Array = BYTES): Promise<void> {
  const { path } = await downloader.untilDownload('the end', ({ state }) => state === 'done');
  expect(
    createHash('sha256')
      .update(await readFile(path))
      .digest('hex'),
  ).toBe(createHash('sha256').update(bytes).digest('hex'));
  await until('no part left', async () => (await readdir(join(downloader.downloads, '.shoal-parts'))).length === 0);
}

const random = new SeededRandom(SEED);
const MOMENTS = [
  ['early', 0.02, 0.2],
  ['in the middle', 0.4, 0.6],
  ['near the end', 0.8, 0.9],
] as const;

describe('a downloader that is killed', () => {
  test.each(
    MOMENTS.map(([when, from, to]) => [when, Math.round((from + (to - from) * random.float()) * SIZE)] as const),
  )(`%s goes on by itself when it is started again (at byte %i, seed ${SEED})`, async (_, killAt) => {
    const { sources, downloader } = await startDownload();
    while (sumSent(sources) < killAt) {
      await Promise.race(sources.map(({ proxy }) => proxy.reached(proxy.sent + 1)));
    }
    await downloader.kill();
    expect(sumSent(sources)).toBeLessThan(SIZE);
    await downloader.start('--supernode', 'never');
    await expectWhole(downloader);
    const twice = sumSent(sources) - SIZE;
    expect(twice).toBeLessThan(sources.length * LOST_PER_SOURCE + overhead(SIZE));
  });
});

describe('a downloader that is killed amid sources of no limit', () => {
  test.each(
    MOMENTS.map(([when, from, to]) => [when, Math.round((from + (to - from) * random.float()) * FAST_SIZE)] as const),
  )(`%s has read no more than 2 MiB of each in vain (at byte %i, seed ${SEED})`, async (_, killAt) => {
    const { sources, downloader } = await startDownload({ bytes: FAST_BYTES, rate: 0 });
    while (sumSent(sources) < killAt) {
      await Promise.race(sources.map(({ proxy }) => proxy.reached(proxy.sent + 1)));
    }
    await downloader.freeze();
    const read = sumSent(sources) - (await settledUnread(sources));
    await downloader.kill();
    expect(read).toBeLessThan(FAST_SIZE);
    // What it has again before a source sends a byte, it kept.
    await Promise.all(sources.map(({ peer }) => peer.freeze()));
    await downloader.start('--supernode', 'never');
    const mostLost = sources.length * LOST_PER_SOURCE + overhead(FAST_SIZE);
    await downloader.untilDownload('what was read is here again', ({ done }) => done >= read - mostLost);
    for (const { peer } of sources) peer.thaw();
    await expectWhole(downloader, FAST_BYTES);
  });
});

test('a part that a kill left behind when its file was finished is removed at the next start', async () => {
  const { downloader } = await startDownload();
  await expectWhole(downloader);
  const { id, path } = await downloader.download();
  await downloader.kill();
  const parts = join(downloader.downloads, '.shoal-parts');
  // As it is between the record of the end and the removal: a second name of the file.
  await link(path, join(parts, `${id}.part`));
  await downloader.start('--supernode', 'never');
  expect(await readdir(parts)).toEqual([]);
  await expectWhole(downloader);
});

describe('a source that was given by its address alone', () => {
  test('is asked after a restart too, though the downloader was killed before it ever answered', async () => {
    const source = await (await LivePeer.make({ [NAME]: BYTES })).start('--supernode', 'never');
    await source.untilShared(1);
    const [shared] = await source.shoal('share', 'files');
    const { listen } = source;
    await source.kill();
    const quick = ['--supernode', 'never', '--set', 'download.retry-min=200'];
    const downloader = await (await LivePeer.make()).start(...quick);
    await downloader.shoal('get', `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=${NAME}&xl=${SIZE}&xs=${listen}`);
    await downloader.kill();
    await downloader.start(...quick);
    await source.start('--supernode', 'never', '--listen', listen);
    await expectWhole(downloader);
  });
});

describe('a source that is killed', () => {
  test('is replaced by another within 2 s', async () => {
    const { sources, downloader } = await startDownload({ getWords: ['--sources', '1'] });
    const active = await Promise.race(
      sources.map(async (source) => {
        await source.proxy.reached(3 * MIB);
        return source;
      }),
    );
    const other = sources.find((source) => source !== active);
    if (!other) throw new Error('no other source');
    const sentBefore = other.proxy.sent;
    const killedMs = await active.peer.kill();
    const tookOverMs = await other.proxy.reached(sentBefore + MIB);
    expect(tookOverMs - killedMs).toBeLessThan(TAKE_OVER_MS);
    await expectWhole(downloader);
    const { sources: seen } = await downloader.download();
    expect(seen.find(({ node }) => node === active.peer.node)).toMatchObject({
      reason: expect.stringMatching(/^peer\./),
    });
  });

  test('leaves its chunks to the others, which go on without a break', async () => {
    const { sources, downloader } = await startDownload();
    const [dying, other] = sources;
    await Promise.all(sources.map(({ proxy }) => proxy.reached(2 * MIB)));
    const killedMs = await dying.peer.kill();
    const nextMs = await other.proxy.reached(other.proxy.sent + MIB);
    expect(nextMs - killedMs).toBeLessThan(TAKE_OVER_MS);
    await expectWhole(downloader);
    expect(sumSent(sources) - SIZE).toBeLessThan(LOST_PER_SOURCE + overhead(SIZE));
  });
});
