import { LONGEST_INPUT } from '../targets/target.ts';

const NAME_BYTES = 64;
const HEAD_BYTES = 16;
const [RUN, LENGTH, NAME_LENGTH] = [0, 1, 2];
/** Nothing is running. */
const RESTING = 0;

/** What a thread is trying, where another one sees it: a thread that hangs cannot tell. */
export class SharedInput {
  readonly #head: Int32Array;
  readonly #name: Uint8Array;
  readonly #bytes: Uint8Array;

  static make = (): SharedArrayBuffer => new SharedArrayBuffer(HEAD_BYTES + NAME_BYTES + LONGEST_INPUT);

  constructor(shared: SharedArrayBuffer) {
    this.#head = new Int32Array(shared, 0, HEAD_BYTES / 4);
    this.#name = new Uint8Array(shared, HEAD_BYTES, NAME_BYTES);
    this.#bytes = new Uint8Array(shared, HEAD_BYTES + NAME_BYTES);
  }

  /** Changes with each input; 0 between the turns of targets. */
  get run(): number {
    return Atomics.load(this.#head, RUN);
  }

  get target(): string {
    return Buffer.from(this.#name.slice(0, this.#head[NAME_LENGTH])).toString('latin1');
  }

  bytes(): Uint8Array {
    return this.#bytes.slice(0, this.#head[LENGTH]);
  }

  begin(target: string, input: Uint8Array): void {
    const name = Buffer.from(target, 'latin1').subarray(0, NAME_BYTES);
    this.#name.set(name);
    this.#head[NAME_LENGTH] = name.length;
    this.#bytes.set(input.subarray(0, LONGEST_INPUT));
    this.#head[LENGTH] = Math.min(input.length, LONGEST_INPUT);
    Atomics.store(this.#head, RUN, (this.run % (2 ** 31 - 2)) + 1);
  }

  rest(): void {
    Atomics.store(this.#head, RUN, RESTING);
  }
}
