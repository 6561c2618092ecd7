import { link, readdir } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { SeededRandom } from '../../src-main/simulator/seeded-random.ts';
import {
  BYTES,
  expectWhole,
  LOST_PER_SOURCE,
  MIB,
  NAME,
  overhead,
  SIZE,
  type SourcePeer,
  startDownload,
  sumSent,
} from '../support/counted-download.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** Real processes, killed as by a loss of power. */

/** Without a limit the downloader's processor is the limit, and the buffers of the system are full: MiB that the program has not fetched. */
const FAST_SIZE = 128 * MIB;
const FAST_BYTES = seededBytes(FAST_SIZE, 25);
/** Printed in the name of each test, so that a failure can be played again. */
const SEED = 20_261_120;

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
  const { downloader } = await startDownload({ rate: 0 });
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
