import { AppError } from '../../contract/errors.ts';
import type { RangeSink } from '../ports/content-client.ts';
import type { Headers } from '../ports/links.ts';

/** Servers that cap their answers do so at hundreds of kilobytes; of less than this a round trip brings too little. */
const LEAST_BYTES = 16 * 1024;
/** Answers in a row that bring less, each of which may be an accident. */
const MOST_SCANTY = 3;

type Range = { readonly start: number; readonly end: number };

/**
 * Asks on for what an answer was short of, as often as it takes: many servers cap their ranges, and whoever asks wants the bytes and not
 * the answers. Each answer shows its head to the sink, which has one end. Fails with content.slow when the answers bring next to nothing.
 */
export class WholeRange implements RangeSink {
  readonly #sink: RangeSink;
  readonly #ask: (range: Range, sink: RangeSink) => void;
  readonly #end: number;
  #at: number;
  #status = 0;
  #brought = 0;
  #scanty = 0;

  constructor({ start, end }: Range, sink: RangeSink, ask: (range: Range, sink: RangeSink) => void) {
    this.#at = start;
    this.#end = end;
    this.#sink = sink;
    this.#ask = ask;
  }

  start(): void {
    this.#brought = 0;
    this.#ask({ start: this.#at, end: this.#end }, this);
  }

  head(status: number, headers: Headers): void {
    this.#status = status;
    this.#sink.head(status, headers);
  }

  room(): Uint8Array | undefined {
    return this.#sink.room();
  }

  filled(bytes: number): void {
    this.#at += bytes;
    this.#brought += bytes;
    this.#sink.filled(bytes);
  }

  end(): void {
    if (this.#status !== 206 || this.#at >= this.#end) {
      this.#sink.end();
      return;
    }
    this.#scanty = this.#brought < LEAST_BYTES ? this.#scanty + 1 : 0;
    if (this.#scanty < MOST_SCANTY) this.start();
    else this.#sink.failed(new AppError('content.slow'));
  }

  failed(error: Error): void {
    this.#sink.failed(error);
  }
}
