import { type Protocol, protocol } from 'electron';
import type { MediaApi } from '../contract/media.ts';
import { type PageFiles, SAFE_HEADERS } from '../face/page-files.ts';
import { answerMediaRequest } from './media-scheme.ts';
import { isPageUrl, MEDIA_SCHEME, PAGE_SCHEME } from './page-address.ts';

/** Makes our schemes origins of their own, with secure contexts. Before the application is ready. */
export function registerSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true } as const;
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges },
    { scheme: MEDIA_SCHEME, privileges: { ...privileges, stream: true, corsEnabled: true } },
  ]);
}

/** Serves the page, and files that it shows. */
export function serveSchemes(schemes: Protocol, page: PageFiles, media: MediaApi): void {
  schemes.handle(PAGE_SCHEME, (request) => answerPage(page, request));
  schemes.handle(MEDIA_SCHEME, (request) => answerMediaRequest(media, request));
}

function answerPage(page: PageFiles, { method, url }: Request): Response {
  if (method !== 'GET') return refuse(405);
  const answer = isPageUrl(url) ? page.answer(new URL(url).pathname) : undefined;
  if (!answer) return refuse(404);
  return new Response(new Uint8Array(answer.body), { headers: { ...answer.headers } });
}

const refuse = (status: number): Response => new Response(null, { status, headers: { ...SAFE_HEADERS } });
