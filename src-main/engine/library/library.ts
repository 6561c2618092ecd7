import type { QueryInput } from '../../contract/api.ts';
import type { Descriptor } from '../../contract/descriptor.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { LeftOut, SharedFileView, ShareView } from '../../contract/outputs.ts';
import type { Settings } from '../../contract/settings.ts';
import { CHUNK_BYTES } from '../content/constants.ts';
import type { Clock, DescriptorReader, FileSystem, Hasher, Logger, Watcher } from '../ports/index.ts';
import { type LibraryFile, toDescriptor, toTold } from '../store/library-file.ts';
import { formatPlace, type ListedFile, parsePlace } from '../store/library-pages.ts';
import type { LibraryStore } from '../store/library-store.ts';
import type { Troubles } from '../troubles.ts';
import { FileChoices } from './file-choices.ts';
import { FileIndexer } from './file-indexer.ts';
import { FolderChanges } from './folder-changes.ts';
import { FolderKeeper, locate, locateSoon } from './folder-keeper.ts';
import { FolderScan } from './folder-scan.ts';
import { HashQueue } from './hash-queue.ts';
import { LeftOutCounts } from './left-out-counts.ts';
import { LeftOutFiles } from './left-out-files.ts';
import { LibraryProgress } from './library-progress.ts';
import { LibrarySums, type LibraryTotals } from './library-sums.ts';
import { mayPass } from './may-pass.ts';
import { type OpenedFile, openShared } from './open-shared.ts';
import { ScanNews } from './scan-news.ts';
import { leftOutByName } from './share-rules.ts';
import { type SharedFolder, SharedFolders } from './shared-folders.ts';

export type LibraryDeps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  readonly logger: Logger;
  readonly troubles: Troubles;
  readonly files: FileSystem;
  readonly watcher: Watcher;
  readonly hasher: Hasher;
  readonly reader: DescriptorReader;
  readonly store: LibraryStore;
  /** Folders of which nothing is served unless a shared one lies deeper: the data folder, which holds the key. */
  readonly never: readonly string[];
  /** The rule by which the user has nothing to do with a content: its files are not shared. */
  readonly blockedBy?: ((hash: ContentHash) => string | undefined) | undefined;
};
/** A download that ended, in its final place. */
export type FinishedDownload = {
  readonly path: string;
  readonly hash: ContentHash;
  readonly size: number;
  readonly chunkLayer: Uint8Array;
};
/** Files that went are remembered for this long, so that a disk that is connected again is not read again (as RetroShare). */
const REMEMBER_MS = 30 * 24 * 60 * 60 * 1000;

/** What this peer shares: scans and watches folders, hashes what is new, and opens for serving only what is still as it was hashed. */
export class Library {
  readonly choices: FileChoices;
  readonly progress: LibraryProgress;
  readonly #deps: LibraryDeps;
  readonly #folders: SharedFolders;
  readonly #keepers = new Map<SharedFolder, FolderKeeper>();
  readonly #left: LeftOutCounts;
  readonly #leftOut: LeftOutFiles;
  readonly #indexer: FileIndexer;
  readonly #queue: HashQueue;
  readonly #scan: FolderScan;
  readonly #sums: LibrarySums;
  readonly #news: ScanNews;
  readonly #stopped = new AbortController();
  #started: Promise<void> | undefined;
  #ticking: Promise<void> | undefined;
  #folding: Promise<void> | undefined;

  constructor(deps: LibraryDeps) {
    const { files, store } = deps;
    this.#deps = deps;
    this.#folders = new SharedFolders(files.paths);
    this.#left = new LeftOutCounts(files.paths);
    this.#leftOut = new LeftOutFiles({ files, store, folders: this.#folders });
    this.#sums = new LibrarySums(deps);
    this.#news = new ScanNews({ sums: this.#sums, isIdle: () => this.#isIdle() });
    const parts = {
      ...{ ...deps, store, folders: this.#folders, left: this.#left, leftOut: this.#leftOut },
      hide: (paths: readonly string[]) => this.#hide((nowMs) => store.hide(paths, nowMs)),
      changed: () => this.#sums.changed(),
      lookAgain: (folder: SharedFolder) => this.#keepers.get(folder)?.lookAgain(),
    };
    this.choices = new FileChoices({
      ...parts,
      lookAt: (path) => this.#lookAt(path),
      announce: () => this.#news.announce(),
    });
    this.#indexer = new FileIndexer(parts);
    this.#queue = new HashQueue({
      ...deps,
      hash: (job, signal) => this.#indexer.index(job, signal),
      added: () => this.progress.touch(),
      began: () => this.progress.began(),
      worked: (job) => {
        this.progress.ended(job);
        this.#news.announce();
      },
    });
    this.progress = new LibraryProgress({
      ...deps,
      isScanning: () => this.#isScanning(),
      isHashing: () => this.#queue.isBusy,
      backlog: () => this.#queue.backlog,
    });
    this.#scan = new FolderScan({ ...parts, hash: (job) => this.#queue.add(job) });
  }

  /** Resolves when what was shared before may be served; scanning goes on. Idempotent. */
  start(): Promise<void> {
    this.#started ??= this.#start();
    return this.#started;
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    await this.#started?.catch(() => undefined);
    // Together: each waits a while for a disk that does not answer.
    await Promise.all([...this.#keepers.values(), this.#queue].map((part) => part.stop()));
    this.progress.stop();
    await this.#ticking;
    await this.#folding;
    await this.#sums.settled();
  }

  /** Shares a folder, from now on (`kept`) or for this run. Fails with share.missing or share.not-allowed. Gives the path it is known by. */
  async addFolder(path: string, { kept }: { readonly kept: boolean }): Promise<string> {
    const { files, store } = this.#deps;
    if (!files.paths.isAbsolute(path)) throw new AppError('share.not-allowed', { path, why: 'give its whole path' });
    const never = await this.#bar();
    const place = await locateSoon(this.#deps, path);
    // One for this run that only cannot be looked at now is away until it can: no start fails, or waits, for its disk.
    if (place.reason !== null && (kept || !mayPass(place.reason))) throw new AppError('share.missing', { path });
    const { real } = place;
    if (files.paths.parent(real) === real) throw new AppError('share.not-allowed', { path, why: 'it is a whole disk' });
    if (never.includes(real)) throw new AppError('share.not-allowed', { path, why: 'it holds the key of this peer' });
    const find = () => this.#folders.get(files.paths.join(path)) ?? this.#folders.byReal(real);
    // Before it is shared: what cannot be kept must not seem to be.
    if (kept) await store.addFolder(find()?.path ?? files.paths.join(path));
    const known = find();
    const folder =
      known ?? this.#keep({ path: files.paths.join(path), kept, ...place, closing: new AbortController() });
    folder.kept ||= kept;
    if (!known && this.#started) this.#keepers.get(folder)?.scan();
    return folder.path;
  }

  /** Ends sharing a folder at once. Fails with share.unknown. */
  async removeFolder(path: string): Promise<string> {
    const { store } = this.#deps;
    const folder = await this.folderAt(path);
    // While it is shared still: one that would be shared again at the next start must not seem to be removed.
    await store.removeFolder(folder.path);
    this.#folders.remove(folder);
    folder.closing.abort();
    this.#queue.drop(folder);
    this.progress.touch();
    const keeper = this.#keepers.get(folder);
    this.#keepers.delete(folder);
    try {
      await this.#hideFolder(folder);
    } finally {
      await keeper?.stop();
    }
    await this.#hideFolder(folder);
    const around = this.#folders.owner(folder.real);
    if (around) this.#keepers.get(around)?.scan();
    this.#news.announce();
    return folder.path;
  }

  /** A shared folder, by any path that leads to it. Fails with share.unknown. */
  async folderAt(path: string): Promise<SharedFolder> {
    const { files } = this.#deps;
    const known = this.#folders.get(files.paths.join(path));
    const folder = known ?? this.#folders.byReal((await locateSoon(this.#deps, path)).real);
    if (!folder) throw new AppError('share.unknown', { path });
    return folder;
  }

  shares(): readonly ShareView[] {
    return this.#folders.all().map(({ path, reason }) => {
      const left: LeftOut = this.#left.of(path);
      return { path, ...this.#sums.of(path), left, reason };
    });
  }

  /** A page of the shared files, as the query of that name says. */
  async files(
    query: QueryInput<'shares.files'> & { readonly limit: number },
  ): Promise<{ readonly files: readonly SharedFileView[]; readonly next: string | null }> {
    const { after = '', words, order = 'hash', limit } = query;
    const page = await this.#deps.store.page({ after: parsePlace(after, order), words, order, limit });
    const { blockedBy } = this.#deps;
    const files = page.files.map((file) => toView(file, blockedBy?.(file.hash)));
    return { files, next: page.next ? formatPlace(page.next) : null };
  }

  /** Shared files and their bytes, each path counted. */
  totals(): LibraryTotals {
    return this.#sums.totals();
  }

  /** One descriptor for each (hash, size), in order of hash. */
  descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    return this.#deps.store.descriptors(after, limit);
  }

  /** Contents of which there are descriptors. */
  countContents(): Promise<number> {
    return this.#deps.store.countContents();
  }

  async find(hash: ContentHash, size?: number): Promise<Descriptor | undefined> {
    const [file] = await this.#deps.store.byHash(hash, size, 1);
    return file && toDescriptor(file);
  }

  /** Opens a shared file for reading if it still is what was hashed. */
  open(hash: ContentHash, size?: number): Promise<OpenedFile> {
    const mistrust = async (file: LibraryFile) => {
      await this.#hide((nowMs) => this.#deps.store.hide([file.path], nowMs));
      this.#lookAt(file.path);
    };
    const lookAgain = ({ path }: LibraryFile) => {
      const owner = this.#folders.owner(path);
      if (owner) this.#keepers.get(owner)?.lookAgain();
    };
    return openShared({ ...this.#deps, folders: this.#folders, mistrust, lookAgain }, hash, size);
  }

  /** 32 bytes a chunk, empty for files of at most 1 MiB; undefined when the file is not shared. */
  async chunkLayer(hash: ContentHash, size: number): Promise<Uint8Array | undefined> {
    const { store } = this.#deps;
    if ((await store.byHash(hash, size, 1)).length === 0) return undefined;
    return size > CHUNK_BYTES ? store.chunkLayer(hash, size) : new Uint8Array(0);
  }

  /** Shares a finished download without reading it again, when it lies in a shared folder. Gives whether it is shared now. */
  async adopt({ path, hash, size, chunkLayer }: FinishedDownload): Promise<boolean> {
    const { files } = this.#deps;
    const real = await files.realPath(path);
    const folder = real === undefined ? undefined : this.#folders.owner(real);
    if (real === undefined || !folder) return false;
    const names = files.paths.relative(folder.real, real).split('/');
    const stat = await files.statLink(real);
    if (stat?.kind !== 'file' || stat.size !== size || names.some((name) => leftOutByName(name))) return false;
    if (this.#leftOut.has(real)) return false;
    const layer = size > CHUNK_BYTES ? chunkLayer : new Uint8Array(0);
    const isShared = await this.#indexer.adopt(
      { folder, path: real, stat },
      { hash, chunkLayer: layer },
      folder.closing.signal,
    );
    await this.#sums.settled();
    return isShared;
  }

  /** Calls `listener` when anything shared changed, at most once for what changed together. Returns how to end that. */
  onChange(listener: () => void): () => void {
    return this.#sums.onChange(listener);
  }

  /** Calls `listener` when all folders were scanned and nothing is left to hash, and again when that is so after changes. */
  onScanned(listener: (totals: LibraryTotals) => void): () => void {
    return this.#news.onScanned(listener);
  }

  async #start(): Promise<void> {
    const { store, clock } = this.#deps;
    await this.#bar();
    await this.#leftOut.load();
    await store.forget(clock.wallMs() - REMEMBER_MS);
    for (const path of await store.folders()) {
      if (this.#folders.get(path)) continue;
      const away = { real: path, identity: '', reason: 'disk.missing' } as const;
      this.#keep({ path, kept: true, ...away, closing: new AbortController() });
    }
    await Promise.all([...this.#keepers.values()].map((keeper) => keeper.find()));
    const paths = this.#folders.all().map(({ path }) => path);
    await this.#hide((nowMs) => store.hideOtherFolders(paths, nowMs));
    this.#sums.changed();
    await this.#sums.settled();
    if (this.#stopped.signal.aborted) return;
    this.#queue.start();
    for (const keeper of this.#keepers.values()) keeper.scan();
    this.#news.announce();
    this.#ticking = this.#tick();
    this.#folding = this.#fold();
  }

  /** By their real paths, as everything else is compared. */
  async #bar(): Promise<readonly string[]> {
    const { files, never } = this.#deps;
    const real = await Promise.all(never.map(async (path) => (await locate(files, path)).real));
    this.#folders.bar(real);
    return real;
  }

  #keep(folder: SharedFolder): SharedFolder {
    const shared = { ...this.#deps, folders: this.#folders, scan: this.#scan };
    const changes = new FolderChanges(
      {
        ...shared,
        hideBelow: (path) => this.#hideBelow(path),
        rescan: () => this.#keepers.get(folder)?.scan(),
        lookAgain: () => this.#keepers.get(folder)?.lookAgain(),
      },
      folder,
    );
    const keeper = new FolderKeeper(
      {
        ...shared,
        changes,
        vanished: () => {
          this.#queue.drop(folder);
          return this.#hideFolder(folder);
        },
        scanning: () => this.progress.touch(),
        scanned: () => {
          this.progress.touch();
          this.#news.announce(true);
        },
      },
      folder,
    );
    this.#folders.add(folder);
    this.#keepers.set(folder, keeper);
    return folder;
  }

  async #tick(): Promise<void> {
    const { clock, settings, logger } = this.#deps;
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      await clock.sleep(settings()['library.check'], signal).catch(() => undefined);
      if (signal.aborted) return;
      const check = (keeper: FolderKeeper) =>
        keeper.check().catch((thrown: unknown) => {
          logger.warn('a shared folder cannot be looked at', { error: toAppError(thrown) });
        });
      await Promise.all([...this.#keepers.values()].map(check));
    }
  }

  /** Once, after an update from a version that did not keep the words by which files are looked up. */
  async #fold(): Promise<void> {
    const { store, logger } = this.#deps;
    try {
      while (!this.#stopped.signal.aborted && (await store.notes.foldSome()));
    } catch (thrown) {
      logger.warn('shared files cannot all be looked up yet', { error: toAppError(thrown) });
    }
  }

  #lookAt(path: string): void {
    const owner = this.#folders.owner(path);
    if (owner) this.#keepers.get(owner)?.changes.note(path);
  }

  async #hide(hide: (nowMs: number) => Promise<number>): Promise<void> {
    if ((await hide(this.#deps.clock.wallMs())) > 0) this.#sums.changed();
  }

  async #hideFolder(folder: SharedFolder): Promise<void> {
    this.#left.forgetFolder(folder.path);
    await this.#hide((nowMs) => this.#deps.store.hideFolder(folder.path, nowMs));
  }

  async #hideBelow(path: string): Promise<void> {
    const { store, files } = this.#deps;
    this.#left.forgetBelow(path);
    // Joining a name gives the separator of this system.
    const prefix = files.paths.join(path, 'x').slice(0, -1);
    await this.#hide(async (nowMs) => (await store.hide([path], nowMs)) + (await store.hideBelow(prefix, nowMs)));
  }

  #isScanning(): boolean {
    return [...this.#keepers.values()].some((keeper) => keeper.isScanning);
  }

  #isIdle(): boolean {
    return !this.#stopped.signal.aborted && !this.#isScanning() && !this.#queue.isBusy;
  }
}

function toView(file: ListedFile, blockedBy: string | undefined = undefined): SharedFileView {
  const { hash, name, path, stat, type, asked, edit } = file;
  const told = { extracted: toTold(file), edited: edit !== undefined };
  return { hash, name, path, size: stat.size, type, asked, ...told, blockedBy: blockedBy ?? null };
}
