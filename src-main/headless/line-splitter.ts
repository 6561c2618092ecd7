/** Cuts a stream of UTF-8 bytes into lines of at most `maxBytes`. */
export class LineSplitter {
  /** From the next call on. */
  maxBytes: number;
  #parts: Uint8Array[] = [];
  #length = 0;

  constructor(maxBytes: number) {
    this.maxBytes = maxBytes;
  }

  /** The lines completed by `bytes`, without their line ends; undefined when a line is too long (the stream is then of no more use). */
  push(bytes: Uint8Array): string[] | undefined {
    const lines: string[] = [];
    let start = 0;
    for (let end = bytes.indexOf(10); end >= 0; end = bytes.indexOf(10, start)) {
      if (!this.#keep(bytes.subarray(start, end))) return undefined;
      lines.push(this.#take());
      start = end + 1;
    }
    return this.#keep(bytes.subarray(start)) ? lines : undefined;
  }

  #keep(part: Uint8Array): boolean {
    this.#length += part.length;
    if (part.length > 0) this.#parts.push(part);
    return this.#length <= this.maxBytes;
  }

  #take(): string {
    const line = Buffer.concat(this.#parts).toString('utf8');
    this.#parts = [];
    this.#length = 0;
    return line;
  }
}
