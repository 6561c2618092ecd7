import { AppError } from '../contract/errors.ts';
import type { Watcher, WatchHandle } from '../engine/ports/index.ts';
import type { MemoryFileSystem } from './memory-file-system.ts';

/** Watches a memory file system. `deaf` loses every event, as a watcher without resources does. */
export class MemoryWatcher implements Watcher {
  readonly #files: MemoryFileSystem;
  readonly #errors = new Set<(why: string) => void>();
  deaf = false;

  constructor(files: MemoryFileSystem) {
    this.#files = files;
  }

  /** Folders being watched: what a leak check counts. */
  get watching(): number {
    return this.#errors.size;
  }

  /** Tells every watch that it failed, as an exhausted system does. */
  fail(why: string): void {
    for (const onError of [...this.#errors]) onError(why);
  }

  async watch(folder: string, onChange: (path: string) => void, onError: (why: string) => void): Promise<WatchHandle> {
    if (!(await this.#files.stat(folder))) throw new AppError('disk.missing', { path: folder });
    const report = (why: string) => onError(why);
    this.#errors.add(report);
    const unlisten = this.#files.onChange((path) => {
      if (!this.deaf && this.#files.paths.isInside(folder, path)) onChange(path);
    });
    return {
      close: async () => {
        this.#errors.delete(report);
        unlisten();
      },
    };
  }
}
