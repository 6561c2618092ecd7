import { formatContentRange } from '../../src-main/contract/content-range.ts';
import type { MemoryWebAnswer, MemoryWebRequest } from '../../src-main/simulator/memory-web.ts';

const PIECE = 64 * 1024;

/** Bytes `start` to `end` in pieces, as a network brings them. */
export function* pieces(bytes: Uint8Array, start = 0, end = bytes.length): Generator<Uint8Array> {
  for (let at = start; at < end; at += PIECE) yield bytes.subarray(at, Math.min(at + PIECE, end));
}

/** A web server that has one file, and keeps what it was asked for. */
export class WebMirror {
  /** The `Range` of each request; undefined where there was none. */
  readonly asked: (string | undefined)[] = [];
  /** Answers instead of serving: return undefined to serve. */
  answer: (request: MemoryWebRequest) => MemoryWebAnswer | undefined = () => undefined;
  hasRanges = true;
  /** One answer has so many bytes at most. */
  mostBytes = Number.POSITIVE_INFINITY;
  bytes: Uint8Array;

  constructor(bytes: Uint8Array) {
    this.bytes = bytes;
  }

  readonly serve = (request: MemoryWebRequest): MemoryWebAnswer => {
    this.asked.push(request.headers.range);
    const own = this.answer(request);
    if (own) return own;
    const { bytes } = this;
    const range = /^bytes=(\d+)-(\d+)$/.exec(request.headers.range ?? '');
    if (!range || !this.hasRanges) {
      return { status: 200, headers: { 'content-length': String(bytes.length) }, body: pieces(bytes) };
    }
    const start = Number(range[1]);
    const end = Math.min(Number(range[2]) + 1, bytes.length, start + this.mostBytes);
    const headers = {
      'content-range': formatContentRange({ start, end, size: bytes.length }),
      'content-length': String(end - start),
    };
    return { status: 206, headers, body: pieces(bytes, start, end) };
  };
}
