import { AppError, type ErrorCode } from '../../contract/errors.ts';
import type { Headers, OutgoingResponse, StreamBody } from '../ports/index.ts';
import { errorAnswer } from '../wire/http-answer.ts';

/** Answers that every resource here has. */

export const badRequest = (what: string, why: string): OutgoingResponse =>
  errorAnswer(400, new AppError('input.invalid', { what, why }));
export const notFound = (): OutgoingResponse => errorAnswer(404, new AppError('content.not-found'));
export const gone = (): OutgoingResponse => errorAnswer(410, new AppError('content.gone'));

/** 429 or 503 with `Retry-After`; the error's `seconds` says the same. */
export function retryLater(status: 429 | 503, code: ErrorCode, waitMs: number): OutgoingResponse {
  const seconds = Math.max(1, Math.ceil(waitMs / 1000));
  return errorAnswer(status, new AppError(code, { seconds }), { 'retry-after': String(seconds) });
}

export const tooManyRequests = (waitMs: number): OutgoingResponse => retryLater(429, 'peer.too-many-requests', waitMs);

export const bytesAnswer = (body: Uint8Array, headers: Headers = {}): OutgoingResponse => ({
  status: 200,
  headers: { 'content-type': 'application/octet-stream', 'x-content-type-options': 'nosniff', ...headers },
  body,
});

/** Stands for a body in an answer to HEAD: it has a length and nothing to read. */
export function headBody(length: number): StreamBody {
  return {
    length,
    read: () => Promise.reject(new AppError('internal', { why: 'an answer to HEAD has no body' })),
    close: () => Promise.resolve(),
  };
}
