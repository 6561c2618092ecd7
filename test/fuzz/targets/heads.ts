import { deepEqual, equal, ok } from 'node:assert/strict';
import { isRangeCurrent, parseRange } from '../../../src-main/contract/byte-range.ts';
import { formatContentRange, parseContentRange } from '../../../src-main/contract/content-range.ts';
import { readRefusal } from '../../../src-main/engine/download/source-answer.ts';
import { contentDisposition } from '../../../src-main/engine/upload/content-headers.ts';
import { formatAvailableRanges, readAvailableRanges } from '../../../src-main/engine/wire/available-ranges.ts';
import { readSwarmPort, swarmHeaders } from '../../../src-main/engine/wire/swarm-port.ts';
import { readWebAnswer } from '../../../src-main/engine/wire/web-answer.ts';
import { HttpResponseParser } from '../../../src-main/platform/links/http-response-parser.ts';
import { type Target, textTarget } from './target.ts';

/** Heads of HTTP: what one side reads of the other's. */

const SIZE = 5 * 2 ** 20 + 7;

const byteRange = textTarget({
  name: 'byte-range',
  seeds: ['bytes=0-99', 'bytes=-5', 'bytes=5-', 'bytes=0-1,3-4', 'bytes = 1-2', 'items=1-2'],
  read(text) {
    const wanted = parseRange(text, SIZE);
    isRangeCurrent(text, '"x"');
    if (wanted.kind !== 'part') return;
    const { start, end } = wanted.range;
    ok(Number.isSafeInteger(start) && Number.isSafeInteger(end) && 0 <= start && start < end && end <= SIZE);
  },
});

const contentRange = textTarget({
  name: 'content-range',
  seeds: ['bytes 0-99/1000', 'bytes 0-0/*', 'bytes */5', 'bytes 9007199254740990-9007199254740991/*'],
  read(text) {
    const read = parseContentRange(text);
    if (read) deepEqual(parseContentRange(formatContentRange(read)), read);
  },
});

const availableRanges = textTarget({
  name: 'available-ranges',
  seeds: [
    'bytes 0-1048575, 3145728-4194303',
    '',
    'bytes 0-0',
    `bytes ${Array.from({ length: 32 }, (_, at) => `${at * 9}-${at * 9 + 3}`)}`,
  ],
  read(text) {
    const first = readAvailableRanges(text, SIZE, undefined);
    if (!first) return;
    ok(first.count <= first.length);
    deepEqual(readAvailableRanges(formatAvailableRanges(first, SIZE, 0), SIZE, undefined)?.toBytes(), first.toBytes());
    readAvailableRanges(text, SIZE, first);
  },
});

const swarmPort = textTarget({
  name: 'swarm-port',
  seeds: ['port=1214', ' port=1 ', 'port=0', 'port=65536'],
  read(text) {
    const port = readSwarmPort(text);
    if (port !== undefined) equal(readSwarmPort(swarmHeaders(port)['x-swarm']), port);
  },
});

/** Headers, one a line, after the status. */
function readHeaders(text: string): { readonly status: number; readonly headers: Record<string, string> } {
  const [status = '', ...lines] = text.split('\n');
  const fields = lines.map((line): [string, string] => {
    const at = line.indexOf(':');
    return [line.slice(0, Math.max(0, at)), line.slice(at + 1)];
  });
  return { status: Number.parseInt(status, 10), headers: Object.fromEntries(fields) };
}

const refusal = textTarget({
  name: 'refusal',
  seeds: [
    '503\nretry-after:10\nx-queue:position=3, length=7, eta=42',
    ...['416\nx-available-ranges:bytes 0-1', '429\nretry-after:soon', '404\n', '410', '400'],
  ],
  read(text) {
    const { status, headers } = readHeaders(text);
    const read = readRefusal(status, headers);
    if (read.kind !== 'queued') return;
    ok(read.place >= 1 && read.retryAfterMs >= 1000 && read.retryAfterMs <= 3_600_000);
    ok(read.waitMs === undefined || (read.waitMs >= 0 && read.waitMs <= 7 * 24 * 3_600_000));
  },
});

const webAnswer = textTarget({
  name: 'web-answer',
  seeds: [
    '206\ncontent-range:bytes 10-19/100\ncontent-length:10',
    '200\ncontent-length:100',
    '206\ncontent-encoding:gzip',
    '302\nlocation:/x',
  ],
  read(text) {
    const { status, headers } = readHeaders(text);
    for (const range of [
      { start: 10, end: 20 },
      { start: 0, end: 20, isWhole: true },
    ]) {
      const read = readWebAnswer(range, status, headers);
      if ('bytes' in read && read.bytes > 0) ok(read.bytes <= range.end - range.start);
    }
  },
});

const responseHead: Target = {
  name: 'response-head',
  seeds: [
    'HTTP/1.1 200 OK\r\nContent-Length: 5\r\n\r\nhello',
    'HTTP/1.1 206 Partial Content\r\nContent-Range: bytes 0-4/9\r\nContent-Length: 5\r\nX-Queue: position=1\r\n\r\n',
    'HTTP/1.1 304 Not Modified\r\nETag: "x"\r\n\r\nHTTP/1.1 503 Busy\r\nRetry-After: 5\r\nContent-Length: 0\r\n\r\n',
  ],
  words: ['\r\n', '\r\n\r\n', 'Transfer-Encoding: chunked\r\n', 'Content-Length: 1\r\n', ' x\r\n', '__proto__: 1\r\n'],
  run(input) {
    const whole = new HttpResponseParser().push(input);
    // The same in any pieces.
    const parser = new HttpResponseParser();
    let used = 0;
    for (let at = 0; at < input.length; at += 7) {
      const step = parser.push(input.subarray(at, at + 7));
      if ('why' in step) return equal('why' in whole, true);
      used += step.used;
      if (step.head) return deepEqual(whole, { used, head: step.head });
    }
  },
};

const disposition = textTarget({
  name: 'content-disposition',
  seeds: ['a.mp3', '../a"b.mp3', 'Ünï codé 😀.txt', '\u202egnp.exe', '\ud800'],
  // What others write is taken from no header: this one is read by the programs of others.
  read: (name) => ok(/^[ -~]+$/.test(contentDisposition(name))),
});

export const HEAD_TARGETS: readonly Target[] = [
  ...[byteRange, contentRange, availableRanges, swarmPort, refusal, webAnswer, responseHead, disposition],
];
