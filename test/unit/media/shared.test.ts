import { afterEach, beforeEach, describe, expect, it } from 'vitest';
import type { MediaRequest, PassiveType } from '../../../src-main/contract/media.ts';
import { MediaShelf } from '../../../src-main/engine/media/media-shelf.ts';
import { isSafeToOpen } from '../../../src-main/engine/media/safe-to-open.ts';
import { LibraryWorld } from '../../support/library-world.ts';
import { startReading } from '../../support/media-world.ts';

const TEXT = 'text/plain; charset=utf-8';
const WORDS = 'words and words\n'.repeat(60_000);

let world: LibraryWorld;
let shelf: MediaShelf;
beforeEach(async () => {
  world = await LibraryWorld.make();
  const noDownloads = (): never => {
    throw new Error('no downloads here');
  };
  shelf = new MediaShelf({ ...world, downloads: { preview: noDownloads } });
});
afterEach(async () => {
  await shelf.stop();
  await world.library.stop();
  expect([world.files.openHandles, world.clock.pendingTimers]).toEqual([0, 0]);
});

const shared = async (path: string): Promise<MediaRequest> => ({ kind: 'shared', hash: await world.hashOf(path) });

describe('a shared file', () => {
  it('is shown by its first bytes and read in pieces', async () => {
    world.files.putFile('/s/words.mp3', WORDS);
    await world.share('/s');
    const media = await shelf.open(await shared('/s/words.mp3'));
    expect(media).toMatchObject({ name: 'words.mp3', size: WORDS.length, type: TEXT });
    const reading = startReading(media, { start: 5, end: WORDS.length - 1 });
    await world.clock.runUntil(() => reading.ended !== undefined, 1000);
    expect(Buffer.concat(reading.pieces).toString()).toBe(WORDS.slice(5));
    expect(Math.max(...reading.pieces.map(({ length }) => length))).toBe(256 * 1024);
    await media.close();
    await media.close();
  });

  it.each([
    ['notes.txt', 'words', TEXT, true],
    ['script.bat', '@echo off', TEXT, false],
    ['page.html', '<!doctype html><script>alert(1)</script>', TEXT, false],
    ['drawing.svg', '<svg xmlns="http://www.w3.org/2000/svg" onload="alert(1)"/>', TEXT, false],
    ['photo.jpg', '<!doctype html><script>alert(1)</script>', TEXT, false],
    ['song.mp3', 'MZ\u0000\u0000\u0000', null, false],
    ['picture.gif', 'GIF89a=0;alert(1)', 'image/gif', true],
    ['picture.hta', 'GIF89a=0;alert(1)', 'image/gif', false],
  ])('named %s and beginning with %j is shown as %s; may be opened: %s', async (name, content, type, mayOpen) => {
    world.files.putFile(`/s/${name}`, content);
    await world.share('/s');
    expect(await shelf.type(await shared(`/s/${name}`))).toEqual({ type, mayOpen });
  });

  it('of no passive type is not shown', async () => {
    world.files.putFile('/s/song.mp3', 'MZ\u0000\u0000\u0000');
    await world.share('/s');
    await expect(shelf.open(await shared('/s/song.mp3'))).rejects.toMatchObject({ code: 'media.not-passive' });
  });

  it('is unknown when it is another than was hashed, or not shared any more', async () => {
    world.files.putFile('/s/a.txt', 'words');
    world.files.putFile('/s/b.txt', 'other words');
    await world.share('/s');
    const [a, b] = [await shared('/s/a.txt'), await shared('/s/b.txt')];
    world.files.putFile('/s/a.txt', 'news!');
    await expect(shelf.open(a)).rejects.toMatchObject({ code: 'media.unknown' });
    await world.library.removeFolder('/s');
    await expect(shelf.open(b)).rejects.toMatchObject({ code: 'media.unknown' });
    await expect(shelf.type(b)).rejects.toMatchObject({ code: 'media.unknown' });
  });

  it('is not read where a link has come in its place', async () => {
    world.files.putFile('/home/secret.txt', 'words');
    world.files.putFile('/s/a.txt', 'words');
    await world.share('/s');
    const request = await shared('/s/a.txt');
    await world.files.remove('/s/a.txt');
    world.files.putLink('/s/a.txt', '/home/secret.txt');
    await expect(shelf.open(request)).rejects.toMatchObject({ code: 'media.unknown' });
  });

  it('takes no place and stays closed when who asked is gone once its type is known', async () => {
    world.files.putFile('/s/a.txt', WORDS);
    await world.share('/s');
    const request = await shared('/s/a.txt');
    const { reader } = world;
    const { passiveType } = reader;
    for (let times = 0; times < 33; times++) {
      const gone = new AbortController();
      reader.passiveType = async (beginning) => {
        gone.abort();
        return passiveType.call(reader, beginning);
      };
      await expect(shelf.open(request, gone.signal)).rejects.toMatchObject({ name: 'AbortError' });
    }
    reader.passiveType = passiveType;
    expect(world.files.openHandles).toBe(0);
  });

  it('that becomes shorter while it is shown ends with a reason', async () => {
    world.files.putFile('/s/a.txt', WORDS);
    await world.share('/s');
    const media = await shelf.open(await shared('/s/a.txt'));
    world.files.putFile('/s/a.txt', 'words');
    const reading = startReading(media, { start: 100, end: 200 });
    await world.clock.runUntil(() => reading.ended !== undefined, 1000);
    expect(reading.ended).toMatchObject({ code: 'media.gone' });
    await media.close();
  });
});

it.each<[string, PassiveType, boolean]>([
  ['song.MP3', 'audio/mpeg', true],
  ['song.ogg', 'video/ogg', true],
  ['song', 'audio/mpeg', false],
  ['song.mp3.exe', 'audio/mpeg', false],
  ['song.mp3.', 'audio/mpeg', false],
  ['song.mp3 ', 'audio/mpeg', false],
  ['song.jar', 'audio/mpeg', false],
  ['photo.png', 'image/jpeg', true],
  ['photo.svg', 'image/png', false],
  ['photo.mp3', 'image/png', false],
  ['gpj.\u202eexe', 'image/jpeg', false],
  ['.txt', TEXT, false],
])('asks the system to open %j of type %s: %s', (name, type, isSafe) => {
  expect(isSafeToOpen(name, type)).toBe(isSafe);
});
