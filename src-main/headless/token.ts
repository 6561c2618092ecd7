import { createHash, randomBytes, timingSafeEqual } from 'node:crypto';

/** A new token: 256 random bits in hex. */
export const makeToken = (): string => randomBytes(32).toString('hex');

/** Compares digests, in a time that tells nothing of where or how long the texts differ. */
export function isSameToken(given: string, expected: string): boolean {
  const digest = (text: string) => createHash('sha256').update(text).digest();
  return timingSafeEqual(digest(given), digest(expected));
}
