import type { Headers, RangeSink } from '../../src-main/engine/ports/index.ts';

/** Collects an answer in rooms of at most `roomBytes`. */
export class Collector implements RangeSink {
  readonly body: number[] = [];
  readonly outcome: Promise<string>;
  status = 0;
  headers: Headers = {};
  hasRoom = true;
  #settle!: (outcome: string) => void;
  readonly #room: Uint8Array;

  constructor(roomBytes = 64 * 1024) {
    this.#room = new Uint8Array(roomBytes);
    this.outcome = new Promise((resolve) => {
      this.#settle = resolve;
    });
  }

  head(status: number, headers: Headers): void {
    this.status = status;
    this.headers = headers;
  }

  room(): Uint8Array | undefined {
    return this.hasRoom ? this.#room : undefined;
  }

  filled(bytes: number): void {
    for (let i = 0; i < bytes; i++) this.body.push(this.#room[i] ?? -1);
  }

  end(): void {
    this.#settle('end');
  }

  failed(error: Error): void {
    this.#settle('code' in error ? String(error.code) : error.message);
  }
}
