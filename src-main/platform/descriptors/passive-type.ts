import type { PassiveType } from '../../contract/media.ts';
import { isText } from './is-text.ts';
import { sniffBeginning } from './sniff-beginning.ts';

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

/** As what a file of this beginning may be shown; undefined: not at all. Its name has no say. The caller bounds the time. */
export async function passiveTypeOf(beginning: Uint8Array): Promise<PassiveType | undefined> {
  const mime = (await sniffBeginning(beginning))?.mime;
  if (mime !== undefined && !TEXTS.test(mime)) return Object.hasOwn(PASSIVE, mime) ? PASSIVE[mime] : undefined;
  return isText(beginning) ? TEXT : undefined;
}
