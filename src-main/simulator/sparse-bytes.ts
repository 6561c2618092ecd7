/** The block of common file systems: what a written byte costs at least. */
const BLOCK = 4096;

/** The contents of a memory file: only written blocks take room, as in a sparse file. */
export class SparseBytes {
  readonly #blocks = new Map<number, Uint8Array>();
  #size = 0;

  get size(): number {
    return this.#size;
  }

  /** Bytes that its blocks take. */
  get allocated(): number {
    return this.#blocks.size * BLOCK;
  }

  /** Bytes of blocks that writing `length` bytes at `position` would add. */
  needs(position: number, length: number): number {
    let missing = 0;
    for (let block = Math.floor(position / BLOCK); block * BLOCK < position + length; block++) {
      if (!this.#blocks.has(block)) missing++;
    }
    return missing * BLOCK;
  }

  /** Fills `target` as far as the file goes; returns the bytes read. */
  read(target: Uint8Array, position: number): number {
    const length = Math.max(0, Math.min(target.length, this.#size - position));
    for (let done = 0; done < length; ) {
      const { block, offset } = place(position + done);
      const part = Math.min(BLOCK - offset, length - done);
      const bytes = this.#blocks.get(block)?.subarray(offset, offset + part);
      if (bytes) target.set(bytes, done);
      else target.fill(0, done, done + part);
      done += part;
    }
    return length;
  }

  write(bytes: Uint8Array, position: number): void {
    for (let done = 0; done < bytes.length; ) {
      const { block, offset } = place(position + done);
      const part = Math.min(BLOCK - offset, bytes.length - done);
      this.#block(block).set(bytes.subarray(done, done + part), offset);
      done += part;
    }
    this.#size = Math.max(this.#size, position + bytes.length);
  }

  resize(size: number): void {
    const last = place(size);
    for (const block of [...this.#blocks.keys()]) {
      if (block > last.block || (block === last.block && last.offset === 0)) this.#blocks.delete(block);
    }
    this.#blocks.get(last.block)?.fill(0, last.offset);
    this.#size = size;
  }

  #block(index: number): Uint8Array {
    let block = this.#blocks.get(index);
    if (!block) {
      block = new Uint8Array(BLOCK);
      this.#blocks.set(index, block);
    }
    return block;
  }
}

function place(position: number): { readonly block: number; readonly offset: number } {
  return { block: Math.floor(position / BLOCK), offset: position % BLOCK };
}
