import { mkdtemp, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DescriptorReader, FileDescription } from '../../src-main/engine/ports/index.ts';
import { encodeMetalink } from '../../src-main/engine/wire/metalink.ts';
import { encodeSharesPage } from '../../src-main/engine/wire/shares-page.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { file } from '../support/index-batches.ts';
import { DOCX, EPUB, makeFilm, makePicture, makeSound, makeZip, ODT, PDF } from '../support/media.ts';
import { requireTool } from '../support/tools.ts';

type World = {
  readonly reader: DescriptorReader;
  path(name: string): string;
  put(name: string, bytes: Uint8Array | string): Promise<void>;
  end(): Promise<void>;
};

async function realWorld(timeLimitMs?: number) {
  const folder = await mkdtemp(join(tmpdir(), 'shoal-descriptors-'));
  const logger = new MemoryLogger();
  const reader = new DescriptorPool({ logger, ...(timeLimitMs === undefined ? {} : { timeLimitMs }) });
  const path = (name: string) => join(folder, name);
  const put = (name: string, bytes: Uint8Array | string) => writeFile(path(name), bytes);
  const end = async () => {
    await reader.stop();
    await rm(folder, { recursive: true });
  };
  return { reader, logger, path, put, end };
}

async function memoryWorld(): Promise<World> {
  const files = new MemoryFileSystem({ clock: { wallMs: () => 1 } });
  const path = (name: string) => `/${name}`;
  const put = async (name: string, bytes: Uint8Array | string) => files.putFile(path(name), bytes);
  return { reader: new MemoryDescriptorReader({ files }), path, put, end: async () => {} };
}

describe.each<[string, () => Promise<World>]>([
  ['DescriptorPool', realWorld],
  ['MemoryDescriptorReader', memoryWorld],
])('%s', (_, makeWorld) => {
  let world: World;
  beforeAll(async () => {
    world = await makeWorld();
  });
  afterAll(() => world.end());

  test.each([
    ['notes.txt', 'document'],
    ['page.HTML', 'document'],
    ['song.mp3', 'audio'],
    ['film.mkv', 'video'],
    ['photo.jpeg', 'image'],
    ['set-up.msi', 'software'],
    ['things.tar.zst', 'archive'],
    ['thing.unknown', 'other'],
    ['README', 'other'],
    ['.mp3', 'other'],
  ])('takes the type of %s, whose bytes say nothing, from its ending', async (name, type) => {
    await world.put(name, 'just some words');
    expect(await world.reader.describe(world.path(name))).toEqual({ type, extracted: {} });
  });

  test('fails for what is not there', async () => {
    await expect(world.reader.describe(world.path('missing'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('reads a page of descriptors, and says what is wrong with one that is none', async () => {
    const page = { files: [file(1, 'a & b.flac')], next: null };
    const read = (text: string) => world.reader.readPage(new TextEncoder().encode(text));
    expect(await read(encodeSharesPage(page))).toEqual({ ok: true, page });
    expect(await read('<shares><file')).toEqual({ ok: false, why: expect.any(String) });
    expect(await read('<!DOCTYPE shares [<!ENTITY a "b">]><shares/>')).toMatchObject({ ok: false });
  });

  test('reads a list of files, and says what is wrong with one that is none', async () => {
    const { hash, size, name } = file(1, 'a & b.flac');
    const listed = { hash, size, name, sources: [] };
    const { xml } = encodeMetalink([listed]);
    expect(await world.reader.readMetalink(xml)).toEqual({ ok: true, files: [listed], skipped: 0 });
    expect(await world.reader.readMetalink('<metalink')).toEqual({ ok: false, why: expect.any(String) });
  });

  test('stops for a signal', async () => {
    await world.put('a', 'a');
    const reason = new Error('enough');
    await expect(world.reader.describe(world.path('a'), AbortSignal.abort(reason))).rejects.toBe(reason);
    const controller = new AbortController();
    const describing = world.reader.describe(world.path('a'), controller.signal);
    controller.abort(reason);
    await expect(describing).rejects.toBe(reason);
  });
});

describe('DescriptorPool', () => {
  let world: Awaited<ReturnType<typeof realWorld>>;
  beforeAll(async () => {
    world = await realWorld();
  });
  afterAll(() => world.end());
  const describeNamed = (name: string): Promise<FileDescription> => world.reader.describe(world.path(name));

  const song = { title: 'A Song', artist: 'The Band', album: 'The Album', genre: 'Folk', year: 1999, track: 3 };
  describe.skipIf(!requireTool('ffmpeg', ['-version']))('with files that ffmpeg made', () => {
    test.each([
      ['a.mp3', 'MPEG 1 Layer 3'],
      ['a.flac', 'FLAC'],
      ['a.ogg', 'Vorbis I'],
      ['a.opus', 'Opus'],
      ['a.m4a', 'MPEG-4/AAC'],
      ['a.wav', 'PCM'],
    ])('reads tags and technical data of %s', async (name, codec) => {
      await makeSound(world.path(name));
      const { type, extracted } = await describeNamed(name);
      expect(type).toBe('audio');
      expect(extracted).toMatchObject({ ...song, codec });
      expect(extracted.durationSeconds).toBeCloseTo(2, 0);
      expect(extracted.bitrateKbps).toBeGreaterThan(20);
      expect(extracted).not.toHaveProperty('width');
    });

    test('tells sound from film by the tracks, where the container holds either', async () => {
      await makeSound(world.path('sound.mka'));
      await makeSound(world.path('sound.mp4'));
      expect((await describeNamed('sound.mka')).type).toBe('audio');
      expect((await describeNamed('sound.mp4')).type).toBe('audio');
    });

    test.each([
      ['f.mp4', 'avc1'],
      ['f.mkv', 'MPEG4/ISO/AVC'],
      ['f.webm', 'VP9'],
      ['f.avi', 'FMP4'],
    ])('reads size and length of %s', async (name, codec) => {
      await makeFilm(world.path(name));
      const { type, extracted } = await describeNamed(name);
      expect(type).toBe('video');
      expect(extracted).toMatchObject({ width: 64, height: 48, codec });
      expect(extracted.durationSeconds).toBeCloseTo(2, 0);
      expect(extracted.bitrateKbps).toBeGreaterThan(20);
    });

    test.each(['p.png', 'p.jpg', 'p.gif', 'p.webp', 'p.bmp', 'p.avif'])('reads the size of %s', async (name) => {
      await makePicture(world.path(name));
      expect(await describeNamed(name)).toMatchObject({ type: 'image', extracted: { width: 64, height: 48 } });
    });

    test('believes the bytes, not the ending', async () => {
      await makePicture(world.path('picture.png'));
      await makeSound(world.path('sound.flac'));
      await rename(world.path('picture.png'), world.path('picture.mp3'));
      await rename(world.path('sound.flac'), world.path('sound'));
      expect((await describeNamed('picture.mp3')).type).toBe('image');
      expect(await describeNamed('sound')).toMatchObject({ type: 'audio', extracted: song });
    });
  });

  test.each([
    ['book.epub', EPUB, { title: 'Salt & Sea', artist: 'A. Writer', language: 'en', year: 2003 }],
    ['letter.docx', DOCX, { title: 'A Letter', artist: 'Someone', pages: 7 }],
    ['notes.odt', ODT, { title: 'Notes', artist: 'Me', pages: 2 }],
  ])('reads the properties of %s', async (name, parts, extracted) => {
    await makeZip(world.path(name), parts);
    expect(await describeNamed(name)).toEqual({ type: 'document', extracted });
  });

  test('reads pages, title and author of a PDF', async () => {
    await world.put('paper.pdf', PDF);
    expect(await describeNamed('paper.pdf')).toEqual({
      type: 'document',
      extracted: { pages: 2, title: 'A Paper', artist: 'A Scholar' },
    });
  });

  test('reads title and language of a page, as one clean line', async () => {
    await world.put('page.html', '<!doctype html><html lang="de"><title>\n Ä &amp;\u0007 B </title>');
    expect(await describeNamed('page.html')).toEqual({
      type: 'document',
      extracted: { title: 'Ä & B', language: 'de' },
    });
  });

  test('cuts long text, and leaves out only the field that is wrong', async () => {
    const long = `${'x'.repeat(199)}😀`;
    await makeZip(world.path('long.docx'), {
      ...DOCX,
      'docProps/core.xml': `<coreProperties><title>${long}</title><creator> </creator></coreProperties>`,
      'docProps/app.xml': '<Properties><Pages>12345678</Pages></Properties>',
    });
    expect((await describeNamed('long.docx')).extracted).toEqual({ title: 'x'.repeat(199) });
  });

  test.each([
    ['a program named as a song', 'song2.mp3', Buffer.concat([Buffer.from('MZ'), Buffer.alloc(500)]), 'software'],
    ['a program for Linux', 'Tool.AppImage', Buffer.concat([Buffer.from('\x7fELF'), Buffer.alloc(500)]), 'software'],
    ['a picture that is cut', 'cut.png', Buffer.from('\x89PNG\r\n\x1a\n', 'latin1'), 'image'],
    ['a PDF that is cut', 'cut.pdf', Buffer.from(PDF.slice(0, 120)), 'document'],
    ['an empty file', 'empty.mp3', Buffer.alloc(0), 'audio'],
  ])('gives %s its type and no fields', async (_, name, bytes, type) => {
    await world.put(name, bytes);
    expect(await describeNamed(name)).toEqual({ type, extracted: {} });
  });

  test('believes the ending of a zip for documents and programs only', async () => {
    for (const name of ['z.zip', 'z.cbz', 'z.apk', 'z.mp3']) await makeZip(world.path(name), { readme: 'words' });
    const types = await Promise.all(['z.zip', 'z.cbz', 'z.apk', 'z.mp3'].map(describeNamed));
    expect(types.map(({ type }) => type)).toEqual(['archive', 'document', 'software', 'archive']);
  });

  test('reads no document that declares entities', async () => {
    const bomb = '<!DOCTYPE a [<!ENTITY x "xxxxxxxx">]><coreProperties><title>&x;</title></coreProperties>';
    await makeZip(world.path('bomb.docx'), { ...DOCX, 'docProps/core.xml': bomb });
    expect((await describeNamed('bomb.docx')).extracted).toEqual({});
  });

  test('unpacks no part that declares more than its limit', async () => {
    const part = `<coreProperties><title>A</title>${' '.repeat(3 * 2 ** 20)}</coreProperties>`;
    await makeZip(world.path('swollen.docx'), { ...DOCX, 'docProps/core.xml': part });
    expect((await describeNamed('swollen.docx')).extracted).toEqual({});
  });

  test('answers by the ending when a file takes too long, says so, and goes on with the next', async () => {
    const hasty = await realWorld(1);
    try {
      await hasty.put('slow.pdf', PDF);
      expect(await hasty.reader.describe(hasty.path('slow.pdf'))).toEqual({ type: 'document', extracted: {} });
      expect(hasty.logger.lines.map((line) => line.event)).toEqual(['a file could not be described']);
      expect((await hasty.reader.describe(hasty.path('slow.pdf'))).type).toBe('document');
    } finally {
      await hasty.end();
    }
  });
});
