import { stat } from 'node:fs/promises';
import { shell } from 'electron';
import type { EngineApi } from '../contract/api.ts';
import { AppError } from '../contract/errors.ts';
import type { ContentHash } from '../contract/ids.ts';
import type { FileTarget } from '../contract/shell.ts';

type Deps = {
  readonly api: EngineApi;
  /** Whether the system would take the file for what it is, and what it is runs nothing. */
  readonly isPassive: (target: FileTarget) => Promise<boolean>;
};

/** Finished and shared files on the desktop: shown in their folder, and opened when opening cannot run anything. */
export class OwnFiles {
  readonly #deps: Deps;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Fails with download.unknown, content.not-found or file.missing. */
  async pathOf(target: FileTarget): Promise<string> {
    const path = target.kind === 'download' ? await this.#finished(target.id) : await this.#shared(target.hash);
    const found = await stat(path).catch(() => undefined);
    if (!found?.isFile()) throw new AppError('file.missing', { path });
    return path;
  }

  async open(target: FileTarget): Promise<'opened' | 'revealed'> {
    const path = await this.pathOf(target);
    const isOpened = (await this.#deps.isPassive(target)) && (await shell.openPath(path)) === '';
    if (!isOpened) shell.showItemInFolder(path);
    return isOpened ? 'opened' : 'revealed';
  }

  async reveal(target: FileTarget): Promise<void> {
    shell.showItemInFolder(await this.pathOf(target));
  }

  async #finished(id: string): Promise<string> {
    const downloads = await this.#deps.api.query('downloads', {});
    const download = downloads.find((one) => one.id === id);
    if (!download) throw new AppError('download.unknown', { id });
    if (download.state !== 'done') throw new AppError('file.missing', { path: download.path });
    return download.path;
  }

  /** Pages are in the order of the hashes: the one that begins before this hash begins with its files. */
  async #shared(hash: ContentHash): Promise<string> {
    const { files } = await this.#deps.api.query('shares.files', { after: `${hash}:0:`, limit: 1 });
    const path = files.find((file) => file.hash === hash)?.path;
    if (path === undefined) throw new AppError('content.not-found');
    return path;
  }
}
