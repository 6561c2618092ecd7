import { createHash } from 'node:crypto';
import { hashInto } from '../../src-main/engine/content/hash-into.ts';
import type { Sha256 } from '../../src-main/engine/ports/index.ts';

/** SHA-256 for tests, by another door than the one that the program uses. */
export const sha256: Sha256 = (message) => createHash('sha256').update(message).digest();
export const sha256Into = hashInto(sha256);

/** Bytes that look random and are the same for the same seed (xorshift32), without a period below any test's size. */
export function seededBytes(length: number, seed: number): Uint8Array<ArrayBuffer> {
  const bytes = new Uint8Array(length);
  let state = seed >>> 0 || 1;
  for (let at = 0; at < length; at += 4) {
    state ^= state << 13;
    state ^= state >>> 17;
    state ^= state << 5;
    for (let i = 0; i < 4 && at + i < length; i++) bytes[at + i] = state >>> (8 * i);
  }
  return bytes;
}
