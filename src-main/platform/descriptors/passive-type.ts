import { fileTypeFromBuffer } from 'file-type';
import type { PassiveType } from '../../contract/media.ts';

/** What file-type calls them: what a browser shows without running anything. */
const PASSIVE: Readonly<Record<string, PassiveType>> = {
  'audio/aac': 'audio/aac',
  'audio/aiff': 'audio/aiff',
  'audio/flac': 'audio/flac',
  'audio/mp4': 'audio/mp4',
  'audio/x-m4a': 'audio/mp4',
  'audio/mpeg': 'audio/mpeg',
  'audio/ogg': 'audio/ogg',
  'audio/ogg; codecs=opus': 'audio/ogg',
  'audio/wav': 'audio/wav',
  'video/3gpp': 'video/3gpp',
  'video/3gpp2': 'video/3gpp',
  'video/mp2t': 'video/mp2t',
  'video/mp4': 'video/mp4',
  'video/x-m4v': 'video/mp4',
  'video/mpeg': 'video/mpeg',
  'video/MP1S': 'video/mpeg',
  'video/MP2P': 'video/mpeg',
  'video/ogg': 'video/ogg',
  'application/ogg': 'video/ogg',
  'video/quicktime': 'video/quicktime',
  'video/webm': 'video/webm',
  'video/matroska': 'video/x-matroska',
  'video/vnd.avi': 'video/x-msvideo',
  'image/avif': 'image/avif',
  'image/gif': 'image/gif',
  'image/jpeg': 'image/jpeg',
  'image/png': 'image/png',
  'image/apng': 'image/png',
  'image/webp': 'image/webp',
};
/** Known to file-type, and yet mere text; other text that it knows (PDF, RTF, registry files) is not shown. */
const TEXTS = /^(text\/.*|application\/xml|image\/svg\+xml)$/;
const TEXT: PassiveType = 'text/plain; charset=utf-8';

/** Control characters that no text has: all but backspace, tab, the line breaks, form feed and escape. */
// biome-ignore lint/suspicious/noControlCharactersInRegex: these are what is looked for
const NO_TEXT = /[\u0000-\u0007\u000e-\u001a\u001c-\u001f\u007f]/;
/** In text of the Latin alphabet fewer than one letter in three has an accent. */
const MAX_ACCENTED = 1 / 3;

/** As what a file of this beginning may be shown; undefined: not at all. Its name has no say. The caller bounds the time. */
export async function passiveTypeOf(beginning: Uint8Array): Promise<PassiveType | undefined> {
  const mime = await sniff(beginning);
  if (mime !== undefined && !TEXTS.test(mime)) return Object.hasOwn(PASSIVE, mime) ? PASSIVE[mime] : undefined;
  return isText(beginning) ? TEXT : undefined;
}

async function sniff(beginning: Uint8Array): Promise<string | undefined> {
  try {
    return (await fileTypeFromBuffer(beginning))?.mime;
  } catch {
    // Cut or hostile: it is text or nothing.
    return undefined;
  }
}

function isText(bytes: Uint8Array): boolean {
  const text = bytes.length === 0 ? undefined : (decode(bytes, utfOf(bytes)) ?? decodeLatin(bytes));
  return text !== undefined && !NO_TEXT.test(text);
}

/** A byte order mark decides in browsers too, whatever charset they are told. */
function utfOf([first, second]: Uint8Array): string {
  if (first === 0xff && second === 0xfe) return 'utf-16le';
  return first === 0xfe && second === 0xff ? 'utf-16be' : 'utf-8';
}

function decode(bytes: Uint8Array, encoding: string): string | undefined {
  try {
    // The beginning may end within a character.
    return new TextDecoder(encoding, { fatal: true }).decode(bytes, { stream: true });
  } catch {
    return undefined;
  }
}

/** Its accents are shown wrongly, the rest rightly. */
function decodeLatin(bytes: Uint8Array): string | undefined {
  let accented = 0;
  for (const byte of bytes) if (byte > 0x7f) accented++;
  return accented <= bytes.length * MAX_ACCENTED ? new TextDecoder('latin1').decode(bytes) : undefined;
}
