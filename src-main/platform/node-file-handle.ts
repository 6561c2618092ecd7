import { type BigIntStats, closeSync } from 'node:fs';
import type { FileHandle } from 'node:fs/promises';
import type { FileKind, FileStat, ReadHandle, WriteHandle } from '../engine/ports/index.ts';
import { openDirect } from './direct-writer.ts';
import { toDiskError } from './file-errors.ts';

/** An open regular file. */
export class NodeFileHandle implements ReadHandle, WriteHandle {
  readonly #handle: FileHandle;
  readonly #path: string;
  /** Null: not asked for yet. */
  #direct: number | undefined | null = null;

  constructor(handle: FileHandle, path: string) {
    this.#handle = handle;
    this.#path = path;
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
    return this.#attempt(async () => toFileStat(await this.#handle.stat({ bigint: true })));
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

/** Times to the microsecond, which a double still holds exactly; nanoseconds would not fit. */
export function toFileStat(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    modifiedMs: Number(stats.mtimeNs / 1000n) / 1000,
    changedMs: Number(stats.ctimeNs / 1000n) / 1000,
    inode: String(stats.ino),
    device: String(stats.dev),
  };
}

/** For stats and for entries of a folder alike. */
export function kindOf(thing: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileKind {
  if (thing.isFile()) return 'file';
  if (thing.isDirectory()) return 'folder';
  return thing.isSymbolicLink() ? 'link' : 'other';
}
