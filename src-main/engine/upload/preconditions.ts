import type { Headers } from '../ports/index.ts';

/**
 * What RFC 9110, section 13 says of a request's `If-Match` and `If-None-Match` for a file with this strong tag: answer it, 304
 * (the client has it), or 412. `If-Range` belongs to the range; dates are ignored because none is sent.
 */
export function checkPreconditions(headers: Headers, etag: string): 'proceed' | 'not-modified' | 'failed' {
  const match = headers['if-match'];
  if (match !== undefined && !listHas(match, etag)) return 'failed';
  const noneMatch = headers['if-none-match'];
  // Weak comparison: W/"x" and "x" are the same here, and only here.
  if (noneMatch !== undefined && listHas(noneMatch.replaceAll('W/"', '"'), etag)) return 'not-modified';
  return 'proceed';
}

function listHas(list: string, etag: string): boolean {
  return list
    .split(',')
    .map((item) => item.trim())
    .some((item) => item === '*' || item === etag);
}
