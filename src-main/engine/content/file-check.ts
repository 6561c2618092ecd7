import { equalBytes, fromHex, toHex } from '../../contract/bytes.ts';
import type { HashInto } from './hash-into.ts';

/** What a list says of the bytes of a file beside its ContentHash: SHA-256 of all of it, of each piece, or both. */
export type FileCheck = {
  /** 64 lower-case hex digits. */
  readonly sha256?: string;
  readonly pieces?: Pieces;
};
/** `hashes`: 32 bytes a piece; the last piece may be short. */
export type Pieces = { readonly bytes: number; readonly hashes: Uint8Array };

const HASH_BYTES = 32;

/** The pieces of a file of `size` bytes, or undefined when they do not cover it exactly. `hashes` are hex digits. */
export function toPieces(bytes: number, hashes: readonly string[], size: number): Pieces | undefined {
  const isWhole = Number.isSafeInteger(bytes) && bytes > 0 && hashes.length === Math.ceil(size / bytes);
  if (!isWhole || !hashes.every((hash) => /^[0-9a-f]{64}$/.test(hash))) return undefined;
  const joined = new Uint8Array(hashes.length * HASH_BYTES);
  for (const [index, hash] of hashes.entries()) joined.set(fromHex(hash), index * HASH_BYTES);
  return { bytes, hashes: joined };
}

export function pieceHashes({ hashes }: Pieces): readonly string[] {
  return Array.from({ length: hashes.length / HASH_BYTES }, (_, index) =>
    toHex(hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES)),
  );
}

/** The hashes of those pieces that begin at `start` (a multiple of their length) and cover `length` bytes. */
export function piecesAt({ bytes, hashes }: Pieces, start: number, length: number): Pieces {
  const first = start / bytes;
  // A copy: a view would take all of them along when it travels to another thread.
  return { bytes, hashes: hashes.slice(first * HASH_BYTES, (first + Math.ceil(length / bytes)) * HASH_BYTES) };
}

/** Whether `bytes` are these pieces, from the first one on. */
export function arePieces(bytes: Uint8Array, pieces: Pieces, hashInto: HashInto): boolean {
  const hash = new Uint8Array(HASH_BYTES);
  for (let index = 0; index * pieces.bytes < bytes.length; index++) {
    hashInto(bytes.subarray(index * pieces.bytes, (index + 1) * pieces.bytes), hash, 0);
    if (!equalBytes(hash, pieces.hashes.subarray(index * HASH_BYTES, (index + 1) * HASH_BYTES))) return false;
  }
  return true;
}
