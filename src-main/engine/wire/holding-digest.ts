import { toHex } from '../../contract/bytes.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { Sha256 } from '../ports/sha256.ts';

/** The fields of a descriptor that the digest covers. */
export type DigestedFile = { readonly hash: ContentHash; readonly size: number; readonly name: string };

/** XOR of this many first bytes of each file's SHA-256: two holdings that differ by chance agree once in 2^128. */
const DIGEST_BYTES = 16;

/**
 * Names a set of files in 32 hex digits, whatever their order, so that a child and its supernode see whether they agree (protocol
 * section 5). XOR is its own inverse: `remove` undoes `add` with the same fields. Each (hash, size) may be in it once.
 * It guards against mistakes, not against a child that lies about its own files: that one harms nobody but itself.
 */
export class HoldingDigest {
  readonly #sha256: Sha256;
  readonly #state: Uint8Array;

  /** `state` continues a digest that was kept. */
  constructor(sha256: Sha256, state: Uint8Array = new Uint8Array(DIGEST_BYTES)) {
    this.#sha256 = sha256;
    this.#state = state.slice();
  }

  add(file: DigestedFile): void {
    this.#toggle(file);
  }

  remove(file: DigestedFile): void {
    this.#toggle(file);
  }

  /** 32 hex digits; zeros for the empty set. */
  value(): string {
    return toHex(this.#state);
  }

  #toggle({ hash, size, name }: DigestedFile): void {
    const state = this.#state;
    const digest = this.#sha256(`${hash}:${size}:${name}`);
    for (let i = 0; i < DIGEST_BYTES; i++) state[i] = (state[i] ?? 0) ^ (digest[i] ?? 0);
  }
}
