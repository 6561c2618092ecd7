import { closeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { FileStat, ReadHandle, WriteHandle } from '../engine/ports/index.ts';
import { openDirect } from './direct-writer.ts';
import { toDiskError } from './file-errors.ts';
import type { FileStats } from './file-stats.ts';

/** An open regular file. */
export class NodeFileHandle implements ReadHandle, WriteHandle {
  readonly #handle: FileHandle;
  readonly #path: string;
  readonly #stats: FileStats;
  /** Null: not asked for yet. */
  #direct: number | undefined | null = null;

  constructor(handle: FileHandle, path: string, stats: FileStats) {
    this.#handle = handle;
    this.#path = path;
    this.#stats = stats;
  }

  /** For threads of this process that work on the same open file. */
  get descriptor(): number {
    return this.#handle.fd;
  }

  /** A second descriptor for direct writes, closed with this handle; undefined where there are none. */
  get directDescriptor(): number | undefined {
    if (this.#direct === null) this.#direct = openDirect(this.#handle.fd);
    return this.#direct;
  }

  get path(): string {
    return this.#path;
  }

  stat(): Promise<FileStat> {
    return this.#attempt(async () => this.#stats.of(await this.#handle.stat({ bigint: true }), this.#path));
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.#attempt(async () => {
      let filled = 0;
      while (filled < target.length) {
        const { bytesRead } = await this.#handle.read(target, filled, target.length - filled, position + filled);
        if (bytesRead === 0) break;
        filled += bytesRead;
      }
      return filled;
    });
  }

  write(bytes: Uint8Array, position: number): Promise<void> {
    return this.#attempt(async () => {
      let written = 0;
      while (written < bytes.length) {
        const { bytesWritten } = await this.#handle.write(bytes, written, bytes.length - written, position + written);
        written += bytesWritten;
      }
    }, bytes.length);
  }

  resize(size: number): Promise<void> {
    return this.#attempt(() => this.#handle.truncate(size), size);
  }

  sync(): Promise<void> {
    return this.#attempt(() => this.#handle.datasync());
  }

  close(): Promise<void> {
    if (typeof this.#direct === 'number') closeSync(this.#direct);
    this.#direct = undefined;
    return this.#attempt(() => this.#handle.close());
  }

  async #attempt<T>(work: () => Promise<T>, bytesNeeded?: number): Promise<T> {
    try {
      return await work();
    } catch (thrown) {
      throw toDiskError(thrown, this.#path, bytesNeeded);
    }
  }
}
