import { describe, expect, test } from 'vitest';
import {
  expectWhole,
  hurry,
  LOST_PER_SOURCE,
  MIB,
  overhead,
  SIZE,
  startDownload,
  sumSent,
} from '../support/counted-download.ts';

const TAKE_OVER_MS = 2000;

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
    await hurry(other);
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
    await hurry(other);
    await expectWhole(downloader);
    expect(sumSent(sources) - SIZE).toBeLessThan(LOST_PER_SOURCE + overhead(SIZE));
  });
});
