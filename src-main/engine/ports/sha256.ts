/** SHA-256 of a message, 32 bytes; of a text, of its UTF-8. Synchronous: for small inputs and for worker threads. */
export type Sha256 = (message: Uint8Array | string) => Uint8Array;
