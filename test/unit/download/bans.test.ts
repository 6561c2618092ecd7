import { describe, expect, it } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';
import type { ScriptedSource } from '../../support/scripted-source.ts';

const MIB = 2 ** 20;
const MINUTE = 60_000;
const HOUR = 60 * MINUTE;
const WEEK = 7 * 24 * HOUR;
const CHUNKS = 24;
const EVERY = new Set(Array.from({ length: CHUNKS }, (_, chunk) => chunk));

const only = (world: DownloadWorld, id: DownloadId) => {
  const [source] = world.view(id).sources;
  if (!source) throw new Error('no source');
  return source;
};
const isBanned = (world: DownloadWorld, id: DownloadId) => only(world, id).state === 'banned';
/** How long the ban of the only source still lasts, as it is shown. */
const shownMs = (world: DownloadWorld, id: DownloadId) => (only(world, id).bannedUntilMs ?? 0) - world.clock.wallMs();
const near = (ms: number) => ({ least: ms - 2000, most: ms + 2000 });

/** A download whose only source has sent one wrong chunk. */
async function banned(badChunks: ReadonlySet<number> = EVERY) {
  const world = await DownloadWorld.start();
  const file = makeFile(CHUNKS * MIB);
  const source = await world.source(file, MIB);
  source.script.badChunks = badChunks;
  const id = await world.add(file, [source]);
  await world.clock.runUntil(() => isBanned(world, id), 60_000);
  return { world, file, source, id };
}

function expectShown(world: DownloadWorld, id: DownloadId, ms: number): void {
  const { least, most } = near(ms);
  expect(shownMs(world, id)).toBeGreaterThanOrEqual(least);
  expect(shownMs(world, id)).toBeLessThanOrEqual(most);
}
/** Lets the ban end and the next wrong chunk come. */
async function untilNextBan(world: DownloadWorld, id: DownloadId): Promise<void> {
  await world.clock.runUntil(() => !isBanned(world, id), WEEK + HOUR);
  await world.clock.runUntil(() => isBanned(world, id), 60_000);
}
const overlap = ({ asked }: ScriptedSource, from: number) => asked.slice(from).map(({ start, end }) => end - start);

describe('a source that sent a wrong chunk', () => {
  it('is banned for an hour, and the download waits and says until when', async () => {
    const { world, id } = await banned();
    expectShown(world, id, HOUR);
    expect(only(world, id)).toMatchObject({ reason: 'content.bad-bytes', onTrial: false });
    expect(world.view(id)).toMatchObject({ state: 'searching', reason: 'download.sources-banned' });
    // Nothing is taken for being on its way.
    expect(world.downloads.chunks(id).asked).toEqual([]);
    const before = world.strikes.length;
    await world.clock.advance(HOUR - 10_000);
    expect([isBanned(world, id), world.strikes.length]).toEqual([true, before]);
  });

  it('is asked again by itself after the term, and each further wrong chunk bans it for four times as long, to a week', async () => {
    const { world, id } = await banned();
    const most = DEFAULT_SETTINGS['download.ban-max'];
    expect(most).toBe(WEEK);
    // A minute for each hour.
    world.set({ 'download.ban-min': MINUTE, 'download.ban-max': most / 60 });
    for (const minutes of [4, 16, 64, 168, 168]) {
      await untilNextBan(world, id);
      expectShown(world, id, minutes * MINUTE);
    }
    expect(world.strikes).toHaveLength(6);
  });

  it('is on trial then: one chunk at a time, each only after the last was found right', async () => {
    const { world, source, id } = await banned();
    source.script.badChunks = new Set();
    const before = source.asked.length;
    await world.clock.runUntil(() => only(world, id).onTrial, 2 * HOUR);
    await world.clock.runUntil(() => world.view(id).done === 10 * MIB, 60_000);
    expect(new Set(overlap(source, before))).toEqual(new Set([MIB]));
    expect(source.asked.length - before).toBeLessThanOrEqual(11);
    await world.until(id, 'done');
    expect(only(world, id).onTrial).toBe(false);
    expect(Math.max(...overlap(source, before))).toBeGreaterThan(MIB);
  });

  it('is asked for nothing more on trial before its first chunk was found right', async () => {
    const { world, source, id } = await banned();
    const before = source.asked.length;
    await untilNextBan(world, id);
    expect(source.asked.length - before).toBe(1);
  });

  it('is used after all others: one that never lied is asked for more', async () => {
    const { world, file, source, id } = await banned();
    source.script.badChunks = new Set();
    await world.clock.runUntil(() => only(world, id).onTrial, 2 * HOUR);
    const honest = await world.source(file, MIB);
    world.downloads.addSource(id, honest.found);
    world.set({ 'download.sources': 1 });
    await world.downloads.pause(id);
    await world.downloads.resume(id);
    await world.until(id, 'done');
    const [old, other] = world.view(id).sources;
    expect(other?.bytes).toBeGreaterThan(10 * (old?.bytes ?? 0));
  });

  it('has a fault forgiven for each longest term that passes after the ban', async () => {
    const { world, source, id } = await banned();
    await untilNextBan(world, id);
    expectShown(world, id, 4 * HOUR);
    // Nothing is asked of it meanwhile.
    await world.downloads.pause(id);
    await world.clock.advance(4 * HOUR + WEEK + HOUR);
    expect(only(world, id)).toMatchObject({ onTrial: true, state: 'untried' });
    await world.clock.advance(WEEK);
    expect(only(world, id)).toMatchObject({ onTrial: false });
    await world.downloads.resume(id);
    await world.clock.runUntil(() => isBanned(world, id), 60_000);
    expectShown(world, id, HOUR);
    expect(source.asked.length).toBeGreaterThan(2);
  });
});

describe('the ban of a source, when the user wants it tried again,', () => {
  it('ends at once, and the next wrong chunk bans it for longer', async () => {
    const { world, id } = await banned();
    await world.downloads.retry(id);
    expect(isBanned(world, id)).toBe(true);
    await world.downloads.retry(id, only(world, id).node);
    expect(only(world, id)).toMatchObject({ bannedUntilMs: null, onTrial: true });
    await world.clock.runUntil(() => isBanned(world, id), 60_000);
    expectShown(world, id, 4 * HOUR);
  });

  it('lets it finish the file when it is right now', async () => {
    const { world, source, id } = await banned(new Set([0, 1, 2, 3, 4, 5, 6, 7, 8, 9, 10, 11]));
    source.script.badChunks = new Set();
    await world.downloads.retry(id, only(world, id).node);
    await world.until(id, 'done');
  });

  it('stays when it is not a source of this download', async () => {
    const { world, id } = await banned();
    const node = 'f'.repeat(64) as never;
    await expect(world.downloads.retry(id, node)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(isBanned(world, id)).toBe(true);
  });
});

describe('the ban of a source after a restart', () => {
  it('lasts as long as was left of it, less the time away', async () => {
    const { world, id } = await banned();
    await world.clock.advance(20 * 60_000);
    await world.downloads.stop();
    await world.clock.advance(10 * 60_000);
    await world.kill();
    expectShown(world, id, HOUR / 2);
  });

  it('is over when the term passed meanwhile, and its faults are known', async () => {
    const { world, id } = await banned();
    await world.clock.advance(2000);
    await world.downloads.stop();
    await world.clock.advance(2 * HOUR);
    await world.kill();
    expect(isBanned(world, id)).toBe(false);
    await world.clock.runUntil(() => isBanned(world, id), 60_000);
    expectShown(world, id, 4 * HOUR);
  });

  it('lasts no longer for a clock that was set back, at every start', async () => {
    const { world, id } = await banned();
    for (let start = 0; start < 5; start++) {
      await world.clock.advance(HOUR / 10);
      await world.downloads.stop();
      world.clock.wallShiftMs -= 10 * HOUR;
      await world.kill();
      expectShown(world, id, HOUR - ((start + 1) * HOUR) / 10);
    }
  });

  it('is shorter by the time that passed while the download was paused, whatever the clock says then', async () => {
    const { world, id } = await banned();
    await world.downloads.pause(id);
    await world.clock.advance(HOUR / 2);
    await world.downloads.stop();
    world.clock.wallShiftMs -= 10 * HOUR;
    await world.kill();
    expectShown(world, id, HOUR / 2);
  });

  it('is not begun anew by a kill', async () => {
    const { world, id } = await banned();
    await world.clock.advance(HOUR / 2);
    await world.kill();
    expectShown(world, id, HOUR / 2);
  });
});
