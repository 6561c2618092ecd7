import { describe, expect, it } from 'vitest';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import type { Media } from '../../../src-main/contract/media.ts';
import { FOLDER, toFile } from '../../support/download-world.ts';
import { bytesOf, download, MediaWorld, makeNoise, startReading } from '../../support/media-world.ts';

const MIB = 2 ** 20;
const equal = (a: Uint8Array, b: Uint8Array): boolean => Buffer.compare(a, b) === 0;
const code = (wanted: string) => expect.objectContaining({ code: wanted });

/** A file on its way from one source of that rate. */
async function loading(sizeBytes: number, bytesPerSecond: number, more: object = {}) {
  const media = await MediaWorld.start();
  const { world } = media;
  const file = makeNoise(sizeBytes);
  const source = await world.source(file, bytesPerSecond);
  const id = await world.add(file, [source], { name: 'noise.wav', ...more });
  return { media, world, file, source, id };
}

describe('a download that is looked at', () => {
  it('gives its bytes from the beginning as they come, and is fetched in that order', async () => {
    const { media, world, file, source, id } = await loading(20 * MIB + 777, 2 * MIB);
    const shown = await media.open(id);
    expect(shown).toMatchObject({ name: 'noise.wav', size: file.bytes.length, type: 'audio/wav' });
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    const ms = await media.untilRead(reading, 4 * MIB);
    expect(ms).toBeLessThan(4000);
    expect(world.view(id).done).toBeLessThan(7 * MIB);
    await media.untilEnded(reading);
    expect(reading.ended).toBe('whole');
    expect(equal(bytesOf(reading), file.bytes)).toBe(true);
    expect(Math.max(...reading.pieces.map((piece) => piece.length))).toBeLessThanOrEqual(256 * 1024);
    // The first chunk of all was chosen before anybody looked.
    const starts = source.asked.slice(2).map(({ start }) => start);
    expect(starts).toEqual(starts.toSorted((a, b) => a - b));
    expect(source.sentBytes).toBeLessThan(file.bytes.length + 2 * MIB);
    await world.until(id, 'done');
    expect(equal(await world.content(`${FOLDER}/noise.wav`), file.bytes)).toBe(true);
  });

  it('brings the middle soon, out of the midst of long runs', async () => {
    const { media, world, file, id } = await loading(200 * MIB, 4 * MIB);
    await world.clock.runUntil(() => world.view(id).done > 60 * MIB, 60_000);
    const shown = await media.open(id);
    for (const start of [150 * MIB + 5, 100 * MIB, 199 * MIB, 120 * MIB + 11]) {
      const end = start + MIB / 2 - 1;
      const reading = startReading(shown, { start, end });
      expect(await media.untilEnded(reading)).toBeLessThan(2000);
      expect(equal(bytesOf(reading), file.bytes.subarray(start, end + 1))).toBe(true);
    }
    await shown.close();
    await world.until(id, 'done');
  });

  it('serves the lowest of two readers first, and the other when that one has gone', async () => {
    const { media, world, file, source, id } = await loading(60 * MIB, 2 * MIB);
    const shown = await media.open(id);
    const high = startReading(shown, { start: 50 * MIB, end: 60 * MIB - 1 });
    const low = startReading(shown, { start: 10 * MIB, end: 40 * MIB - 1 });
    await media.untilRead(low, 6 * MIB);
    expect(bytesOf(high).length).toBeLessThanOrEqual(4 * MIB);
    const before = source.asked.length;
    low.stop(new Error('looked away'));
    await media.untilRead(high, bytesOf(high).length + 2 * MIB, 5000);
    expect(source.asked.length - before).toBeLessThan(10);
    await media.untilEnded(high);
    expect(equal(bytesOf(high), file.bytes.subarray(50 * MIB))).toBe(true);
    expect(low.ended).toMatchObject({ message: 'looked away' });
    await world.until(id, 'done');
  });

  it('gives none of the bytes that a source has altered', async () => {
    const { media, world, file, source, id } = await loading(12 * MIB, 2 * MIB);
    source.script.badChunks = new Set([3, 4, 5]);
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    await world.clock.runUntil(() => world.view(id).sources[0]?.state === 'banned', 30_000);
    await world.clock.advance(5000);
    expect(reading.ended).toBeUndefined();
    const soFar = bytesOf(reading);
    expect(soFar.length).toBeLessThanOrEqual(3 * MIB);
    expect(equal(soFar, file.bytes.subarray(0, soFar.length))).toBe(true);
    world.downloads.addSource(id, (await world.source(file, 2 * MIB)).found);
    await media.untilEnded(reading);
    expect(equal(bytesOf(reading), file.bytes)).toBe(true);
  });

  it('shows while it is paused what is here, waits for the rest, and goes on with it', async () => {
    const { media, world, file, id } = await loading(12 * MIB, 2 * MIB);
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    await media.untilRead(reading, 4 * MIB);
    await media.settle(world.downloads.pause(id));
    await world.clock.advance(60_000);
    const here = bytesOf(reading).length;
    expect(here).toBeLessThan(file.bytes.length);
    const again = startReading(shown, { start: 100, end: 3 * MIB });
    await media.untilEnded(again);
    expect(equal(bytesOf(again), file.bytes.subarray(100, 3 * MIB + 1))).toBe(true);
    expect(reading.ended).toBeUndefined();
    await media.settle(world.downloads.resume(id));
    await media.untilEnded(reading);
    expect(equal(bytesOf(reading), file.bytes)).toBe(true);
  });

  it('shows after a restart what was recorded of a paused one', async () => {
    const { media, world, file, id } = await loading(12 * MIB, 2 * MIB);
    const before = await media.open(id);
    await media.untilRead(startReading(before, { start: 0, end: 5 * MIB - 1 }), 5 * MIB);
    await media.settle(world.downloads.pause(id));
    await world.kill();
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: 5 * MIB - 1 });
    await media.untilEnded(reading);
    expect(equal(bytesOf(reading), file.bytes.subarray(0, 5 * MIB))).toBe(true);
  });

  it('waits while it is another one’s turn', async () => {
    const { media, world, id } = await loading(40 * MIB, MIB / 2);
    world.set({ 'download.running': 1 });
    const waiting = makeNoise(3 * MIB, 8);
    const second = await world.add(waiting, [await world.source(waiting, 2 * MIB)], { name: 'second.wav' });
    await world.clock.advance(1000);
    expect(world.view(second).state).toBe('queued');
    expect(await media.shelf.type(download(second))).toEqual({ type: null, mayOpen: false });
    await expect(media.open(second)).rejects.toMatchObject({ code: 'media.not-yet' });
    const opening = media.shelf.open(download(second));
    await media.settle(world.downloads.cancel(id));
    const shown = await media.settle(opening);
    const reading = startReading(shown, { start: 0, end: 3 * MIB - 1 });
    await media.untilEnded(reading);
    expect(equal(bytesOf(reading), waiting.bytes)).toBe(true);
  });

  it.each([
    ['a second name', `${FOLDER}/noise.wav`, true],
    ['another name', `${FOLDER}/noise.wav`, false],
    ['a copy on another disk', '/other/noise.wav', true],
  ])('goes on with the finished file when that is %s of the part', async (_, output, hasLinks) => {
    const { media, world, file, id } = await loading(6 * MIB, 4 * MIB, { output });
    world.files.mount('/other');
    if (!hasLinks) world.files.link = async () => 'unsupported';
    const shown = await media.open(id);
    const pieces: Uint8Array[] = [];
    const iterator = shown.read({ start: 0, end: file.bytes.length - 1 }, new AbortController().signal);
    for await (const piece of iterator) {
      pieces.push(piece);
      if (pieces.length === 4) await world.until(id, 'done');
    }
    expect(equal(Buffer.concat(pieces), file.bytes)).toBe(true);
    expect(await media.shelf.type(download(id))).toEqual({ type: 'audio/wav', mayOpen: true });
    await world.files.remove(output);
    const gone = startReading(shown, { start: 0, end: 9 });
    await media.untilEnded(gone);
    expect(gone.ended).toEqual(code('media.gone'));
  });

  it('ends with its cancellation', async () => {
    const { media, world, file, id } = await loading(12 * MIB, MIB);
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    await media.untilRead(reading, 2 * MIB);
    await media.settle(world.downloads.cancel(id));
    await media.untilEnded(reading);
    expect(reading.ended).toEqual(code('download.cancelled'));
    await expect(media.open(id)).rejects.toMatchObject({ code: 'download.unknown' });
  });

  it('leaves nothing behind when reading is given up, and the order is free again when all is closed', async () => {
    const { media, world, file, source, id } = await loading(200 * MIB, 2 * MIB);
    const shown = await media.open(id);
    const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
    await media.untilRead(reading, 5 * MIB);
    reading.stop(new Error('enough'));
    await media.untilEnded(reading);
    expect(reading.ended).toMatchObject({ message: 'enough' });
    const waiting = startReading(shown, { start: 180 * MIB, end: 190 * MIB });
    await shown.close();
    await media.untilEnded(waiting);
    expect(waiting.ended).toEqual(code('media.gone'));
    const longest = () => Math.max(...source.asked.slice(-3).map(({ start, end }) => end - start));
    expect(longest()).toBeLessThanOrEqual(4 * MIB);
    // Runs of two seconds are for those who look; without them they last ten.
    await world.clock.runUntil(() => longest() > 8 * MIB, 60_000);
    await media.settle(world.downloads.pause(id));
    expect(world.files.openHandles).toBe(0);
  });
});

describe('a download that cannot be shown', () => {
  it('is of no passive type', async () => {
    const media = await MediaWorld.start();
    const { world } = media;
    const program = toFile(
      Uint8Array.of(...new TextEncoder().encode('\u007fELF\u0002\u0001\u0001'), ...new Uint8Array(500)),
    );
    const id = await world.add(program, [await world.source(program)], { name: 'song.mp3' });
    await expect(media.open(id)).rejects.toMatchObject({ code: 'media.not-passive', params: { name: 'song.mp3' } });
    await world.until(id, 'paused');
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(await media.shelf.type(download(id))).toEqual({ type: null, mayOpen: false });
  });

  it('has no known size yet', async () => {
    const media = await MediaWorld.start();
    const { hash } = makeNoise(MIB);
    const id = await media.world.downloads.add({ hash, name: 'a.wav' });
    await expect(media.open(id)).rejects.toMatchObject({ code: 'media.size-unknown' });
    expect(await media.shelf.type(download(id))).toEqual({ type: null, mayOpen: false });
  });

  it('is not there', async () => {
    const media = await MediaWorld.start();
    const request = download('00000000' as DownloadId);
    await expect(media.shelf.open(request)).rejects.toMatchObject({ code: 'download.unknown' });
    await expect(media.shelf.type(request)).rejects.toMatchObject({ code: 'download.unknown' });
  });
});

describe('what is open', () => {
  it('is at most 32, with 16 readings of each, and closed at the end', async () => {
    const { media, world, file, id } = await loading(3 * MIB, 50 * MIB);
    await world.until(id, 'done');
    const open = await Promise.all(Array.from({ length: 32 }, () => media.shelf.open(download(id))));
    await expect(media.shelf.open(download(id))).rejects.toMatchObject({ code: 'media.too-many' });
    await open[0]?.close();
    const [, second] = open as [Media, Media];
    const other = await media.shelf.open(download(id));
    const { signal } = new AbortController();
    const iterators = Array.from({ length: 17 }, () =>
      second.read({ start: 0, end: 9 }, signal)[Symbol.asyncIterator](),
    );
    const outcomes = await Promise.allSettled(iterators.map((iterator) => iterator.next()));
    expect(outcomes.filter(({ status }) => status === 'rejected')).toEqual([
      { status: 'rejected', reason: code('media.too-many') },
    ]);
    for (const iterator of iterators) await iterator.return?.();
    expect((await second.read({ start: 0, end: 9 }, signal)[Symbol.asyncIterator]().next()).done).toBe(false);
    await media.shelf.stop();
    for (const shown of [second, other]) {
      const reading = startReading(shown, { start: 0, end: file.bytes.length - 1 });
      await media.untilEnded(reading);
      expect(reading.ended).toEqual(code('media.gone'));
    }
    await expect(media.shelf.open(download(id))).rejects.toMatchObject({ code: 'media.gone' });
    expect(world.files.openHandles).toBe(0);
  });

  it.each([
    [-1, 5],
    [0, 3 * MIB],
    [0.5, 5],
    [0, Number.NaN],
  ])('is not read from %d to %d', async (start, end) => {
    const { media, world, id } = await loading(3 * MIB, 50 * MIB);
    await world.until(id, 'done');
    const reading = startReading(await media.open(id), { start, end });
    await media.untilEnded(reading);
    expect(reading.ended).toEqual(code('input.invalid'));
  });
});
