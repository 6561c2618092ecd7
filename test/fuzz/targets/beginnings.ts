import { strToU8, zipSync } from 'fflate';
import { DOCX, EPUB, ODT, PDF } from '../../support/media.ts';

const latin1 = (text: string) => Uint8Array.from(text, (character) => character.charCodeAt(0));
const zip = (parts: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));

/** Beginnings that lead to each reader of files' contents, some of them whole small files. */
export const BEGINNINGS: Readonly<Record<string, Uint8Array>> = {
  'a.mp3': latin1('ID3\x04\x00\x00\x00\x00\x0f\x00TIT2\x00\x00\x00\x20\x00\x00\x03title'),
  'a.flac': latin1('fLaC\x00\x00\x00\x22\x10\x00\x10\x00'),
  'a.ogg': latin1(
    'OggS\x00\x02\x00\x00\x00\x00\x00\x00\x00\x00\x01\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x00\x01\x1e\x01vorbis',
  ),
  'a.mp4': latin1('\x00\x00\x00\x18ftypmp42\x00\x00\x00\x00mp42isom\x00\x00\x10\x00moov\x00\x00\x00\x6cmvhd'),
  'a.mkv': latin1('\x1a\x45\xdf\xa3\x9f\x42\x82\x88matroska\x18\x53\x80\x67\x01\x00\x00\x00\x00\x00\xff\xff'),
  'a.avi': latin1('RIFF\xff\xff\x00\x00AVI LIST\xc0\x00\x00\x00hdrlavih\x38\x00\x00\x00'),
  'a.wav': latin1('RIFF\xff\xff\x00\x00WAVEfmt \x10\x00\x00\x00\x01\x00\x02\x00'),
  'a.png': latin1('\x89PNG\r\n\x1a\n\x00\x00\x00\rIHDR\x00\x00\x00\x40\x00\x00\x00\x30\x08\x02\x00\x00\x00'),
  'a.jpg': latin1('\xff\xd8\xff\xe1\x00\x20Exif\x00\x00MM\x00\x2a\x00\x00\x00\x08\x00\x01'),
  'a.tiff': latin1('II\x2a\x00\x08\x00\x00\x00\x02\x00\x00\x01\x04\x00'),
  'a.heic': latin1('\x00\x00\x00\x18ftypheic\x00\x00\x00\x00mif1heic\x00\x00\x01\x00meta'),
  'a.pdf': latin1(PDF),
  'a.docx': zip(DOCX),
  'a.epub': zip(EPUB),
  'a.odt': zip(ODT),
  'a.html': latin1('<html lang=en><title>a</title>'),
};
