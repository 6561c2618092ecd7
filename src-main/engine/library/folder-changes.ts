import { toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, FileSystem, Logger, Timer } from '../ports/index.ts';
import type { FolderScan } from './folder-scan.ts';
import { listedStat } from './listed-stat.ts';
import { leftOutByName } from './share-rules.ts';
import type { SharedFolder, SharedFolders } from './shared-folders.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly logger: Logger;
  readonly files: FileSystem;
  readonly folders: SharedFolders;
  readonly scan: FolderScan;
  /** Hides everything at and below a path. */
  readonly hideBelow: (path: string) => Promise<void>;
  /** Looks at the whole folder again. */
  readonly rescan: () => void;
  /** The same, soon: a change could not be looked at. */
  readonly lookAgain: () => void;
};

/** More changed paths than this at once and the whole folder is looked at: that costs no more. */
const CHANGED_PATHS = 1000;
/** Looking at changes takes at most a tenth of the time, however fast they come. */
const IDLE_SHARE = 9;

/** Changed paths of one shared folder, gathered for a moment and then looked at. */
export class FolderChanges {
  readonly #deps: Deps;
  readonly #folder: SharedFolder;
  #paths = new Set<string>();
  #timer: Timer | undefined;
  #working: Promise<void> | undefined;
  #isStopped = false;
  #notBeforeMs = 0;

  constructor(deps: Deps, folder: SharedFolder) {
    this.#deps = deps;
    this.#folder = folder;
  }

  note(path: string): void {
    if (this.#isStopped || !this.#concerns(path)) return;
    if (this.#paths.size < CHANGED_PATHS) this.#paths.add(path);
    this.#arm();
  }

  async stop(): Promise<void> {
    this.#isStopped = true;
    this.#timer?.cancel();
    await this.#working;
  }

  /** Neither a hidden path nor one that belongs to another shared folder. */
  #concerns(path: string): boolean {
    const { files, folders } = this.#deps;
    const { real } = this.#folder;
    if (folders.owner(path) !== this.#folder) return false;
    const names = files.paths.relative(real, path).split('/');
    return names.every((name) => name === '' || leftOutByName(name) !== 'hidden');
  }

  #arm(): void {
    if (this.#timer || this.#working) return;
    const { clock, settings } = this.#deps;
    const delayMs = Math.max(settings()['library.gather'], this.#notBeforeMs - clock.monotonicMs());
    this.#timer = clock.setTimer(delayMs, () => {
      this.#timer = undefined;
      this.#working = this.#work().finally(() => {
        this.#working = undefined;
        if (this.#paths.size > 0 && !this.#isStopped) this.#arm();
      });
    });
  }

  async #work(): Promise<void> {
    const { clock, logger } = this.#deps;
    const paths = [...this.#paths].sort();
    this.#paths = new Set();
    const startMs = clock.monotonicMs();
    try {
      if (paths.length >= CHANGED_PATHS || paths.includes(this.#folder.real)) this.#deps.rescan();
      else await this.#lookAt(paths);
    } catch (thrown) {
      const error = toAppError(thrown);
      if (!this.#isStopped) logger.warn('changes of a folder were lost', { path: this.#folder.path, error });
      this.#deps.lookAgain();
    }
    const endMs = clock.monotonicMs();
    this.#notBeforeMs = endMs + IDLE_SHARE * (endMs - startMs);
  }

  async #lookAt(paths: readonly string[]): Promise<void> {
    const { files, scan, hideBelow } = this.#deps;
    const directories = new Set<string>();
    let scanned: string | undefined;
    for (const path of paths) {
      if (scanned !== undefined && files.paths.isInside(scanned, path)) continue;
      const stat = await listedStat(files, this.#folder.real, path);
      if (stat === undefined) await hideBelow(path);
      if (stat?.kind === 'folder' && leftOutByName(files.paths.name(path)) === undefined) {
        await scan.below(this.#folder, path);
        scanned = path;
      } else directories.add(files.paths.parent(path));
    }
    for (const directory of directories) {
      const isThere = (await listedStat(files, this.#folder.real, directory))?.kind === 'folder';
      if (isThere && this.#concerns(directory)) await scan.directory(this.#folder, directory);
    }
  }
}
