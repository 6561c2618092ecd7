import { formatRange, parseContentRange } from '../../contract/content-range.ts';
import type { ContentRange, Headers, OutgoingRequest, RangeSink } from '../../engine/ports/index.ts';
import { PROTOCOL_VERSION } from '../../engine/wire/version.ts';
import type { ResponseHead } from './http-response-parser.ts';

/** What becomes of the body of an answer: read and dropped unless it is wanted; or why the answer is none. */
type BodyPlan = { readonly isWanted: boolean; readonly length: number } | { readonly why: string };

/** One request that was sent and whose answer is still to come. */
export type ContentFetch = { readonly sink: RangeSink; readonly plan: (head: ResponseHead) => BodyPlan };

/** Header names and values that cannot carry a second header or request. */
const NAME = /^[A-Za-z0-9-]+$/;
const VALUE = /^[\x20-\x7e]*$/;
const PATH = /^\/[\x21-\x7e]*$/;
/** The text of a refusal is read and dropped; a longer one is a file that nobody asked for. */
const MAX_DROPPED_BYTES = 64 * 1024;

/** The request of a range, ready to be sent. Throws RangeError for headers that are none: a bug of the caller. */
export function requestText({ hash, start, end, headers = {} }: ContentRange, host: string): string {
  return headText(
    { method: 'GET', path: `/content/${hash}`, headers: { ...headers, Range: formatRange({ start, end }) } },
    host,
  );
}

/** The same for a small request, with its body apart. */
export function smallRequestText({ method, path, headers = {}, body }: OutgoingRequest, host: string): string {
  const length = method === 'POST' ? { 'Content-Length': String(body?.length ?? 0) } : {};
  return headText({ method, path, headers: { ...headers, ...length } }, host);
}

type Head = { readonly method: string; readonly path: string; readonly headers: Headers };

function headText({ method, path, headers }: Head, host: string): string {
  if (!PATH.test(path)) throw new RangeError(`not a path: ${path}`);
  let text = `${method} ${path} HTTP/1.1\r\n`;
  for (const [name, value] of Object.entries({ ...headers, Host: host, 'Shoal-Protocol': PROTOCOL_VERSION })) {
    if (!NAME.test(name) || !VALUE.test(value)) throw new RangeError(`not a header: ${name}`);
    text += `${name}: ${value}\r\n`;
  }
  return `${text}\r\n`;
}

/** A range that was asked for: the body of a 206 that answers it is wanted, any other is dropped. */
export function rangeFetch(range: ContentRange, sink: RangeSink): ContentFetch {
  return {
    sink,
    plan: (head) => {
      const { status, bodyLength: length } = head;
      const isWanted = status === 206;
      const why = isWanted ? rangeMismatch(range, head) : longBody(head);
      return why === undefined ? { isWanted, length } : { why };
    },
  };
}

/** Why the head of a 206 does not answer the range, or undefined when it does: from the start asked for, not beyond the end, length fitting. */
export function rangeMismatch({ start, end }: ContentRange, { headers, bodyLength }: ResponseHead): string | undefined {
  const given = parseContentRange(headers['content-range'] ?? '');
  if (!given) return 'a 206 without a Content-Range';
  if (given.start !== start || given.end > end) return 'the Content-Range is not the one asked for';
  return given.end - given.start === bodyLength ? undefined : 'Content-Range and Content-Length differ';
}

const longBody = ({ bodyLength }: ResponseHead): string | undefined =>
  bodyLength > MAX_DROPPED_BYTES ? 'a refusal with a long body' : undefined;
