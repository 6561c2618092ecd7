import type { MediaApi } from '../contract/media.ts';
import { answerMedia, type MediaAnswer } from '../face/media-answer.ts';
import { isMediaUrl, PAGE_ORIGIN } from './page-address.ts';

/** Answers the page's requests for files that it shows: `shoal-media://app/media/…`, with the paths of the web face. */
export async function answerMediaRequest(api: MediaApi, request: Request): Promise<Response> {
  const { method, url, headers } = request;
  const isHead = method === 'HEAD';
  if (!isMediaUrl(url) || (method !== 'GET' && !isHead)) return new Response(null, { status: 404 });
  const over = new AbortController();
  const range = headers.get('range') ?? undefined;
  const answer = await answerMedia(api, { url: new URL(url), range, isHead, signal: over.signal });
  return new Response(toBody(answer, over), {
    status: answer.status,
    // Another origin than the page's, which may read text nevertheless.
    headers: { ...answer.headers, 'Access-Control-Allow-Origin': PAGE_ORIGIN },
  });
}

/** Whoever has read everything, stops reading, or reads what fails, ends `over`, which closes the file. */
function toBody({ body }: MediaAnswer, over: AbortController): ReadableStream<Uint8Array> | string | null {
  if (body === undefined || typeof body === 'string') {
    over.abort();
    return body ?? null;
  }
  const pieces = body[Symbol.asyncIterator]();
  return new ReadableStream<Uint8Array>({
    async pull(controller) {
      try {
        const piece = await pieces.next();
        if (!piece.done) return controller.enqueue(piece.value);
        controller.close();
        over.abort();
      } catch (error) {
        over.abort();
        throw error;
      }
    },
    cancel: () => over.abort(),
  });
}
