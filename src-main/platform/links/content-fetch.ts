import { formatRange, parseContentRange } from '../../contract/content-range.ts';
import type { ContentRange, Headers, RangeSink } from '../../engine/ports/index.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { ResponseHead } from './http-response-parser.ts';

/** One range that was asked for and whose answer is still to come. */
export type ContentFetch = { readonly range: ContentRange; readonly sink: RangeSink };

/** Header names and values that cannot carry a second header or request. */
const NAME = /^[A-Za-z0-9-]+$/;
const VALUE = /^[\x20-\x7e]*$/;

/** The request of a range, ready to be sent. Throws RangeError for headers that are none: a bug of the caller. */
export function requestText({ hash, start, end, headers = {} }: ContentRange, host: string): string {
  const all: Headers = {
    ...headers,
    Host: host,
    Range: formatRange({ start, end }),
    'Shoal-Protocol': PROTOCOL_VERSION,
  };
  let text = `GET /content/${hash} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries(all)) {
    if (!NAME.test(name) || !VALUE.test(value)) throw new RangeError(`not a header: ${name}`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** Why the head of a 206 does not answer the range, or undefined when it does: from the start asked for, not beyond the end, length fitting. */
export function rangeMismatch({ start, end }: ContentRange, { headers, bodyLength }: ResponseHead): string | undefined {
  const given = parseContentRange(headers['content-range'] ?? '');
  if (!given) return 'a 206 without a Content-Range';
  if (given.start !== start || given.end > end) return 'the Content-Range is not the one asked for';
  return given.end - given.start === bodyLength ? undefined : 'Content-Range and Content-Length differ';
}
