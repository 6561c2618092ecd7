import { AppError } from '../contract/errors.ts';
import type { Watcher, WatchHandle, WatchListener } from '../engine/ports/index.ts';
import type { MemoryFileSystem } from './memory-file-system.ts';

/** Watches a memory file system. `deaf` loses every event, as a watcher without resources does. */
export class MemoryWatcher implements Watcher {
  readonly #files: MemoryFileSystem;
  readonly #watches = new Map<WatchListener, () => void>();
  /** Folders whose watch cannot be started, and how often that was tried. */
  readonly unwatchable = new Map<string, number>();
  deaf = false;

  constructor(files: MemoryFileSystem) {
    this.#files = files;
  }

  /** Folders being watched: what a leak check counts. */
  get watching(): number {
    return this.#watches.size;
  }

  /** Tells every watch that it failed, as an exhausted system does. */
  fail(why: string): void {
    for (const { onError } of [...this.#watches.keys()]) onError(why);
  }

  /** Ends every watch, as a thread that dies does. */
  end(why: string): void {
    for (const [{ onEnd }, close] of [...this.#watches]) {
      close();
      onEnd(why);
    }
  }

  async watch(folder: string, { onChange, onError, onEnd }: WatchListener): Promise<WatchHandle> {
    if (!(await this.#files.stat(folder))) throw new AppError('disk.missing', { path: folder });
    const tried = this.unwatchable.get(folder);
    if (tried !== undefined) {
      this.unwatchable.set(folder, tried + 1);
      throw new AppError('internal', { why: 'it takes too much memory' });
    }
    const unlisten = this.#files.onChange((path) => {
      if (!this.deaf && this.#files.paths.isInside(folder, path)) onChange(path);
    });
    const listener = { onChange, onError, onEnd };
    const close = () => {
      this.#watches.delete(listener);
      unlisten();
    };
    this.#watches.set(listener, close);
    return { close: async () => close() };
  }
}
