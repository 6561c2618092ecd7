/** SHA-256 of a message, 32 bytes. Synchronous: for small inputs and for worker threads. */
export type Sha256 = (message: Uint8Array) => Uint8Array;
