import { AppError, type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import { isLate } from '../is-late.ts';
import type { Clock, FileSystem, Logger, Watcher, WatchHandle } from '../ports/index.ts';
import { FOLDER, type Troubles } from '../troubles.ts';
import { ANSWER_MS } from './disk-turns.ts';
import type { FolderChanges } from './folder-changes.ts';
import type { FolderScan } from './folder-scan.ts';
import { mayPass } from './may-pass.ts';
import { RetryTimer } from './retry-timer.ts';
import type { SharedFolder } from './shared-folders.ts';

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly files: FileSystem;
  readonly watcher: Watcher;
  readonly scan: FolderScan;
  readonly changes: FolderChanges;
  /** The folder is away: nothing of it may be served, and what is asked of its files now may never be answered. */
  readonly vanished: () => Promise<void>;
  /** A full look begins, and is over. */
  readonly scanning: () => void;
  readonly scanned: () => void;
};
type Location = Pick<SharedFolder, 'real' | 'identity' | 'reason'>;

/** A scan does not wait longer than this for the watch: what changes meanwhile is found by the rescan that follows. */
const WATCH_WAIT_MS = 5000;
const UNWATCHED = 'a shared folder is not watched: changes are found by the rescan';

/** Keeps one shared folder in view: whether it is there, what changes in it, and a full look from time to time. */
export class FolderKeeper {
  readonly #deps: Deps;
  readonly #folder: SharedFolder;
  #watch: Promise<WatchHandle | undefined> | undefined;
  readonly #watchAgain: RetryTimer;
  readonly #lookAgain: RetryTimer;
  /** Whether the last answer where the folder is was none, for a reason that may pass. */
  #isInDoubt = false;
  /** The question where the folder is, while it is not answered; and whether that takes too long. */
  #asked: Promise<Location> | undefined;
  #isHung = false;
  #scanning: Promise<void> | undefined;
  #isScanWanted = false;
  #scannedAtMs = 0;

  constructor(deps: Deps, folder: SharedFolder) {
    this.#deps = deps;
    this.#folder = folder;
    this.#watchAgain = new RetryTimer(deps);
    this.#lookAgain = new RetryTimer(deps);
  }

  get isScanning(): boolean {
    return this.#scanning !== undefined && !this.#isHung;
  }

  get changes(): FolderChanges {
    return this.#deps.changes;
  }

  /** Before the first scan: where the folder is. */
  async find(): Promise<void> {
    Object.assign(this.#folder, await this.#locate());
  }

  /** Sees whether the folder came, went or is another one now, and whether it is time for a full look. */
  async check(): Promise<void> {
    const { clock, settings } = this.#deps;
    const now = await this.#locate();
    if (this.#isHung && !isSamePlace(this.#folder, now)) return this.#leave(now);
    const isDue = clock.monotonicMs() - this.#scannedAtMs >= settings()['library.rescan'];
    if (!isSamePlace(this.#folder, now) || (now.reason === null && isDue)) this.scan();
  }

  /** Something of the folder could not be looked at, for a reason that may pass: looks at the whole folder again soon. */
  lookAgain(): void {
    if (!this.#folder.closing.signal.aborted) this.#lookAgain.failed(() => this.scan());
  }

  /** Looks at the whole folder; again, when that is asked meanwhile. */
  scan(): void {
    if (this.#folder.closing.signal.aborted) return;
    this.#isScanWanted = true;
    if (this.#scanning) return;
    this.#scanning = this.#scanWhileWanted().finally(() => {
      this.#scanning = undefined;
      this.#deps.scanned();
    });
    this.#deps.scanning();
  }

  async stop(): Promise<void> {
    this.#folder.closing.abort();
    const ended = Promise.all([this.#deps.changes.stop(), this.#scanning]);
    // What waits for a disk that does not answer ends when that does, or with the process. It may not be known yet that it does not.
    if (!this.#isHung) await isLate(this.#deps.clock, { work: ended, ms: ANSWER_MS });
    this.#lookAgain.cancel();
    await this.#unwatchSoon();
    this.#deps.troubles.forget(this.#name);
  }

  get #name(): string {
    return `share ${this.#folder.path}`;
  }

  /** A shared folder that is away is told once, and once when it is back. */
  #tell(reason: ErrorCode | null): void {
    const { troubles } = this.#deps;
    const { path } = this.#folder;
    const why = this.#isHung ? 'it does not answer' : 'it cannot be looked at';
    const error = reason && new AppError(reason, { path, why });
    if (error) troubles.begin(this.#name, { ...FOLDER, folder: path }, error);
    else troubles.end(this.#name);
  }

  async #scanWhileWanted(): Promise<void> {
    const { clock, logger } = this.#deps;
    const { signal } = this.#folder.closing;
    while (this.#isScanWanted && !signal.aborted) {
      this.#isScanWanted = false;
      try {
        await this.#scanOnce();
      } catch (thrown) {
        const error = toAppError(thrown);
        if (!signal.aborted) logger.warn('a shared folder cannot be read', { path: this.#folder.path, error });
        this.lookAgain();
      }
      this.#scannedAtMs = clock.monotonicMs();
    }
  }

  async #scanOnce(): Promise<void> {
    const { scan, vanished } = this.#deps;
    const now = await this.#locate();
    if (this.#isHung) return this.#leave(now);
    if (!isSamePlace(this.#folder, now)) {
      Object.assign(this.#folder, now);
      await this.#unwatchSoon();
    }
    if (this.#folder.closing.signal.aborted) return;
    this.#tell(now.reason);
    if (now.reason !== null) return vanished();
    await this.#ensureWatch();
    await scan.whole(this.#folder);
  }

  /** One question at a time: on a disk that does not answer each holds up a thread. */
  async #locate(): Promise<Location> {
    const { clock, files } = this.#deps;
    const { path, closing } = this.#folder;
    if (this.#isHung) return missing(path, 'disk.failed');
    this.#asked ??= locate(files, path).finally(() => {
      this.#asked = undefined;
      this.#isHung = false;
    });
    const asked = this.#asked;
    this.#isHung = await isLate(clock, { work: asked, ms: ANSWER_MS }, closing.signal);
    return this.#isHung || closing.signal.aborted ? missing(path, 'disk.failed') : this.#believe(await asked);
  }

  /** A folder that was there is given up only when it cannot be looked at twice. */
  #believe(now: Location): Location {
    const { real, identity, reason } = this.#folder;
    const isDoubtful = now.reason !== null && mayPass(now.reason) && reason === null;
    const isFirst = isDoubtful && !this.#isInDoubt;
    this.#isInDoubt = isDoubtful;
    return isFirst ? { real, identity, reason } : now;
  }

  /** The folder does not answer. A scan that waits for it goes on when it does, and is followed by a whole one. */
  async #leave(now: Location): Promise<void> {
    if (this.#folder.closing.signal.aborted) return;
    Object.assign(this.#folder, now);
    this.#tell(now.reason);
    await this.#deps.vanished();
  }

  async #ensureWatch(): Promise<void> {
    if (this.#watch) return;
    const { clock } = this.#deps;
    this.#watchAgain.cancel();
    const watch: Promise<WatchHandle | undefined> = this.#startWatch((why) => this.#watchFailed(watch, why));
    this.#watch = watch;
    const late = await isLate(clock, { work: watch, ms: WATCH_WAIT_MS }, this.#folder.closing.signal);
    if (late) void watch.then((handle) => handle && this.scan());
  }

  async #startWatch(failed: (why: string) => void): Promise<WatchHandle | undefined> {
    const { watcher, changes, logger } = this.#deps;
    const { real, path } = this.#folder;
    try {
      const handle = await watcher.watch(real, {
        onChange: (changed) => changes.note(changed),
        onError: (why) => logger.warn(UNWATCHED, { path, why }),
        onEnd: failed,
      });
      if (this.#watchAgain.failures > 0) logger.info('a shared folder is watched again', { path });
      return handle;
    } catch (thrown) {
      failed(toAppError(thrown).message);
      return undefined;
    }
  }

  /** It is started again with a full look for what changed meanwhile, unless another one has taken its place. */
  #watchFailed(watch: Promise<WatchHandle | undefined>, why: string): void {
    void watch.then((handle) => handle?.close());
    if (this.#watch !== watch) return;
    this.#watch = undefined;
    if (this.#folder.closing.signal.aborted) return;
    this.#watchAgain.failed(() => this.scan());
    if (this.#watchAgain.failures === 1) this.#deps.logger.warn(UNWATCHED, { path: this.#folder.path, why });
  }

  /** Not even that need have an end, where the folder does not answer. */
  async #unwatchSoon(): Promise<void> {
    await isLate(this.#deps.clock, { work: this.#unwatch(), ms: WATCH_WAIT_MS });
  }

  async #unwatch(): Promise<void> {
    const watch = this.#watch;
    this.#watch = undefined;
    this.#watchAgain.reset();
    await (await watch)?.close();
  }
}

/** Where a shared folder is now. */
export async function locate(files: FileSystem, path: string): Promise<Location> {
  try {
    const real = await files.realPath(path);
    const stat = real === undefined ? undefined : await files.stat(real);
    if (real === undefined || stat?.kind !== 'folder') return missing(path, 'disk.missing');
    return { real, identity: `${stat.device}:${stat.inode}`, reason: null };
  } catch (thrown) {
    return missing(path, toAppError(thrown).code);
  }
}

/** The same; a disk that does not answer counts as one that fails. */
export async function locateSoon(
  { clock, files }: { readonly clock: Clock; readonly files: FileSystem },
  path: string,
): Promise<Location> {
  const asked = locate(files, path);
  return (await isLate(clock, { work: asked, ms: ANSWER_MS })) ? missing(path, 'disk.failed') : asked;
}

function isSamePlace(a: Location, b: Location): boolean {
  return a.real === b.real && a.identity === b.identity && a.reason === b.reason;
}

function missing(path: string, reason: ErrorCode): Location {
  return { real: path, identity: '', reason };
}
