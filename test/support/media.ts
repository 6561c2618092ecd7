import { execFile } from 'node:child_process';
import { writeFile } from 'node:fs/promises';
import { promisify } from 'node:util';
import { constants, deflateRawSync } from 'node:zlib';
import { strToU8, zipSync } from 'fflate';

const run = promisify(execFile);
const ffmpeg = (...args: readonly string[]) =>
  run('ffmpeg', ['-hide_banner', '-loglevel', 'error', '-nostdin', '-y', ...args]);

const TONE = ['-f', 'lavfi', '-i', 'sine=frequency=440:duration=2'];
const PICTURE = ['-f', 'lavfi', '-i', 'testsrc=duration=2:size=64x48:rate=10'];
const TAGS = { title: 'A Song', artist: 'The Band', album: 'The Album', genre: 'Folk', date: '1999', track: '3' };
const TAG_ARGS = Object.entries(TAGS).flatMap(([name, value]) => ['-metadata', `${name}=${value}`]);

/** Two seconds of a tone, with the tags above. */
export const makeSound = (path: string, ...codec: readonly string[]) => ffmpeg(...TONE, ...TAG_ARGS, ...codec, path);

/** Two seconds of 64 × 48 with sound. */
export const makeFilm = (path: string, ...codec: readonly string[]) =>
  ffmpeg(...PICTURE, ...TONE, '-metadata', 'title=A Film', '-shortest', ...codec, path);

/** One picture of 64 × 48. */
export const makePicture = (path: string) => ffmpeg(...PICTURE, '-frames:v', '1', path);

/** A zip of texts. */
export const makeZip = (path: string, parts: Readonly<Record<string, string>>) =>
  writeFile(path, zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)]))));

export const EPUB = {
  mimetype: 'application/epub+zip',
  'META-INF/container.xml':
    '<?xml version="1.0"?><container><rootfiles><rootfile full-path="OEBPS/book.opf"/></rootfiles></container>',
  'OEBPS/book.opf':
    '<package xmlns:dc="http://purl.org/dc/elements/1.1/"><metadata><dc:title>Salt &amp; Sea</dc:title><dc:creator id="a">A. Writer</dc:creator><dc:creator>B. Second</dc:creator><dc:language>en</dc:language><dc:date>2003-05-01</dc:date></metadata></package>',
};
export const DOCX = {
  '[Content_Types].xml':
    '<Types><Override PartName="/word/document.xml" ContentType="application/vnd.openxmlformats-officedocument.wordprocessingml.document.main+xml"/></Types>',
  'word/document.xml': '<w/>',
  'docProps/core.xml':
    '<cp:coreProperties xmlns:cp="a" xmlns:dc="b"><dc:title>A Letter</dc:title><dc:creator>Someone</dc:creator></cp:coreProperties>',
  'docProps/app.xml': '<Properties><Pages>7</Pages></Properties>',
};
export const ODT = {
  mimetype: 'application/vnd.oasis.opendocument.text',
  'meta.xml':
    '<office:document-meta xmlns:office="a" xmlns:dc="b" xmlns:meta="c"><office:meta><dc:title>Notes</dc:title><dc:creator>Me</dc:creator><meta:document-statistic meta:page-count="2"/></office:meta></office:document-meta>',
};

/** A PDF of two empty pages. The table of contents is left to the reader to rebuild, as in many a real file. */
export const PDF = `%PDF-1.4
1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj
2 0 obj <</Type/Pages/Kids[3 0 R 4 0 R]/Count 2>> endobj
3 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj
4 0 obj <</Type/Page/Parent 2 0 R/MediaBox[0 0 9 9]>> endobj
5 0 obj <</Title(A Paper)/Author(A Scholar)>> endobj
trailer <</Root 1 0 R/Info 5 0 R/Size 6>>
%%EOF
`;

/** A small PDF whose title lies in a stream that unpacks to so many MiB. */
export function makeSwollenPdf(mib: number): Uint8Array {
  // The title is the only object, at 10 bytes from the beginning.
  const beginning = Buffer.from('3 0        <</Title(A Paper)>>'.padEnd(2 ** 20));
  const pack = (bytes: Buffer) => deflateRawSync(bytes, { level: 9, finishFlush: constants.Z_FULL_FLUSH });
  const blank = pack(Buffer.alloc(2 ** 20, ' '));
  const stream = Buffer.concat([Buffer.from([0x78, 0xda]), pack(beginning), ...Array<Buffer>(mib - 1).fill(blank)]);
  const offsets = [0];
  let pdf = Buffer.from('%PDF-1.5\n');
  const add = (...parts: readonly (string | Buffer)[]) => {
    offsets.push(pdf.length);
    pdf = Buffer.concat([pdf, ...parts.map((part) => Buffer.from(part))]);
  };
  add('1 0 obj <</Type/Catalog/Pages 2 0 R>> endobj\n');
  add('2 0 obj <</Type/Pages/Kids[]/Count 0>> endobj\n');
  add(
    `4 0 obj <</Type/ObjStm/N 1/First 10/Filter/FlateDecode/Length ${stream.length}>>\nstream\n`,
    stream,
    '\nendstream endobj\n',
  );
  const [, catalog = 0, pages = 0, packed = 0] = offsets;
  const rows = [
    [0, 0, 0],
    [1, catalog, 0],
    [1, pages, 0],
    [2, 4, 0],
    [1, packed, 0],
    [1, pdf.length, 0],
  ];
  const table = Buffer.concat(
    rows.map(([kind = 0, at = 0, index = 0]) => Buffer.from([kind, at >> 24, at >> 16, at >> 8, at, index])),
  );
  add(
    `5 0 obj <</Type/XRef/Size 6/W[1 4 1]/Root 1 0 R/Info 3 0 R/Length ${table.length}>>\nstream\n`,
    table,
    '\nendstream endobj\n',
  );
  add(`startxref\n${offsets.at(-1)}\n%%EOF\n`);
  return pdf;
}
