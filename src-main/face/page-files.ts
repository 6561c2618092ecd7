import { randomBytes } from 'node:crypto';
import { readdir, readFile } from 'node:fs/promises';
import { extname, join, relative, sep } from 'node:path';
import { AppError } from '../contract/errors.ts';

/** One file of the page as an answer: status 200. */
export type PageAnswer = {
  readonly headers: Readonly<Record<string, string>>;
  readonly body: Uint8Array;
};

const TYPES: Readonly<Record<string, string>> = {
  '.html': 'text/html; charset=utf-8',
  '.js': 'text/javascript; charset=utf-8',
  '.css': 'text/css; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.svg': 'image/svg+xml',
  '.png': 'image/png',
  '.woff2': 'font/woff2',
  '.md': 'text/plain; charset=utf-8',
};
const INDEX = '/index.html';
/** What the index carries in place of the nonce of its answer. */
const NONCE_PLACE = '__CSP_NONCE__';

/**
 * The files of the built page, in memory; nothing else in their folder can be asked for. `media` names where preview comes from when
 * that is another origin (Electron's scheme).
 */
export class PageFiles {
  readonly #files: ReadonlyMap<string, Uint8Array>;
  readonly #media: string;

  private constructor(files: ReadonlyMap<string, Uint8Array>, media: string) {
    this.#files = files;
    this.#media = media;
  }

  /** Fails with page.missing when the page is not built. */
  static async read(folder: string, { media = '' } = {}): Promise<PageFiles> {
    const entries = await readdir(folder, { recursive: true, withFileTypes: true }).catch(() => []);
    const files = new Map<string, Uint8Array>();
    for (const entry of entries) {
      if (!entry.isFile()) continue;
      const path = join(entry.parentPath, entry.name);
      files.set(`/${relative(folder, path).split(sep).join('/')}`, await readFile(path));
    }
    if (!files.has(INDEX)) throw new AppError('page.missing', { path: folder });
    return new PageFiles(files, media);
  }

  /** `path` begins with a slash; undefined when there is no such file. */
  answer(path: string): PageAnswer | undefined {
    const name = path === '/' ? INDEX : path;
    const body = this.#files.get(name);
    if (!body) return undefined;
    const nonce = randomBytes(16).toString('base64url');
    const isIndex = name === INDEX;
    return {
      headers: {
        'Content-Type': TYPES[extname(name)] ?? 'application/octet-stream',
        // Built names carry a digest of their contents, the index does not.
        'Cache-Control': isIndex ? 'no-store' : 'private, max-age=31536000, immutable',
        'Content-Security-Policy': this.#policy(nonce),
        ...SAFE_HEADERS,
      },
      body: isIndex ? withNonce(body, nonce) : body,
    };
  }

  #policy(nonce: string): string {
    const own = `'self' ${this.#media}`.trim();
    return [
      "default-src 'none'",
      "script-src 'self'",
      // Vuetify writes its theme into a style element.
      `style-src 'self' 'nonce-${nonce}'`,
      `img-src ${own} data: blob:`,
      `media-src ${own} blob:`,
      "font-src 'self'",
      // Text is previewed by fetching it.
      `connect-src ${own}`,
      "base-uri 'none'",
      "form-action 'none'",
      "frame-ancestors 'none'",
    ].join('; ');
  }
}

/** For every answer of ours: a type is what it says, and nobody may embed, learn of or share a process with it. */
export const SAFE_HEADERS: Readonly<Record<string, string>> = {
  'X-Content-Type-Options': 'nosniff',
  'Referrer-Policy': 'no-referrer',
  'Cross-Origin-Opener-Policy': 'same-origin',
  'Cross-Origin-Resource-Policy': 'same-origin',
  'Permissions-Policy': 'camera=(), microphone=(), geolocation=(), usb=(), payment=()',
};

function withNonce(index: Uint8Array, nonce: string): Uint8Array {
  return new TextEncoder().encode(new TextDecoder().decode(index).replaceAll(NONCE_PLACE, nonce));
}
