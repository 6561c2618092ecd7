import type { Random } from '../../../src-main/engine/ports/random.ts';

type Head = { readonly line: string[]; readonly fields: string[] };
type Change = (head: Head, random: Random) => void;

const pick = <T>(all: readonly T[], random: Random): T => all[random.int(all.length)] as T;

const METHODS = [
  'GET',
  'HEAD',
  'POST',
  'PUT',
  'DELETE',
  'OPTIONS',
  'TRACE',
  'CONNECT',
  'PATCH',
  'get',
  'M-SEARCH',
  'X'.repeat(200),
];
const VERSIONS = ['HTTP/1.1', 'HTTP/1.0', 'HTTP/0.9', 'HTTP/2.0', 'HTTP/1.1 ', 'ICY', ''];
const PATHS: readonly ((path: string) => string)[] = [
  (path) => `//${path}`,
  (path) => `http://example.org${path}`,
  (path) => `${path}%00`,
  (path) => `${path}/../../etc/passwd`,
  (path) => `${path}?${'a=b&'.repeat(2000)}`,
  (path) => path.replace(/[0-9a-f]{64}/, (hash) => hash.toUpperCase()),
  (path) => path.replace(/[0-9a-f]{32,64}/, '%2e%2e'),
  (path) => path.replace(/=[^&]*/g, '=-1'),
  (path) => path.replace(/=[^&]*/g, '=99999999999999999999'),
  () => '*',
  () => '/',
  () => '',
];
/** Fields that say how long a body is, what a connection becomes, or what a range is, said twice, wrongly, or both ways. */
const FIELDS = [
  ...[
    'Content-Length: 0',
    'Content-Length: -1',
    'Content-Length: 99999999999',
    'Content-Length: 5, 5',
    'content-length: 0x5',
  ],
  ...[
    'Transfer-Encoding: chunked',
    'Transfer-Encoding: gzip, chunked',
    'Transfer-Encoding:\tchunked',
    'Transfer-Encoding: identity',
  ],
  ...[
    'Expect: 100-continue',
    'Expect: x',
    'Connection: close',
    'Connection: Upgrade',
    'Upgrade: websocket',
    'Upgrade: h2c',
  ],
  ...[
    'Upgrade: shoal-relay',
    'Upgrade: shoal-reverse',
    'Shoal-Token: x',
    'Shoal-Protocol: 9.9',
    'Shoal-Protocol: 1.',
    'Host: ',
    'Host: a\r\nHost: b',
  ],
  ...[
    'Range: bytes=-0',
    'Range: bytes=0-,0-,0-',
    'Range: bytes=9-1',
    `Range: bytes=${'0-0,'.repeat(1000)}`,
    'If-Range: W/"x"',
  ],
  ...[
    'If-Match: *',
    'If-None-Match: *',
    'Prefer: wait=99999',
    'Prefer: wait=-1',
    'X-Queue: last',
    'X-Swarm: port=0',
    'X-Swarm: port=65535',
  ],
  ...[
    'Content-Encoding: gzip',
    'Content-Encoding: br',
    'Accept-Encoding: gzip',
    'Sec-WebSocket-Version: 8',
    'Sec-WebSocket-Extensions: permessage-deflate',
  ],
  ...[
    'Cookie: shoal=x',
    'Origin: null',
    'Authorization: Bearer x',
    '__proto__: x',
    'constructor: x',
    ': x',
    'x',
    'x y: z',
    ' folded',
  ],
];

const CHANGES: readonly Change[] = [
  ({ line }, random) => void line.splice(0, 1, pick(METHODS, random)),
  ({ line }, random) => void line.splice(1, 1, pick(PATHS, random)(line[1] ?? '/')),
  ({ line }, random) => void line.splice(2, 1, pick(VERSIONS, random)),
  ({ fields }, random) => void fields.splice(random.int(fields.length + 1), 0, pick(FIELDS, random)),
  ({ fields }, random) => void fields.splice(random.int(fields.length + 1), 0, pick(FIELDS, random)),
  ({ fields }, random) => void fields.splice(random.int(fields.length + 1), 1),
  ({ fields }, random) => void fields.push(pick(fields.length > 0 ? fields : ['a: b'], random)),
  ({ fields }, random) => void fields.push(`X-${'a'.repeat(random.int(20_000))}: ${'b'.repeat(random.int(20_000))}`),
  ({ fields }, random) => void fields.push(...Array.from({ length: random.int(200) }, (_, at) => `X-${at}: ${at}`)),
  ({ fields }, random) => {
    const at = random.int(fields.length + 1);
    fields[at] = (fields[at] ?? '').replace(
      /:.*/,
      () => `: ${'\t'.repeat(random.int(3))}${pick(['', '0', '-1', '\xff\xfe', '"', 'a\0b'], random)}`,
    );
  },
];

/** A recorded request with one to four of its parts changed; sent several times over now and then, or with a body in chunks. */
export function changeRequest(bytes: Uint8Array, random: Random): Uint8Array {
  const text = Buffer.from(bytes).toString('latin1');
  const end = text.indexOf('\r\n\r\n');
  if (end < 0) return bytes;
  const [first = '', ...fields] = text.slice(0, end).split('\r\n');
  const head: Head = { line: first.split(' '), fields };
  for (let change = random.int(4); change >= 0; change--) pick(CHANGES, random)(head, random);
  const body = changeBody(text.slice(end + 4), head, random);
  const newLine = random.int(20) === 0 ? '\n' : '\r\n';
  const request = [head.line.join(' '), ...head.fields].join(newLine) + newLine.repeat(2) + body;
  return Buffer.from(random.int(16) === 0 ? request.repeat(1 + random.int(12)) : request, 'latin1');
}

/** Cut, longer than told, or in chunks whose lengths are right or not. */
function changeBody(body: string, { fields }: Head, random: Random): string {
  const how = random.int(6);
  if (how === 0) return body.slice(0, random.int(body.length + 1));
  if (how === 1) return body + 'x'.repeat(random.int(100_000));
  if (how !== 2) return body;
  for (let at = fields.length - 1; at >= 0; at--) if (/^content-length/i.test(fields[at] ?? '')) fields.splice(at, 1);
  fields.push('Transfer-Encoding: chunked');
  const length = pick(
    [body.length.toString(16), 'ffffffff', '-1', '0', 'x', `${body.length.toString(16)};a=b`, 'f'.repeat(40)],
    random,
  );
  return `${length}\r\n${body}\r\n${pick(['0\r\n\r\n', '0\r\nContent-Length: 1\r\n\r\n', '', '1\r\n', `0\r\n${'a: b\r\n'.repeat(500)}\r\n`], random)}`;
}
