import { AppError } from '../contract/errors.ts';
import type { FileStat, WriteHandle } from '../engine/ports/index.ts';
import { type MemoryNode, toStat } from './memory-tree.ts';

/** What an open file asks of its file system. */
export type HandleHost = {
  /** The most that one read may give. */
  readLimit(): number;
  /** Fails when writing is not possible now or `bytes` more do not fit. */
  admit(path: string, bytes: number): void;
  changed(node: MemoryNode, path: string): void;
  closed(): void;
};

/** An open memory file; it lives on when its name goes. */
export class MemoryFileHandle implements WriteHandle {
  readonly #host: HandleHost;
  readonly #node: MemoryNode;
  readonly #path: string;
  #isOpen = true;

  constructor(host: HandleHost, node: MemoryNode, path: string) {
    this.#host = host;
    this.#node = node;
    this.#path = path;
  }

  async stat(): Promise<FileStat> {
    this.#checkOpen();
    return toStat(this.#node);
  }

  async read(target: Uint8Array, position: number): Promise<number> {
    this.#checkOpen();
    return this.#node.content.read(target.subarray(0, this.#host.readLimit()), position);
  }

  async write(bytes: Uint8Array, position: number): Promise<void> {
    this.#checkOpen();
    this.#host.admit(this.#path, this.#node.content.needs(position, bytes.length));
    this.#node.content.write(bytes, position);
    this.#host.changed(this.#node, this.#path);
  }

  async resize(size: number): Promise<void> {
    this.#checkOpen();
    this.#host.admit(this.#path, 0);
    this.#node.content.resize(size);
    this.#host.changed(this.#node, this.#path);
  }

  async sync(): Promise<void> {
    this.#checkOpen();
  }

  async close(): Promise<void> {
    if (this.#isOpen) this.#host.closed();
    this.#isOpen = false;
  }

  #checkOpen(): void {
    if (!this.#isOpen) throw new AppError('disk.failed', { path: this.#path, why: 'the file is closed' });
  }
}
