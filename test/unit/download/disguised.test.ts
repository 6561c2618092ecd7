import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { toHex } from '../../../src-main/contract/bytes.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { parseWebUrl } from '../../../src-main/contract/web-url.ts';
import { DownloadWorld, FOLDER, toFile } from '../../support/download-world.ts';
import { ELF, WINDOWS_PROGRAM } from '../../support/programs.ts';
import type { ScriptedFile, ScriptedSource } from '../../support/scripted-source.ts';
import { seededBytes, sha256 } from '../../support/sha256.ts';
import { WebMirror } from '../../support/web-mirror.ts';

const MIB = 2 ** 20;
const ASKED = { state: 'paused', reason: 'download.disguised', found: 'software' };

let world: DownloadWorld;
beforeEach(async () => {
  world = await DownloadWorld.start();
});
afterEach(() => world.downloads.stop());

/** Noise that begins so. */
function beginning(start: Uint8Array, size = 2 * MIB): ScriptedFile {
  const bytes = seededBytes(size, 7);
  bytes.set(start.subarray(0, size));
  return toFile(bytes);
}
const fileNames = async () => ((await world.files.list(FOLDER)) ?? []).map(({ name }) => name);

async function start(file: ScriptedFile, name: string, more: object = {}): Promise<DownloadId> {
  source = await world.source(file, MIB);
  return world.add(file, [source], { name, ...more });
}
let source: ScriptedSource;

describe('a program under another name', () => {
  test.each([
    [3 * MIB, ELF],
    [2 * MIB, WINDOWS_PROGRAM],
    [900, ELF],
  ])('of %i bytes waits for its user before it is finished, and is fetched when he says so', async (size, start_) => {
    const file = beginning(start_, size);
    const id = await start(file, 'song.mp3');
    await world.until(id, 'paused');
    expect(world.view(id)).toMatchObject(ASKED);
    await world.clock.advance(60_000);
    expect(world.view(id)).toMatchObject(ASKED);
    expect(await world.files.stat(`${FOLDER}/song.mp3`)).toBeUndefined();
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(world.view(id)).toMatchObject({ state: 'done', reason: null, found: 'software' });
    expect(await world.content(`${FOLDER}/song.mp3`)).toEqual(file.bytes);
  });

  test('stops as soon as its first chunk is here', async () => {
    const id = await start(beginning(ELF, 64 * MIB), 'song.mp3');
    await world.until(id, 'paused');
    await world.clock.advance(1000);
    expect(world.view(id).done).toBeLessThan(64 * MIB);
  });

  test('still waits after a kill, and goes on unasked after one when its user has said so', async () => {
    const id = await start(beginning(ELF, 8 * MIB), 'song.mp3');
    await world.until(id, 'paused');
    await world.kill();
    expect(world.view(id)).toMatchObject(ASKED);
    // Pausing what is paused is no decision.
    await world.downloads.pause(id);
    expect(world.view(id)).toMatchObject(ASKED);
    await world.downloads.resume(id);
    await world.until(id, 'downloading');
    await world.kill();
    await world.until(id, 'done');
  });

  test('is found after a kill between its first chunk and the look at it', async () => {
    for (let calls = 1; calls < 60; calls++) {
      const id = await start(beginning(ELF, 2 * MIB), 'song.mp3');
      const died = world.dieAfter(calls);
      await Promise.race([died, world.until(id, 'paused')]);
      await world.kill();
      await world.clock.runUntil(() => world.view(id).reason === 'download.disguised', 60_000);
      await world.downloads.cancel(id);
    }
  });

  test('is known by the name that its user gave it, and by the one that came later', async () => {
    const file = beginning(ELF);
    const id = await start(file, 'tool', { output: `${FOLDER}/song.mp3` });
    await world.until(id, 'paused');
    await world.downloads.cancel(id);
    const program = beginning(WINDOWS_PROGRAM);
    const unnamed = await start(program, program.hash);
    await world.clock.runUntil(() => world.view(unnamed).done >= MIB, 60_000);
    world.downloads.addSource(unnamed, { ...(await world.source(program)).found, name: 'film.mkv' });
    await world.until(unnamed, 'paused');
    expect(world.view(unnamed)).toMatchObject({ ...ASKED, name: 'film.mkv' });
  });

  test('from web servers alone waits when all of it is right', async () => {
    const { bytes } = beginning(ELF);
    world.web.names.set('a.example', ['93.184.216.1']);
    world.web.servers.set('93.184.216.1:80', new WebMirror(bytes).serve);
    const id = await world.downloads.add({
      ...{ hash: undefined, size: bytes.length, name: 'song.mp3', check: { sha256: toHex(sha256(bytes)) } },
      sources: ['http://a.example/song.mp3'].flatMap((url) => parseWebUrl(url) ?? []).map((url) => ({ url })),
    });
    await world.until(id, 'paused');
    expect(world.view(id)).toMatchObject(ASKED);
    await world.downloads.resume(id);
    await world.until(id, 'done');
    expect(await world.content(`${FOLDER}/song.mp3`)).toEqual(bytes);
  });

  test('that was found before is stopped with the first chunk too', async () => {
    const file = beginning(ELF);
    const first = await start(file, 'tool');
    await world.until(first, 'done');
    await world.downloads.clear();
    await world.kill();
    const id = await start(file, 'song.mp3');
    await world.until(id, 'paused');
    expect(world.view(id)).toMatchObject(ASKED);
  });
});

test('any other kind of file than its name says is warned of and fetched', async () => {
  const jpeg = new Uint8Array([0xff, 0xd8, 0xff, 0xe0, 0, 16, 0x4a, 0x46, 0x49, 0x46, 0]);
  const id = await start(beginning(jpeg), 'song.mp3');
  await world.until(id, 'done');
  expect(world.view(id).found).toBe('image');
  expect(world.events.filter((event) => event === 'paused')).toEqual([]);
});

test('files that are what their names say, or do not say what they are, are not warned of', async () => {
  for (const [name, start_] of [
    ['song.mp3', Buffer.from('ID3\x04\0\0\0\0\0\x0a', 'latin1')],
    ['tool.exe', WINDOWS_PROGRAM],
    ['noise.mp3', Buffer.from('words')],
  ] as const) {
    const id = await start(beginning(start_, MIB + start_.length), name);
    await world.until(id, 'done');
    expect([name, world.view(id).found]).toEqual([name, null]);
  }
  expect(await fileNames()).toContain('tool.exe');
});
