import { type Protocol, protocol } from 'electron';
import { type PageFiles, SAFE_HEADERS } from '../face/page-files.ts';
import { isPageUrl, MEDIA_SCHEME, PAGE_SCHEME } from './page-address.ts';

/** Makes our schemes origins of their own, with secure contexts. Before the application is ready. */
export function registerSchemes(): void {
  const privileges = { standard: true, secure: true, supportFetchAPI: true } as const;
  protocol.registerSchemesAsPrivileged([
    { scheme: PAGE_SCHEME, privileges },
    { scheme: MEDIA_SCHEME, privileges: { ...privileges, stream: true } },
  ]);
}

/** Answers a request for a file that is shown while it loads. */
export type AnswerMedia = (request: Request) => Promise<Response>;

/** Serves the page, and previews where somebody answers for them. */
export function serveSchemes(schemes: Protocol, page: PageFiles, answerMedia?: AnswerMedia): void {
  schemes.handle(PAGE_SCHEME, (request) => answerPage(page, request));
  if (answerMedia) schemes.handle(MEDIA_SCHEME, answerMedia);
}

function answerPage(page: PageFiles, { method, url }: Request): Response {
  if (method !== 'GET') return refuse(405);
  const answer = isPageUrl(url) ? page.answer(new URL(url).pathname) : undefined;
  if (!answer) return refuse(404);
  return new Response(new Uint8Array(answer.body), { headers: { ...answer.headers } });
}

const refuse = (status: number): Response => new Response(null, { status, headers: { ...SAFE_HEADERS } });
