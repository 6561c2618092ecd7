import type { Headers } from '../../engine/ports/index.ts';
import { HEAD_BYTES, HEAD_FIELDS } from '../../engine/wire/limits.ts';

/** A response head whose body, if any, is exactly `bodyLength` bytes that follow. Header names are in lower case. */
export type ResponseHead = { readonly status: number; readonly headers: Headers; readonly bodyLength: number };

/** What came of some bytes: how many of them belong to the head, and the head once it is complete; or why it is none. */
export type ParseStep = { readonly used: number; readonly head: ResponseHead | undefined } | { readonly why: string };

const LF = 10;
const CR = 13;
const STATUS_LINE = /^HTTP\/1\.1 ([1-5]\d\d)(?: [\t\x20-\x7e\x80-\xff]*)?$/;
/** RFC 9110, section 5. No part of these can match in two ways: a long line takes no more than one pass. */
const TOKEN = /^[!#$%&'*+.^_`|~0-9A-Za-z-]+$/;
const VISIBLE = /^[\t\x20-\x7e\x80-\xff]*$/;
/** 16 digits hold every whole number that a double holds exactly. */
const LENGTH = /^\d{1,16}$/;

/**
 * Reads one HTTP/1.1 response head from bytes in any pieces. Strict where two readers could understand different things: only
 * CR LF ends a line, no folded lines, one Content-Length and no other way to say how long the body is, no content coding, no 1xx.
 */
export class HttpResponseParser {
  readonly #bytes = new Uint8Array(HEAD_BYTES);
  #length = 0;

  /** Takes the next bytes; after a head it is ready for the next one. */
  push(bytes: Uint8Array): ParseStep {
    const end = this.#append(bytes);
    if (end !== undefined) {
      const text = latin1(this.#bytes.subarray(0, end.headLength));
      this.#length = 0;
      const head = parseHead(text);
      return 'why' in head ? head : { used: end.used, head };
    }
    return this.#length < HEAD_BYTES ? { used: bytes.length, head: undefined } : { why: 'the head is too large' };
  }

  /** Copies until the empty line is complete; gives its place, or undefined when there is none yet. */
  #append(bytes: Uint8Array): { readonly used: number; readonly headLength: number } | undefined {
    const head = this.#bytes;
    for (let i = 0; i < bytes.length && this.#length < HEAD_BYTES; i++) {
      const at = this.#length;
      head[at] = bytes[i] ?? 0;
      this.#length = at + 1;
      if (head[at] === LF && head[at - 1] === CR && head[at - 2] === LF && head[at - 3] === CR) {
        return { used: i + 1, headLength: at - 3 };
      }
    }
    return undefined;
  }
}

function latin1(bytes: Uint8Array): string {
  return Buffer.from(bytes.buffer, bytes.byteOffset, bytes.length).toString('latin1');
}

function parseHead(text: string): ResponseHead | { readonly why: string } {
  const [statusLine = '', ...lines] = text.split('\r\n');
  const status = Number(STATUS_LINE.exec(statusLine)?.[1]);
  if (Number.isNaN(status)) return { why: 'the status line is not one of HTTP/1.1' };
  // An upgrade or an interim answer was never asked for.
  if (status < 200) return { why: `unexpected status ${status}` };
  if (lines.length > HEAD_FIELDS) return { why: 'the head has too many fields' };
  const headers = parseFields(lines);
  if (!headers) return { why: 'a field of the head is malformed' };
  return withBodyLength(status, headers);
}

function parseFields(lines: readonly string[]): Headers | undefined {
  // A null prototype, for a peer may send a field named __proto__.
  const headers: Record<string, string> = Object.create(null);
  for (const line of lines) {
    const colon = line.indexOf(':');
    const name = line.slice(0, Math.max(colon, 0));
    if (!TOKEN.test(name) || !VISIBLE.test(line)) return undefined;
    const key = name.toLowerCase();
    const value = trimBlanks(line.slice(colon + 1));
    const before = headers[key];
    headers[key] = before === undefined ? value : `${before}, ${value}`;
  }
  return headers;
}

/** Spaces and tabs alone: String.trim would take more than HTTP means. */
function trimBlanks(text: string): string {
  let start = 0;
  let end = text.length;
  while (isBlank(text.charCodeAt(start)) && start < end) start++;
  while (isBlank(text.charCodeAt(end - 1)) && end > start) end--;
  return text.slice(start, end);
}

const isBlank = (code: number): boolean => code === 32 || code === 9;

function withBodyLength(status: number, headers: Headers): ResponseHead | { readonly why: string } {
  if (headers['transfer-encoding'] !== undefined) return { why: 'a transfer coding was not asked for' };
  if ((headers['content-encoding'] ?? 'identity') !== 'identity') return { why: 'a content coding was not asked for' };
  // RFC 9112, section 6.3: these never have a body, whatever the head says.
  if (status === 204 || status === 304) return { status, headers, bodyLength: 0 };
  const length = headers['content-length'] ?? '';
  const bodyLength = Number(length);
  if (!LENGTH.test(length) || !Number.isSafeInteger(bodyLength)) return { why: 'the length of the body is not given' };
  return { status, headers, bodyLength };
}
