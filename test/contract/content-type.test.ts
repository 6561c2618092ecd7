import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { afterAll, describe, expect, test } from 'vitest';
import type { FileType } from '../../src-main/contract/descriptor.ts';
import { fitOf } from '../../src-main/engine/content/name-fit.ts';
import type { DescriptorReader } from '../../src-main/engine/ports/index.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { DOCX, EPUB, makeFilm, makePicture, makeSound, ODT, PDF } from '../support/media.ts';
import { ELF, WINDOWS_PROGRAM } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const pool = new DescriptorPool({ logger: new MemoryLogger() });
afterAll(() => pool.stop());
const memory = new MemoryDescriptorReader({ files: new MemoryFileSystem({ clock: { wallMs: () => 1 } }) });

const bytes = (text: string) => Buffer.from(text, 'latin1');
const padded = (text: string) => Buffer.concat([bytes(text), Buffer.alloc(500)]);
const zip = (parts: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));
const bitmap = Buffer.alloc(100);
bitmap.write('BM');
bitmap.writeUInt32LE(40, 14);

/** What it is by its bytes, and a name under which it is honest. */
const HONEST: readonly [name: string, contents: Uint8Array, found: FileType | undefined][] = [
  ['words.txt', Buffer.from('words, слова'), undefined],
  ['MZ, a life.txt', bytes('MZ was born in a small town.'), undefined],
  ['BMW.txt', bytes('BMW makes cars.'), undefined],
  ['ID3 explained.md', bytes('ID3 tags stand before the sound.'), undefined],
  ['drawing.svg', bytes('<svg xmlns="http://www.w3.org/2000/svg"/>'), undefined],
  ['page.html', bytes('<!doctype html><title>a</title>'), undefined],
  ['script.sh', bytes('#!/bin/sh\necho\n'), undefined],
  ['paper.pdf', Buffer.concat([bytes('%PDF-1.4\n%\xe2\xe3\xcf\xd3\0\n'), bytes(PDF)]), 'document'],
  ['letter.docx', zip(DOCX), 'document'],
  ['notes.odt', zip(ODT), 'document'],
  ['book.epub', zip(EPUB), 'document'],
  ['letter.doc', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), undefined],
  ['setup.msi', padded('\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1'), undefined],
  ['things.zip', zip({ readme: 'words' }), 'archive'],
  ['comic.cbz', zip({ '001.jpg': 'a page' }), 'archive'],
  ['tool.apk', zip({ 'AndroidManifest.xml': 'a', 'classes.dex': 'b' }), 'archive'],
  ['tool.jar', zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0' }), 'archive'],
  ['things.tar.gz', padded('\x1f\x8b\x08\0'), 'archive'],
  ['things.7z', padded('7z\xbc\xaf\x27\x1c'), 'archive'],
  ['tool.exe', WINDOWS_PROGRAM, 'software'],
  ['tool', ELF, 'software'],
  ['tool.AppImage', ELF, 'software'],
  ['libtool.so', ELF, 'software'],
  ['tool.zip', WINDOWS_PROGRAM, 'software'],
  ['kernel.img', WINDOWS_PROGRAM, 'software'],
  ['tune.mod', padded('MZ tune\0\0'), undefined],
  ['novel.mobi', padded('BM_and_I\0\0'), undefined],
  ['picture.bmp', bitmap, 'image'],
  ['flash.bin', Buffer.alloc(4096, 0xff), undefined],
  ['noise.mp3', Buffer.from(Array.from({ length: 400 }, (_, at) => (at * 89 + 3) % 256)), undefined],
  ['nothing.mp3', Buffer.alloc(0), undefined],
];

describe.each<[string, DescriptorReader]>([
  ['DescriptorPool', pool],
  ['MemoryDescriptorReader', memory],
])('%s', (_, reader) => {
  test.each(HONEST)('finds nothing against the name of %s', async (name, contents, found) => {
    const type = await reader.contentType(contents);
    expect(type).toBe(found);
    if (type) expect(fitOf(name, type)).toBe('fits');
  });

  test.each<[string, Uint8Array, string]>([
    ['song.mp3', WINDOWS_PROGRAM, 'disguised'],
    ['song.mp3', ELF, 'disguised'],
    ['song.mp3 ', padded('\xcf\xfa\xed\xfe\x07'), 'disguised'],
    ['invoice.pdf', WINDOWS_PROGRAM, 'disguised'],
    ['photo.jpg', padded('L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F'), 'disguised'],
    ['film.mkv', zip({ readme: 'words' }), 'differs'],
    ['song.mp3', zip({ 'classes.dex': 'b' }), 'differs'],
    ['song.mp3', bitmap, 'differs'],
    ['tool.exe', padded('\xff\xd8\xff\xe0\0\x10JFIF\0'), 'differs'],
  ])('finds something against the name of %s', async (name, contents, fit) => {
    const type = await reader.contentType(contents);
    expect(type && fitOf(name, type)).toBe(fit);
  });
});

describe.skipIf(!requireTool('ffmpeg', ['-version']))('files that ffmpeg made', () => {
  test('are what their names say, by their first 64 KiB', async () => {
    const folder = await temporaryFolder();
    const made: readonly [FileType, (path: string) => Promise<unknown>, readonly string[]][] = [
      ['audio', makeSound, ['a.mp3', 'a.flac', 'a.ogg', 'a.wav', 'a.aac']],
      ['video', makeFilm, ['f.mkv', 'f.mp4', 'f.avi']],
      ['image', makePicture, ['p.png', 'p.jpg', 'p.gif', 'p.bmp']],
    ];
    const all = made.flatMap(([type, make, names]) => names.map((name) => ({ type, make, name })));
    const judged = all.map(async ({ make, name }) => {
      await make(join(folder, name));
      const found = await memory.contentType((await readFile(join(folder, name))).subarray(0, 64 * 1024));
      return { name, found, fit: found && fitOf(name, found) };
    });
    expect(await Promise.all(judged)).toEqual(all.map(({ name, type }) => ({ name, found: type, fit: 'fits' })));
  }, 30_000);
});
