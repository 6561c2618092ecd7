import { type FSWatcher, watch } from 'node:fs';
import { lstat } from 'node:fs/promises';
import { join, sep } from 'node:path';
import { errnoOf } from './file-errors.ts';
import { listFolder } from './list-folder.ts';

export type WatchListener = { readonly onChange: (path: string) => void; readonly onError: (why: string) => void };

/** A file being written reports thousands of changes a second; they are gathered for this long, ms. */
const GATHER_MS = 100;
/** More distinct paths than this in one report are told as "look at the whole folder again". */
const MAX_PATHS = 1000;

/**
 * Watches a folder and the folders below it, each by the system's own watch, which also tells of the files in it: nothing is asked of the
 * files themselves. Hidden folders and what lies behind links are left out.
 */
export class FolderWatch {
  readonly #top: string;
  readonly #listener: WatchListener;
  readonly #folders = new Map<string, FSWatcher>();
  readonly #changed = new Set<string>();
  #timer: NodeJS.Timeout | undefined;
  #isClosed = false;

  constructor(top: string, listener: WatchListener) {
    this.#top = top;
    this.#listener = listener;
  }

  /** Resolves when changes anywhere below are being seen. */
  start(): Promise<void> {
    return this.#add(this.#top);
  }

  /** Idempotent. */
  close(): void {
    this.#isClosed = true;
    clearTimeout(this.#timer);
    for (const folder of this.#folders.values()) folder.close();
    this.#folders.clear();
  }

  /** The watch comes before the look, so that what appears in between is seen by one of them. */
  async #add(folder: string): Promise<void> {
    if (this.#isClosed || this.#folders.has(folder) || !this.#open(folder)) return;
    const entries = await listFolder(folder).catch((error: unknown) => this.#failed(folder, error));
    for (const { name, kind } of entries ?? []) {
      if (kind === 'folder' && !isHidden(name)) await this.#add(join(folder, name));
    }
  }

  #open(folder: string): boolean {
    try {
      const watcher = watch(folder, { persistent: false });
      this.#folders.set(folder, watcher);
      watcher.on('change', (event, name) => this.#heard(folder, event, name === null ? '' : String(name)));
      watcher.on('error', (error) => this.#failed(folder, error));
      return true;
    } catch (error) {
      this.#failed(folder, error);
      return false;
    }
  }

  #heard(folder: string, event: string, name: string): void {
    if (isHidden(name)) return;
    const path = join(folder, name);
    this.#note(path);
    // Something came or went, and it may be a folder.
    if (event === 'rename') void this.#look(path);
  }

  async #look(path: string): Promise<void> {
    // What cannot be looked at has gone: to whom it matters, the path was told.
    const found = await lstat(path).catch(() => undefined);
    if (this.#folders.has(path)) this.#remove(path);
    if (!found?.isDirectory()) return;
    await this.#add(path);
    // Told again now that nothing in it can be missed.
    this.#note(path);
  }

  #remove(folder: string): void {
    for (const [path, watcher] of this.#folders) {
      if (path !== folder && !path.startsWith(folder + sep)) continue;
      watcher.close();
      this.#folders.delete(path);
    }
  }

  /** A folder that has gone is no failure: the one above tells of it. */
  #failed(folder: string, error: unknown): undefined {
    if (this.#folders.has(folder)) this.#remove(folder);
    const code = errnoOf(error);
    if (this.#isClosed || ((code === 'ENOENT' || code === 'ENOTDIR') && folder !== this.#top)) return;
    this.#listener.onError(`${folder}: ${error instanceof Error ? error.message : String(error)}`);
  }

  #note(path: string): void {
    if (this.#isClosed) return;
    this.#changed.add(path);
    this.#timer ??= setTimeout(() => this.#report(), GATHER_MS).unref();
  }

  #report(): void {
    this.#timer = undefined;
    const paths = this.#changed.size > MAX_PATHS ? [this.#top] : [...this.#changed];
    this.#changed.clear();
    for (const path of paths) this.#listener.onChange(path);
  }
}

const isHidden = (name: string): boolean => name.startsWith('.');
