import { hash } from 'node:crypto';
import type { HashInto } from '../engine/content/hash-into.ts';
import type { Sha256 } from '../engine/ports/index.ts';

/**
 * SHA-256 by OpenSSL. One call asking for text is the fastest way that Node has: 0.6 µs for 64 bytes against 1.7 µs for the same call
 * asking for a Buffer and 1.0 µs for createHash; per 16 KiB leaf 1.73 against 1.53 GB/s (measured).
 */
export const nodeSha256: Sha256 = (message) => Buffer.from(hash('sha256', message, 'binary'), 'latin1');

/** The same, for trees. */
export const nodeHashInto: HashInto = (message, target, at) => {
  const digest = hash('sha256', message, 'binary');
  for (let i = 0; i < digest.length; i++) target[at + i] = digest.charCodeAt(i);
};
