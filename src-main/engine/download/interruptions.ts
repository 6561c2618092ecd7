import { type AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { FOLDER } from '../troubles.ts';
import { type DownloadDeps, isDiskError } from './download-deps.ts';

/** The download that is interrupted. */
type Interrupted = {
  readonly stored: StoredDownload;
  change(change: Partial<StoredDownload>): Promise<void>;
  /** It rests for its disk now. */
  enter(phase: 'idle'): void;
};

/** What becomes of a download whose work failed, and what is told of it. */
export class Interruptions {
  /** Why it waits for the disk, if it does. */
  diskReason: ErrorCode | null = null;
  readonly #download: Interrupted;
  readonly #deps: DownloadDeps;
  #toldReason: ErrorCode | null = null;

  constructor(download: Interrupted, deps: DownloadDeps) {
    this.#download = download;
    this.#deps = deps;
  }

  /** It goes on, and something came of it. */
  progressed(): void {
    this.#toldReason = null;
    this.#deps.troubles.end(this.#download.stored.id);
  }

  /** Works until it is not wanted any more, or the signal. */
  async outlast(work: () => Promise<void>, signal: AbortSignal): Promise<void> {
    while (!signal.aborted && this.#download.stored.state === 'wanted') {
      try {
        this.diskReason = null;
        await work();
      } catch (error) {
        if (!signal.aborted) await this.#after(toAppError(error), signal);
      }
    }
    this.#over();
  }

  #over(): void {
    const { id, state } = this.#download.stored;
    if (state === 'done') this.#deps.troubles.end(id);
    else this.#deps.troubles.forget(id);
  }

  /** A disk error rests and tries again, a doubtful size is learned anew; anything else is a bug of ours and ends the download, its data kept. */
  async #after(error: AppError, signal: AbortSignal): Promise<void> {
    if (isDiskError(error)) return this.#waitForDisk(error, signal);
    const { id } = this.#download.stored;
    if (error.code !== this.#toldReason) this.#deps.logger.warn('download interrupted', { download: id, error });
    this.#toldReason = error.code;
    if (error.code === 'download.size-unknown') return;
    await this.#download
      .change({ state: 'failed', reason: error.code })
      .catch((thrown: unknown) => this.#waitForDisk(toAppError(thrown), signal));
  }

  /** A disk comes back without telling anybody. */
  async #waitForDisk(error: AppError, signal: AbortSignal): Promise<void> {
    const { clock, settings, troubles } = this.#deps;
    const { id, folder } = this.#download.stored;
    troubles.begin(id, { ...FOLDER, folder }, error);
    this.diskReason = error.code;
    this.#download.enter('idle');
    await clock.sleep(settings()['download.disk-retry'], signal).catch(() => undefined);
  }
}
