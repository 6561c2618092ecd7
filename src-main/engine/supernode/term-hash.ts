/** FNV-1a of 32 bits over UTF-16 units, step by step, so that the hashes of a word's beginnings come on the way. */
export const HASH_START = 0x811c9dc5;
const PRIME = 0x01000193;
/** Marks the end of a whole word: no word holds it. */
const END = 0;

export function hashStep(hash: number, unit: number): number {
  return Math.imul(hash ^ unit, PRIME);
}

/** Of a word that ends here. */
export function hashEnd(hash: number): number {
  return hashStep(hash, END);
}

/** Its lowest `bits`: FNV's low bits are its good ones; the high ones are folded in. */
export function foldHash(hash: number, bits: number): number {
  return (hash ^ (hash >>> bits)) & (2 ** bits - 1);
}
