import { basename, join } from 'node:path';
import { type FSWatcher, watch } from 'chokidar';

/** What changed below one watched folder since the last report; `why` when the watch itself has a trouble. */
export type WatchReport = { readonly id: number; readonly paths: readonly string[]; readonly why?: string };

/** A file being written reports thousands of changes a second; they are gathered for this long, ms. */
const GATHER_MS = 100;
/** More distinct paths than this in one report are told as "look at the whole folder again". */
const MAX_PATHS = 1000;

type Watch = { readonly folder: string; readonly watcher: FSWatcher; readonly paths: Set<string>; why?: string };

/**
 * Folders watched by chokidar. It belongs on a thread of its own: while a watch starts it visits every file (measured: 1 s without
 * a turn of the event loop for 100,000 files). Only folders are watched: the system reports changes of the files in them.
 */
export class FolderWatches {
  readonly #watches = new Map<number, Watch>();
  #timer: NodeJS.Timeout | undefined;
  #tell: ((reports: readonly WatchReport[]) => void) | undefined;

  /** Resolves when all below `folder` is watched; what is in the way of that is told by reports, from the beginning. */
  async add(id: number, folder: string): Promise<void> {
    const watcher = watch(folder, {
      ignoreInitial: true,
      followSymlinks: false,
      atomic: false,
      ignored: (path, stats) => isHidden(folder, path) || (stats !== undefined && !stats.isDirectory()),
    });
    const entry: Watch = { folder, watcher, paths: new Set() };
    this.#watches.set(id, entry);
    this.#listen(entry);
    await new Promise<void>((resolve) => watcher.once('ready', resolve));
  }

  async remove(id: number): Promise<void> {
    await this.#watches.get(id)?.watcher.close();
    this.#watches.delete(id);
  }

  reports(): Promise<readonly WatchReport[]> {
    return new Promise((resolve) => {
      this.#tell = resolve;
      this.#gather();
    });
  }

  #listen(entry: Watch): void {
    const { watcher, paths, folder } = entry;
    const note = (path: string) => {
      paths.add(path);
      this.#gather();
    };
    watcher.on('all', (_, path) => note(path));
    // The only event that tells of files when they are not watched themselves; it may name a thing that is not there.
    watcher.on('raw', (_, name, details) => note(join(watchedPath(details) ?? folder, name ?? '')));
    watcher.on('error', (error) => {
      entry.why = error instanceof Error ? error.message : String(error);
      this.#gather();
    });
  }

  #gather(): void {
    this.#timer ??= setTimeout(() => this.#report(), GATHER_MS);
  }

  #report(): void {
    this.#timer = undefined;
    if (!this.#tell) return;
    const reports: WatchReport[] = [];
    for (const [id, entry] of this.#watches) {
      const { folder, paths, why } = entry;
      if (paths.size === 0 && why === undefined) continue;
      reports.push({
        id,
        paths: paths.size > MAX_PATHS ? [folder] : [...paths],
        ...(why === undefined ? {} : { why }),
      });
      paths.clear();
      delete entry.why;
    }
    if (reports.length === 0) return;
    this.#tell(reports);
    this.#tell = undefined;
  }
}

function watchedPath(details: unknown): string | undefined {
  const isNamed = typeof details === 'object' && details !== null && 'watchedPath' in details;
  return isNamed && typeof details.watchedPath === 'string' ? details.watchedPath : undefined;
}

function isHidden(folder: string, path: string): boolean {
  return path !== folder && basename(path).startsWith('.');
}
