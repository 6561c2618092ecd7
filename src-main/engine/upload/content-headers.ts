import type { ContentHash } from '../../contract/ids.ts';
import type { Headers } from '../ports/index.ts';

/** The strong entity tag of a file: its name is its contents. */
export const entityTag = (hash: ContentHash): string => `"${hash}"`;

/** Headers of every answer that carries bytes of a file, or stands for one (HEAD, 304). */
export function contentHeaders(hash: ContentHash, name: string): Headers {
  return {
    etag: entityTag(hash),
    'accept-ranges': 'bytes',
    'content-type': 'application/octet-stream',
    'content-disposition': contentDisposition(name),
    // A stranger's file is never to be guessed into a page that runs.
    'x-content-type-options': 'nosniff',
  };
}

/** Path separators, controls, and characters that reorder shown text: none belongs in a name that another program will write. */
const UNSAFE = /[\p{Cc}\p{Zl}\p{Zp}\u061C\u200E\u200F\u202A-\u202E\u2066-\u2069/\\]/gu;
/** What RFC 8187 lets stand without percent coding, beyond what encodeURIComponent leaves. */
const NOT_ATTRIBUTE_CHAR = /['()*]/g;

/** `attachment` with a file name for old readers (ASCII) and for new ones (RFC 8187). */
export function contentDisposition(name: string): string {
  const safe = name.toWellFormed().replace(UNSAFE, '_').replace(/^\./, '_');
  const ascii = safe.replace(/[^ -~]|["%]/gu, '_');
  const encoded = encodeURIComponent(safe).replace(
    NOT_ATTRIBUTE_CHAR,
    (char) => `%${char.charCodeAt(0).toString(16).toUpperCase()}`,
  );
  return `attachment; filename="${ascii}"; filename*=UTF-8''${encoded}`;
}
