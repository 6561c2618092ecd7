import { randomFillSync, randomInt } from 'node:crypto';
import type { Random } from '../engine/ports/index.ts';

/** The widest range that randomInt takes. */
const RANGE = 2 ** 48 - 1;

/** The system's cryptographic randomness: ids and tokens made of it cannot be guessed. */
export class SystemRandom implements Random {
  bytes(length: number): Uint8Array<ArrayBuffer> {
    return randomFillSync(new Uint8Array(length));
  }

  int(below: number): number {
    if (!Number.isInteger(below) || below < 1 || below > 2 ** 32) throw new RangeError(`int(${below})`);
    return randomInt(below);
  }

  float(): number {
    return randomInt(RANGE) / RANGE;
  }
}
