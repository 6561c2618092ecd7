import fc from 'fast-check';
import { describe, expect, it } from 'vitest';
import { HEAD_BYTES, HEAD_FIELDS } from '../../src-main/engine/wire/limits.ts';
import { HttpResponseParser, type ParseStep } from '../../src-main/platform/links/http-response-parser.ts';

const latin1 = (text: string) => Uint8Array.from(text, (char) => char.charCodeAt(0));

/** Feeds bytes in pieces cut at the given places; gives the outcome and how many bytes belonged to the head. */
function parse(bytes: Uint8Array, cuts: readonly number[] = []) {
  const parser = new HttpResponseParser();
  const places = [...new Set(cuts.map((cut) => cut % (bytes.length + 1)))].sort((a, b) => a - b);
  let used = 0;
  for (const [i, start] of [0, ...places].entries()) {
    const step: ParseStep = parser.push(bytes.subarray(start, places[i] ?? bytes.length));
    if ('why' in step) return { why: step.why };
    used += step.used;
    if (step.head) return { used, head: { ...step.head, headers: { ...step.head.headers } } };
  }
  return { used };
}

const head = (...lines: string[]) => latin1(`${lines.join('\r\n')}\r\n\r\n`);
const OK = 'HTTP/1.1 206 Partial Content';

const token = fc.stringMatching(/^[!#$%&'*+.^_`|~0-9A-Za-z-]{1,20}$/);
const value = fc.stringMatching(/^[\x20-\x7e\x80-\xff]{0,40}$/);
const bytesLikeHttp = fc
  .array(
    fc.oneof(
      fc.constantFrom(
        OK,
        'HTTP/1.1 200',
        '\r\n',
        '\r\n\r\n',
        '\n',
        '\r',
        ': ',
        'Content-Length: 5',
        'Content-Length',
        '__proto__: x',
      ),
      fc.constantFrom('Transfer-Encoding: chunked', ' ', '\t', '\0', '5'),
      value,
    ),
    { maxLength: 30 },
  )
  .map((parts) => latin1(parts.join('')));
const anyBytes = fc.oneof(bytesLikeHttp, fc.uint8Array({ maxLength: 300 }));

describe('the response parser', () => {
  it('gives the same however the bytes are split, and never throws', () => {
    fc.assert(
      fc.property(anyBytes, fc.array(fc.nat(400), { maxLength: 20 }), (bytes, cuts) => {
        expect(parse(bytes, cuts)).toEqual(parse(bytes));
      }),
      { numRuns: 3000 },
    );
  });

  it('reads back any well-formed head and leaves the body alone', () => {
    const fields = fc.uniqueArray(fc.tuple(token, value), { maxLength: 20, selector: ([name]) => name.toLowerCase() });
    const reserved = /^(content-length|transfer-encoding|content-encoding)$/i;
    fc.assert(
      fc.property(fields, fc.nat(2 ** 40), fc.uint8Array({ maxLength: 50 }), (pairs, length, body) => {
        const own = pairs.filter(([name]) => !reserved.test(name));
        const bytes = head(OK, ...own.map(([name, text]) => `${name}: ${text}`), `Content-Length: ${length}`);
        const parsed = parse(Uint8Array.from([...bytes, ...body]));
        expect(parsed).toMatchObject({ used: bytes.length, head: { status: 206, bodyLength: length } });
        const headers = parsed.head?.headers ?? {};
        for (const [name, text] of own) expect(headers[name.toLowerCase()]).toBe(text.replaceAll(/^ +| +$/g, ''));
        expect(Object.keys(headers).length).toBe(own.length + 1);
      }),
    );
  });

  it.each([
    ['another version', head('HTTP/1.0 200 OK', 'Content-Length: 0')],
    ['no status', head('HTTP/1.1 OK', 'Content-Length: 0')],
    ['an interim answer', head('HTTP/1.1 100 Continue')],
    ['an upgrade', head('HTTP/1.1 101 Switching Protocols')],
    ['no length', head(OK)],
    ['a chunked body', head(OK, 'Transfer-Encoding: chunked')],
    ['a chunked body with a length', head(OK, 'Content-Length: 5', 'Transfer-Encoding: chunked')],
    ['two lengths', head(OK, 'Content-Length: 5', 'Content-Length: 5')],
    ['a signed length', head(OK, 'Content-Length: +5')],
    ['a length beyond exact numbers', head(OK, 'Content-Length: 9999999999999999')],
    ['a content coding', head(OK, 'Content-Length: 5', 'Content-Encoding: gzip')],
    ['a folded line', head(OK, 'X: a', ' b', 'Content-Length: 5')],
    ['a space before the colon', head(OK, 'Content-Length : 5')],
    ['a bare line feed', latin1(`${OK}\nContent-Length: 5\r\n\r\n`)],
    ['a control character', head(OK, 'X: a\0b', 'Content-Length: 5')],
    ['too many fields', head(OK, ...Array<string>(HEAD_FIELDS).fill('X: 1'), 'Content-Length: 0')],
    ['a head without end', latin1('x'.repeat(HEAD_BYTES))],
  ])('refuses %s', (_, bytes) => {
    expect(parse(bytes)).toHaveProperty('why');
  });

  it.each([204, 304])('knows that %i has no body', (status) => {
    expect(parse(head(`HTTP/1.1 ${status} x`, 'Content-Length: 7'))).toMatchObject({ head: { bodyLength: 0 } });
  });
});
