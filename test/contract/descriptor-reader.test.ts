import { mkdtemp, readFile, rename, rm, writeFile } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import type { DescriptorReader, FileDescription } from '../../src-main/engine/ports/index.ts';
import { encodeMetalink } from '../../src-main/engine/wire/metalink.ts';
import { encodeSharesPage } from '../../src-main/engine/wire/shares-page.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { DESCRIBE_BUFFER_BYTES } from '../../src-main/platform/descriptors/limits.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { file } from '../support/index-batches.ts';
import { DOCX, EPUB, makeFilm, makePicture, makeSound, makeSwollenPdf, makeZip, ODT, PDF } from '../support/media.ts';
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
    const listed = { hash, size, name, sources: [], web: [] };
    const { xml } = encodeMetalink([listed]);
    expect(await world.reader.readMetalink(xml)).toEqual({ ok: true, files: [listed], skipped: 0 });
    expect(await world.reader.readMetalink('<metalink')).toEqual({ ok: false, why: expect.any(String) });
  });

  const TEXT = 'text/plain; charset=utf-8';
  const bytes = (text: string) => Buffer.from(text, 'latin1');
  const tagged = (rest: Uint8Array) => Buffer.concat([bytes('ID3\x04\0\0\0\0\0\x0a'), Buffer.alloc(10), rest]);
  const MZ = Buffer.concat([bytes('MZ\x90\0\x03'), Buffer.alloc(500)]);
  const SCRIPT = '<script>alert(document.domain)</script>';
  test.each<[string, Uint8Array, string | undefined]>([
    ['a text', Buffer.from('words, Wörter, слова, 語\r\n\twith tabs'), TEXT],
    ['a text that is cut within a letter', Buffer.from('Wörter ö').subarray(0, -1), TEXT],
    ['a text of the Latin alphabet', bytes('M\xfcller f\xe4hrt nach K\xf6ln'), TEXT],
    ['UTF-16 with its mark', Buffer.from('\ufeffwords, слова', 'utf16le'), TEXT],
    ['UTF-16, the other way round', Buffer.from('\ufeffwords', 'utf16le').swap16(), TEXT],
    ['UTF-16 without a mark', Buffer.from('words', 'utf16le'), undefined],
    ['a web page, whose source is shown', bytes(`<!doctype html><title>a</title>${SCRIPT}`), TEXT],
    ['SVG, whose source is shown', bytes(`<svg xmlns="http://www.w3.org/2000/svg">${SCRIPT}</svg>`), TEXT],
    ['XML, whose source is shown', bytes('<?xml version="1.0"?><a xmlns="http://www.w3.org/1999/xhtml"/>'), TEXT],
    ['XML in UTF-16', Buffer.from('\ufeff<?xml version="1.0"?><a/>', 'utf16le'), TEXT],
    ['a shell script', bytes('#!/bin/sh\nrm -rf /\n'), TEXT],
    ['JavaScript', bytes('fetch("http://127.0.0.1/")'), TEXT],
    ['a page that begins like a picture', bytes(`GIF89a=0;${SCRIPT}`), 'image/gif'],
    ['a page behind a picture', bytes(`\x89PNG\r\n\x1a\n${SCRIPT}`), undefined],
    ['a program for Windows', MZ, undefined],
    ['a program for Linux', Buffer.concat([bytes('\x7fELF\x02\x01'), Buffer.alloc(500)]), undefined],
    ['a program for macOS', Buffer.concat([bytes('\xcf\xfa\xed\xfe'), Buffer.alloc(500)]), undefined],
    ['a program behind the tag of a song', tagged(MZ), undefined],
    ['a PDF', Buffer.from(PDF), undefined],
    ['a rich text', bytes('{\\rtf1 words}'), undefined],
    ['PostScript', bytes('%!PS-Adobe-3.0 EPSF-3.0\n'), undefined],
    ['a zip', bytes('PK\x03\x04\x14\0\0\0\0\0'), undefined],
    ['a shortcut', bytes('L\0\0\0\x01\x14\x02\0\0\0\0\0\xc0\0\0\0\0\0\0F'), undefined],
    ['a registry file', bytes('REGEDIT4\r\n\r\n[HKEY_LOCAL_MACHINE]'), undefined],
    ['a film that may run scripts', bytes('\x30\x26\xb2\x75\x8e\x66\xcf\x11\xa6\xd9'), undefined],
    ['Flash', bytes('FWS\x05\0\0\0\0'), undefined],
    ['a picture that browsers do not show', bytes('BM\0\0\0\0\0\0\0\0'), undefined],
    ['words with a NUL among them', bytes('words\0words'), undefined],
    ['noise', Buffer.from(Array.from({ length: 400 }, (_, i) => (i * 89 + 3) % 256)), undefined],
    ['mostly accents', bytes('\xe4\xf6\xfc\xe4\xf6 \xfc\xe4\xf6\xfc'), undefined],
    ['nothing', Buffer.alloc(0), undefined],
  ])('judges %s by its bytes', async (_, beginning, type) => {
    expect(await world.reader.passiveType(beginning)).toBe(type);
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

    const shownAs = async (name: string) =>
      world.reader.passiveType((await readFile(world.path(name))).subarray(0, 256 * 1024));
    test.each([
      [makeSound, 'b.mp3', 'audio/mpeg'],
      [makeSound, 'b.flac', 'audio/flac'],
      [makeSound, 'b.ogg', 'audio/ogg'],
      [makeSound, 'b.opus', 'audio/ogg'],
      [makeSound, 'b.m4a', 'audio/mp4'],
      [makeSound, 'b.aac', 'audio/aac'],
      [makeSound, 'b.wav', 'audio/wav'],
      [makeSound, 'b.aiff', 'audio/aiff'],
      [makeFilm, 'c.mp4', 'video/mp4'],
      [makeFilm, 'c.mov', 'video/quicktime'],
      [makeFilm, 'c.mkv', 'video/x-matroska'],
      [makeFilm, 'c.webm', 'video/webm'],
      [makeFilm, 'c.ogv', 'video/ogg'],
      [makeFilm, 'c.avi', 'video/x-msvideo'],
      [(path: string) => makeFilm(path, '-r', '25'), 'c.mpg', 'video/mpeg'],
      [makeFilm, 'c.ts', 'video/mp2t'],
      [(path: string) => makeFilm(path, '-c:a', 'aac', '-c:v', 'libx264'), 'c.3gp', 'video/3gpp'],
      [makeFilm, 'c.wmv', undefined],
      [makePicture, 'q.png', 'image/png'],
      [makePicture, 'q.jpg', 'image/jpeg'],
      [makePicture, 'q.gif', 'image/gif'],
      [makePicture, 'q.webp', 'image/webp'],
      [makePicture, 'q.avif', 'image/avif'],
      [makePicture, 'q.bmp', undefined],
      [makePicture, 'q.tiff', undefined],
    ])('shows what was made by %o as %s by its bytes', async (make, name, type) => {
      await make(world.path(name));
      expect(await shownAs(name)).toBe(type);
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

  test('shows nothing that takes too long to judge, and says so', async () => {
    const hasty = await realWorld(0);
    try {
      expect(await hasty.reader.passiveType(Buffer.from('words'))).toBeUndefined();
      expect(hasty.logger.lines.map((line) => line.event)).toEqual(['the beginning of a file could not be judged']);
    } finally {
      await hasty.end();
    }
  });

  test('reads what a PDF packs together, and ends what unpacks it to more memory than it may have', async () => {
    const patient = await realWorld(60_000);
    try {
      await patient.put('packed.pdf', makeSwollenPdf(2));
      expect((await patient.reader.describe(patient.path('packed.pdf'))).extracted).toMatchObject({ title: 'A Paper' });
      await patient.put('swollen.pdf', makeSwollenPdf(400));
      expect(await patient.reader.describe(patient.path('swollen.pdf'))).toEqual({ type: 'document', extracted: {} });
      const why = expect.stringContaining(`it took more than ${DESCRIBE_BUFFER_BYTES} bytes of memory`);
      expect(patient.logger.lines).toMatchObject([{ event: 'a file could not be described', fields: { why } }]);
    } finally {
      await patient.end();
    }
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
