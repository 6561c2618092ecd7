import { formatContentRange, parseContentRange } from '../../contract/content-range.ts';
import type { Headers, WebRange } from '../ports/index.ts';

/** How an answer gets to the sink: `status` and `headers` as told to it, and how many bytes of the body it takes. */
export type WebAnswer =
  | { readonly status: number; readonly headers: Headers; readonly bytes: number; readonly isCut: boolean }
  | { readonly why: string };

/** What the head of an answer to `range` means: the bytes that were asked for, or something without them, or nonsense. */
export function readWebAnswer({ start, end, isWhole = false }: WebRange, status: number, headers: Headers): WebAnswer {
  if (status !== 206 && !(status === 200 && isWhole)) return { status, headers, bytes: 0, isCut: false };
  if (![undefined, '', 'identity'].includes(headers['content-encoding']))
    return { why: 'a content coding was not asked for' };
  const length = headers['content-length'];
  if (length !== undefined && !/^\d{1,16}$/.test(length)) return { why: 'the length of the body makes no sense' };
  if (status === 200) {
    // Where the server says no size, the one that it said before holds, as every byte will show.
    const size = length === undefined ? end : Number(length);
    if (size < end) return { why: 'the file is shorter than it was' };
    const range = formatContentRange({ start: 0, end: size, size });
    return { status: 206, headers: { ...headers, 'content-range': range }, bytes: end, isCut: size > end };
  }
  if (isWhole) return { why: 'a part of the file instead of all of it' };
  const given = parseContentRange(headers['content-range'] ?? '');
  if (!given) return { why: 'a 206 without a Content-Range' };
  if (given.size === undefined) return { why: 'a Content-Range without the size of the file' };
  if (given.start !== start || given.end > end) return { why: 'the Content-Range is not the one asked for' };
  const bytes = given.end - given.start;
  if (length !== undefined && Number(length) !== bytes) return { why: 'Content-Range and Content-Length differ' };
  return { status, headers, bytes, isCut: false };
}
