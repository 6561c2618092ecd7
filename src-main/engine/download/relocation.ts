import { AppError } from '../../contract/errors.ts';
import type { StoredDownload } from '../store/download-store.ts';
import type { DownloadDeps } from './download-deps.ts';
import { relocatePart, removeOther } from './relocate-part.ts';

/** The download whose part moves. */
type Movable = {
  readonly stored: StoredDownload;
  change(change: Partial<StoredDownload>): Promise<void>;
  enter(phase: 'moving' | 'idle'): void;
};

/** The move of one download from folder to folder, and what it leaves behind. */
export class Relocation {
  readonly #download: Movable;
  readonly #deps: DownloadDeps;

  constructor(download: Movable, deps: DownloadDeps) {
    this.#download = download;
    this.#deps = deps;
  }

  /** Call it while nothing runs. Fails with disk.*, or input.invalid when it was called off: then the part is where it was. */
  async run(folder: string, doneBytes: number, signal: AbortSignal): Promise<void> {
    const download = this.#download;
    download.enter('moving');
    try {
      const change = (part: Partial<StoredDownload>) => download.change(part);
      await this.#requireNoOther(folder, change);
      await relocatePart({ files: this.#deps.files, stored: download.stored, folder, doneBytes, change, signal });
      await this.removeOther();
    } catch (error) {
      if (!signal.aborted) throw error;
      throw new AppError('input.invalid', { what: folder, why: 'another command called the move off' });
    } finally {
      download.enter('idle');
    }
  }

  /** One folder is noted: what an earlier move left in a third one would be forgotten. */
  async #requireNoOther(folder: string, change: (part: Partial<StoredDownload>) => Promise<void>): Promise<void> {
    await removeOther(this.#deps.files, this.#download.stored, change);
    const { otherFolder } = this.#download.stored;
    if (otherFolder !== undefined && otherFolder !== folder) throw new AppError('disk.missing', { path: otherFolder });
  }

  /** What cannot be removed now is at the next start. */
  async removeOther(): Promise<void> {
    const { stored } = this.#download;
    if (stored.otherFolder === undefined) return;
    await removeOther(this.#deps.files, stored, (part) => this.#download.change(part)).catch((error: unknown) =>
      this.#deps.logger.warn('the part that a move left is removed at the next start', {
        folder: stored.otherFolder,
        error,
      }),
    );
  }
}
