import { formatRange } from '../../contract/content-range.ts';
import { type AppError, toAppError } from '../../contract/errors.ts';
import type { WebUrl } from '../../contract/web-url.ts';
import type { Headers, RangeSink, WebRange } from '../../engine/ports/index.ts';
import { WEB_DROPPED_BYTES } from '../../engine/wire/limits.ts';
import { readWebAnswer } from '../../engine/wire/web-answer.ts';
import type { ContentFetch } from '../links/content-fetch.ts';

/** What a request for a range says beside its path and host: nothing that tells who asks. */
export const requestFields = ({ start, end, isWhole = false }: WebRange): Headers => ({
  accept: '*/*',
  // A range of a coded file would be one of the code.
  'accept-encoding': 'identity',
  'user-agent': 'Shoal',
  ...(isWhole ? {} : { range: formatRange({ start, end }) }),
});

/** The same as text, ready to be sent: a URL that was parsed holds no character that could end a line. */
export function webRequestText(url: WebUrl, range: WebRange): string {
  const { pathname, search, host } = new URL(url);
  const fields = Object.entries({ host, ...requestFields(range) }).map(([name, value]) => `${name}: ${value}\r\n`);
  return `GET ${pathname}${search} HTTP/1.1\r\n${fields.join('')}\r\n`;
}

type Listener = {
  /** The answer has ended; whether the connection is good for another. */
  readonly ended: (canGoOn: boolean) => void;
  /** Before a head that could be understood: somebody else may know better. */
  readonly unanswered: (error: AppError) => void;
};

/** One range, asked for on a raw socket. */
export class DirectFetch implements RangeSink {
  readonly range: WebRange;
  readonly sink: RangeSink;
  readonly #listener: Listener;
  #hasHead = false;
  /** Its sink was told the end. */
  #isOver = false;
  #canGoOn = true;

  constructor(range: WebRange, sink: RangeSink, listener: Listener) {
    this.range = range;
    this.sink = sink;
    this.#listener = listener;
  }

  toContentFetch(): ContentFetch {
    return {
      sink: this,
      plan: ({ status, headers, bodyLength }) => {
        const answer = readWebAnswer(this.range, status, headers);
        if ('why' in answer) return answer;
        const isWanted = answer.status === 206;
        if (!isWanted && bodyLength > WEB_DROPPED_BYTES) return { why: 'a refusal with a long body' };
        return { isWanted, length: bodyLength };
      },
    };
  }

  head(status: number, headers: Headers): void {
    this.#hasHead = true;
    this.#canGoOn = (headers.connection ?? 'keep-alive').toLowerCase() === 'keep-alive';
    this.sink.head(status, headers);
  }

  room(): Uint8Array | undefined {
    return this.#isOver ? undefined : this.sink.room();
  }

  filled(bytes: number): void {
    this.sink.filled(bytes);
  }

  end(): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.#listener.ended(this.#canGoOn);
    this.sink.end();
  }

  failed(thrown: Error): void {
    if (this.#isOver) return;
    const error = toAppError(thrown);
    if (!this.#hasHead) {
      this.#listener.unanswered(error);
      return;
    }
    this.#isOver = true;
    this.#listener.ended(false);
    this.sink.failed(error);
  }

  /** Nobody is to be asked instead, and nothing more gets to the sink. */
  giveUp(error: AppError): void {
    if (this.#isOver) return;
    this.#isOver = true;
    this.sink.failed(error);
  }
}
