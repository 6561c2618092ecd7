import type { Random } from '../engine/ports/index.ts';

/** Numbers that depend on the seed alone (the generator sfc32). A test names its seed so that a failure can be repeated. */
export class SeededRandom implements Random {
  readonly seed: number;
  #a: number;
  #b: number;
  #c: number;
  #counter = 1;

  /** `seed` is a whole number; its low 32 bits and the next 21 count. */
  constructor(seed: number) {
    this.seed = seed;
    this.#a = 0;
    this.#b = Math.floor(seed / 2 ** 32) | 0;
    this.#c = seed | 0;
    // The first outputs of neighbouring seeds are alike: 15 rounds part them.
    for (let round = 0; round < 15; round++) this.#next();
  }

  bytes(length: number): Uint8Array<ArrayBuffer> {
    const bytes = new Uint8Array(length);
    for (let at = 0; at < length; at++) bytes[at] = this.#next() >>> 24;
    return bytes;
  }

  int(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) throw new RangeError(`int(${below})`);
    // Numbers past the last whole multiple are drawn again, or small values would be likelier.
    const limit = 2 ** 32 - (2 ** 32 % below);
    let drawn = this.#next();
    while (drawn >= limit) drawn = this.#next();
    return drawn % below;
  }

  float(): number {
    return ((this.#next() >>> 5) * 2 ** 26 + (this.#next() >>> 6)) / 2 ** 53;
  }

  #next(): number {
    const result = (((this.#a + this.#b) | 0) + this.#counter) | 0;
    this.#counter = (this.#counter + 1) | 0;
    this.#a = this.#b ^ (this.#b >>> 9);
    this.#b = (this.#c + (this.#c << 3)) | 0;
    this.#c = (((this.#c << 21) | (this.#c >>> 11)) + result) | 0;
    return result >>> 0;
  }
}
