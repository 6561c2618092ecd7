import type { Dispatcher } from 'undici';
import { AppError } from '../../contract/errors.ts';
import type { Headers, RangeSink, WebRange } from '../../engine/ports/index.ts';
import { WEB_DROPPED_BYTES } from '../../engine/wire/limits.ts';
import { readWebAnswer } from '../../engine/wire/web-answer.ts';
import { toPeerError } from '../links/socket-error.ts';

type Deps = {
  readonly host: string;
  /** It has ended, one way or the other. */
  readonly over: () => void;
};

/** One request and its answer, on the way from undici to the sink: never more than was asked for, whatever the server sends. */
export class WebFetch implements Dispatcher.DispatchHandler {
  readonly #range: WebRange;
  readonly #sink: RangeSink;
  readonly #deps: Deps;
  #controller: Dispatcher.DispatchController | undefined;
  /** Bytes of the body that are still to come, and those that the sink still gets. */
  #coming = 0;
  #left = 0;
  /** The body goes on behind those. */
  #isCut = false;
  #isWanted = false;
  #dropped = 0;
  #hasEnded = false;
  #isOver = false;
  /** What came while the sink had no room. */
  #held: Uint8Array[] = [];

  constructor(range: WebRange, sink: RangeSink, deps: Deps) {
    this.#range = range;
    this.#sink = sink;
    this.#deps = deps;
  }

  onRequestStart(controller: Dispatcher.DispatchController): void {
    this.#controller = controller;
    if (this.#isOver) this.#abort();
  }

  onResponseStart(
    _controller: Dispatcher.DispatchController,
    status: number,
    fields: Readonly<Record<string, string | string[] | undefined>>,
  ): void {
    // An interim answer is followed by the real one.
    if (this.#isOver || status < 200) return;
    const headers = toHeaders(fields);
    const answer = readWebAnswer(this.#range, status, headers);
    if ('why' in answer) {
      this.#break(answer.why);
      return;
    }
    this.#coming = answer.bytes;
    this.#left = answer.bytes;
    this.#isCut = answer.isCut;
    this.#isWanted = answer.status === 206;
    this.#sink.head(answer.status, answer.headers);
  }

  onResponseData(_controller: Dispatcher.DispatchController, bytes: Uint8Array): void {
    if (this.#isOver) return;
    if (!this.#isWanted) this.#drop(bytes.length);
    else if (bytes.length > this.#coming && !this.#isCut) this.#break('the body is longer than its head tells');
    else {
      const wanted = bytes.subarray(0, this.#coming);
      this.#coming -= wanted.length;
      this.#take(wanted);
    }
  }

  onResponseEnd(): void {
    this.#hasEnded = true;
    if (this.#coming > 0) this.#break('the body is shorter than its head tells');
    else this.#settle();
  }

  onResponseError(_controller: Dispatcher.DispatchController, error: Error): void {
    this.fail(toPeerError(error, { host: this.#deps.host, port: 0 }));
  }

  /** The sink has room again. */
  resume(): void {
    if (this.#isOver || this.#held.length === 0) return;
    const held = this.#held;
    this.#held = [];
    for (const bytes of held) this.#take(bytes);
    if (!this.#isOver && this.#held.length === 0) this.#controller?.resume();
  }

  /** Idempotent, and without effect after the end. */
  fail(error: AppError): void {
    if (this.#isOver) return;
    this.#finish();
    this.#abort();
    this.#sink.failed(error);
  }

  #take(bytes: Uint8Array): void {
    let rest = bytes;
    while (rest.length > 0 && !this.#isOver) {
      const room = this.#held.length > 0 ? undefined : this.#sink.room();
      if (!room?.length) {
        this.#held.push(rest.slice());
        this.#controller?.pause();
        return;
      }
      const part = rest.subarray(0, room.length);
      room.set(part);
      rest = rest.subarray(part.length);
      this.#left -= part.length;
      this.#sink.filled(part.length);
    }
    this.#settle();
  }

  /** Everything has come and is with the sink: the end of the answer, or where it is cut. */
  #settle(): void {
    if (this.#isOver || this.#left > 0 || !(this.#hasEnded || this.#isCut)) return;
    this.#end();
  }

  #drop(bytes: number): void {
    this.#dropped += bytes;
    if (this.#dropped > WEB_DROPPED_BYTES) this.#end();
  }

  #end(): void {
    this.#finish();
    if (!this.#hasEnded) this.#abort();
    this.#sink.end();
  }

  #finish(): void {
    this.#isOver = true;
    this.#held = [];
    this.#deps.over();
  }

  #break(why: string): void {
    this.fail(new AppError('peer.protocol', { address: this.#deps.host, why }));
  }

  /** Ends the request before its answer has ended, and with it the connection. */
  #abort(): void {
    this.#controller?.abort(new AppError('peer.closed', { address: this.#deps.host }));
  }
}

function toHeaders(fields: Readonly<Record<string, string | string[] | undefined>>): Headers {
  const entries = Object.entries(fields).flatMap(([name, value]) =>
    value === undefined ? [] : [[name.toLowerCase(), [value].flat().join(', ')] as const],
  );
  return Object.fromEntries(entries);
}
