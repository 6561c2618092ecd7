/** Randomness as a port: secret-grade in a real peer, seeded in tests. */
export interface Random {
  bytes(length: number): Uint8Array<ArrayBuffer>;
  /** A whole number, 0 <= n < `below`; `below` is 1 to 2^32. */
  int(below: number): number;
  /** 0 <= x < 1. */
  float(): number;
}
