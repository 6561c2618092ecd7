import type { Headers, OutgoingRequest, RangeSink } from '../../engine/ports/index.ts';
import type { ContentFetch } from './content-fetch.ts';
import type { ResponseHead } from './http-response-parser.ts';

export type SmallAnswer = { readonly status: number; readonly headers: Headers; readonly body: Uint8Array };
type Told = { readonly answered: (answer: SmallAnswer) => void; readonly failed: (error: Error) => void };

/** A small request whose answer is kept whole. */
export function smallFetch({ method, maxBytes }: OutgoingRequest, told: Told): ContentFetch {
  const sink = new WholeBody(told);
  return {
    sink,
    plan: ({ bodyLength }: ResponseHead) => {
      // RFC 9110, section 9.3.2: the length is that of the body which GET would bring.
      const length = method === 'HEAD' ? 0 : bodyLength;
      if (length > maxBytes) return { why: `an answer of more than ${maxBytes} bytes` };
      sink.expect(length);
      return { isWanted: true, length };
    },
  };
}

/** Takes one body into a buffer of its length. */
class WholeBody implements RangeSink {
  readonly #told: Told;
  #head: Pick<SmallAnswer, 'status' | 'headers'> = { status: 0, headers: {} };
  #body = new Uint8Array(0);
  #filled = 0;

  constructor(told: Told) {
    this.#told = told;
  }

  expect(length: number): void {
    this.#body = new Uint8Array(length);
  }

  head(status: number, headers: Headers): void {
    this.#head = { status, headers };
  }

  room(): Uint8Array | undefined {
    return this.#body.subarray(this.#filled);
  }

  filled(bytes: number): void {
    this.#filled += bytes;
  }

  end(): void {
    this.#told.answered({ ...this.#head, body: this.#body });
  }

  failed(error: Error): void {
    this.#told.failed(error);
  }
}
