import type { Events } from '../contract/api.ts';
import { toAppError } from '../contract/errors.ts';
import type { SettingsSource } from './engine-types.ts';
import type { Library } from './library/library.ts';
import type { SharedFolder } from './library/shared-folders.ts';
import type { FileSystem, Logger } from './ports/index.ts';

type Deps = {
  readonly files: Pick<FileSystem, 'paths'>;
  readonly logger: Logger;
  readonly settings: SettingsSource;
  /** Where downloads go while the setting is empty. */
  readonly folder: string;
  readonly library: Pick<Library, 'addFolder' | 'removeFolder' | 'folderAt' | 'shares'>;
  /** What is being sent of what is not shared any more ends. */
  readonly withdrawUnshared: () => Promise<void>;
  readonly settingChanged: (change: Events['settings']) => void;
};

/** Has the folder of finished downloads shared as `downloads.share` says, beside those that the user shares. */
export class SharedDownloads {
  readonly #deps: Deps;
  /** Shared for the setting alone, by the path that the library knows. */
  #shared: string | undefined;
  /** One change at a time: a download that ends must not share what was unshared meanwhile. */
  #changing: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Where finished downloads go. */
  get folder(): string {
    return this.#deps.settings.get()['downloads.folder'] || this.#deps.folder;
  }

  /** Shares it, if that is wanted; gives whether it is shared. One that is not there yet is left alone until the first download has ended. */
  share(): Promise<boolean> {
    return this.#inTurn(() => this.#share());
  }

  /** To be called after a change of `downloads.share` or `downloads.folder`. */
  settingChanged(): Promise<void> {
    return this.#inTurn(async () => {
      try {
        if (!this.#isWanted || this.#shared !== this.#deps.files.paths.join(this.folder)) await this.#unshare();
      } finally {
        // Also parts of what is still loading.
        await this.#deps.withdrawUnshared();
      }
      await this.#share();
    });
  }

  /** Ends sharing a folder for the user; this one also for the setting, by which it would be shared again. Fails with share.unknown. */
  removeFolder(path: string): Promise<void> {
    return this.#inTurn(async () => {
      const { library, withdrawUnshared } = this.#deps;
      const removed = await library.folderAt(path);
      const isOwn = this.#isWanted && (await this.#isOwn(removed));
      if (isOwn) await this.#setWanted(false);
      try {
        await library.removeFolder(removed.path);
      } catch (error) {
        // Shared still: the setting must not say otherwise.
        if (isOwn && library.shares().some(({ path }) => path === removed.path)) await this.#setWanted(true);
        throw error;
      } finally {
        // Also when it failed half-way: the folder is not shared by then.
        await withdrawUnshared();
      }
    });
  }

  get #isWanted(): boolean {
    return this.#deps.settings.get()['downloads.share'];
  }

  async #share(): Promise<boolean> {
    const { library, logger } = this.#deps;
    const { folder } = this;
    if (!this.#isWanted) return false;
    const before = library.shares().map(({ path }) => path);
    try {
      const path = await library.addFolder(folder, { kept: false });
      if (!before.includes(path)) this.#shared = path;
      return true;
    } catch (error) {
      if (toAppError(error).code !== 'share.missing')
        logger.warn('the download folder is not shared', { folder, error });
      return false;
    }
  }

  async #unshare(): Promise<void> {
    if (this.#shared === undefined) return;
    const { library } = this.#deps;
    const known = await library.folderAt(this.#shared).catch(() => undefined);
    // One that the user shares too stays.
    if (known && !known.kept) await library.removeFolder(known.path);
    this.#shared = undefined;
  }

  async #isOwn(shared: SharedFolder): Promise<boolean> {
    return shared === (await this.#deps.library.folderAt(this.folder).catch(() => undefined));
  }

  async #setWanted(value: boolean): Promise<void> {
    const { settings, settingChanged } = this.#deps;
    const key = 'downloads.share';
    const { restartNeeded } = await settings.set(key, value);
    settingChanged({ key, value, restartNeeded });
  }

  #inTurn<T>(change: () => Promise<T>): Promise<T> {
    const changed = this.#changing.then(change);
    this.#changing = changed.catch(() => undefined);
    return changed;
  }
}
