import { AppError, type ErrorValue, isErrorCode } from '#contract/errors.ts';
import type { PassiveType } from '#contract/media.ts';

/** How a file is shown. */
export type PreviewKind = 'audio' | 'video' | 'image' | 'text';

/** `waiting`: its beginning is not here yet. `element`: the browser cannot show what it got. */
export type PreviewState =
  | { readonly state: 'asking' | 'waiting' | 'closed' | 'element' }
  | { readonly state: 'failed'; readonly error: ErrorValue }
  | { readonly state: 'shown'; readonly kind: PreviewKind };

/** Text that is shown at most; the rest of a long file stays where it is. */
export const MAX_TEXT_BYTES = 256 * 1024;

export const kindOf = (type: PassiveType): PreviewKind => type.slice(0, type.indexOf('/')) as PreviewKind;

/** Why the file cannot be read there; undefined when it can. Waits as long as the peer waits for the beginning. */
export async function askWhy(url: string, signal: AbortSignal): Promise<ErrorValue | undefined> {
  const answer = await fetch(url, { headers: { Range: 'bytes=0-0' }, signal });
  return answer.ok ? undefined : (await toError(answer)).toValue();
}

/** Calls `onText` with all of the text so far, as it comes; fails with AppError. Gives whether there is more in the file. */
export async function readText(url: string, onText: (text: string) => void, signal: AbortSignal): Promise<boolean> {
  const answer = await fetch(url, { headers: { Range: `bytes=0-${MAX_TEXT_BYTES - 1}` }, signal });
  if (!answer.ok || !answer.body) throw await toError(answer);
  const decoder = new TextDecoder();
  let text = '';
  let bytes = 0;
  const reader = answer.body.getReader();
  for (let piece = await reader.read(); !piece.done; piece = await reader.read()) {
    bytes += piece.value.byteLength;
    text += decoder.decode(piece.value, { stream: true });
    onText(text);
  }
  onText(text + decoder.decode());
  return wholeSize(answer, bytes) > bytes;
}

/** Of `Content-Range: bytes 0-9/100`; what came when it says nothing. */
const wholeSize = (answer: Response, bytes: number): number =>
  Number(/\/(\d+)$/.exec(answer.headers.get('Content-Range') ?? '')?.[1] ?? bytes);

async function toError(answer: Response): Promise<AppError> {
  const body: unknown = await answer.json().catch(() => undefined);
  const error = (body as { readonly error?: ErrorValue } | undefined)?.error;
  if (error && isErrorCode(error.code)) return new AppError(error.code, error.params);
  return new AppError('internal', { why: `status ${answer.status}` });
}
