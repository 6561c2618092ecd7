import { stat } from 'node:fs/promises';
import { AppError, toAppError } from '../contract/errors.ts';
import type { Watcher, WatchHandle } from '../engine/ports/index.ts';
import { WorkerCalls } from './worker-calls.ts';
import { workerUrl } from './worker-url.ts';
import type { WatchWorkerApi } from './workers/watch-worker.ts';

type Listener = { readonly onChange: (path: string) => void; readonly onError: (why: string) => void };
type Thread = { readonly calls: WorkerCalls<WatchWorkerApi>; readonly listeners: Map<number, Listener>; users: number };

/**
 * Starting a watch makes much garbage: 290 MB for 100,000 files without these limits, 120 MB with them. What stays is 8 MB; a thread
 * that needs more than the limit ends, and the folders are left to the rescan.
 */
const MEMORY = { maxYoungGenerationSizeMb: 4, maxOldGenerationSizeMb: 128 };

/** Watches folders from a thread of its own, which runs while there is something to watch. */
export class ChokidarWatcher implements Watcher {
  #thread: Thread | undefined;
  #nextId = 1;

  async watch(folder: string, onChange: (path: string) => void, onError: (why: string) => void): Promise<WatchHandle> {
    if (!(await isFolder(folder))) throw new AppError('disk.missing', { path: folder });
    const thread = this.#acquire();
    const id = this.#nextId++;
    // Before it starts: that the system watches no more folders is told while it does.
    thread.listeners.set(id, { onChange, onError });
    try {
      await thread.calls.call('watch', id, folder);
      let closing: Promise<void> | undefined;
      return {
        close: () => {
          closing ??= this.#close(thread, id);
          return closing;
        },
      };
    } catch (error) {
      thread.listeners.delete(id);
      await this.#release(thread);
      throw error;
    }
  }

  async #close(thread: Thread, id: number): Promise<void> {
    const isKnown = thread.listeners.delete(id);
    try {
      if (isKnown && thread.users > 1) await thread.calls.call('unwatch', id);
    } finally {
      await this.#release(thread);
    }
  }

  #acquire(): Thread {
    if (!this.#thread) {
      const calls = new WorkerCalls<WatchWorkerApi>(workerUrl('watch-worker'), undefined, MEMORY);
      this.#thread = { calls, listeners: new Map(), users: 0 };
      void this.#listen(this.#thread);
    }
    this.#thread.users++;
    return this.#thread;
  }

  async #release(thread: Thread): Promise<void> {
    if (--thread.users > 0) return;
    if (this.#thread === thread) this.#thread = undefined;
    await thread.calls.close();
  }

  /** Ends when the thread does; a thread that died by itself is told to all its listeners, and the next watch starts another. */
  async #listen(thread: Thread): Promise<void> {
    const { calls, listeners } = thread;
    try {
      for (;;) {
        for (const { id, paths, why } of await calls.call('reports')) {
          const listener = listeners.get(id);
          for (const path of paths) listener?.onChange(path);
          if (why !== undefined) listener?.onError(why);
        }
      }
    } catch (thrown) {
      if (this.#thread === thread) this.#thread = undefined;
      for (const { onError } of listeners.values()) onError(toAppError(thrown).message);
      listeners.clear();
    }
  }
}

async function isFolder(path: string): Promise<boolean> {
  return stat(path).then(
    (stats) => stats.isDirectory(),
    () => false,
  );
}
