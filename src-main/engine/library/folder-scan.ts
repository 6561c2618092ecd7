import { AppError, toAppError } from '../../contract/errors.ts';
import type { LeftOut } from '../../contract/outputs.ts';
import { inParallel } from '../in-parallel.ts';
import type { DirectoryEntry, FileStat, FileSystem, Logger } from '../ports/index.ts';
import type { LibraryFile } from '../store/library-file.ts';
import type { LibraryStore } from '../store/library-store.ts';
import { AT_ONCE, DiskTurns } from './disk-turns.ts';
import type { HashJob } from './hash-queue.ts';
import type { LeftOutCounts } from './left-out-counts.ts';
import type { LeftOutFiles } from './left-out-files.ts';
import { mayPass } from './may-pass.ts';
import { isUntouched } from './same-file.ts';
import { leftOutByName, NOTHING_LEFT_OUT } from './share-rules.ts';
import { deviceOf, type SharedFolder, type SharedFolders } from './shared-folders.ts';

type Deps = {
  readonly files: FileSystem;
  readonly store: LibraryStore;
  readonly folders: SharedFolders;
  readonly left: LeftOutCounts;
  readonly leftOut: LeftOutFiles;
  readonly logger: Logger;
  /** Resolves when there is room for it. */
  readonly hash: (job: HashJob) => Promise<void>;
  readonly hide: (paths: readonly string[]) => Promise<void>;
  readonly changed: () => void;
  /** Something could not be looked at, for a reason that may pass. */
  readonly lookAgain: (folder: SharedFolder) => void;
};
type Counts = { -readonly [Why in keyof LeftOut]: LeftOut[Why] };
/** One directory while it is looked at. */
type Look = {
  readonly folder: SharedFolder;
  readonly directory: string;
  readonly left: Counts;
  readonly subfolders: string[];
  /** Files that are shared already and untouched. */
  known: number;
};

/** Entries looked at between two turns of the event loop: a few ms of work. */
const SLICE = 250;
/** Compares a shared folder with what is known of it: what is new or changed is hashed, what went is hidden at once. */
export class FolderScan {
  readonly #deps: Deps;
  readonly #turns = new DiskTurns();
  /** Directories that could not be read, for a reason that may pass, and how often one after the other. */
  readonly #inDoubt = new Map<string, number>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** The whole folder. */
  async whole(folder: SharedFolder): Promise<void> {
    const visited = new Set<string>();
    await this.below(folder, folder.real, (directory) => visited.add(directory));
    if (folder.closing.signal.aborted) return;
    this.#deps.left.forgetFolder(folder.path, visited);
    this.#forgetDoubts(folder, visited);
    await this.#hideUnvisited(folder, visited);
  }

  /** A directory and all below it. */
  async below(folder: SharedFolder, top: string, visit: (directory: string) => void = () => undefined): Promise<void> {
    const waiting = [top];
    for (let directory = waiting.pop(); directory !== undefined; directory = waiting.pop()) {
      if (folder.closing.signal.aborted) return;
      visit(directory);
      // One by one: a call takes no more than about 125,000 arguments.
      for (const subfolder of (await this.directory(folder, directory)).toReversed()) waiting.push(subfolder);
    }
  }

  /** One directory; gives the folders in it that belong to the shared folder. */
  async directory(folder: SharedFolder, directory: string): Promise<readonly string[]> {
    const { left, lookAgain } = this.#deps;
    const entries = await this.#list(directory);
    const doubts = this.#inDoubt.get(directory) ?? 0;
    this.#inDoubt.delete(directory);
    if (entries instanceof AppError && mayPass(entries.code)) {
      this.#inDoubt.set(directory, doubts + 1);
      lookAgain(folder);
      // Whatever of it is asked for is looked at before it is served.
      if (doubts === 0) return [];
    }
    if (entries === undefined || entries instanceof AppError) {
      await this.#hideDirectory(directory);
      left.set(directory, {
        folder: folder.path,
        left: { ...NOTHING_LEFT_OUT, unreadable: entries === undefined ? 0 : 1 },
      });
      return [];
    }
    left.forgetUnreadable(directory);
    const look: Look = { folder, directory, left: { ...NOTHING_LEFT_OUT }, subfolders: [], known: 0 };
    for (let at = 0; at < entries.length; at += SLICE) {
      if (folder.closing.signal.aborted) return [];
      await this.#lookAt(look, entries.slice(at, at + SLICE));
    }
    left.set(directory, { folder: folder.path, left: look.left });
    await this.#hideMissing(look, entries);
    return look.subfolders;
  }

  async #list(directory: string): Promise<readonly DirectoryEntry[] | AppError | undefined> {
    try {
      return await this.#deps.files.list(directory);
    } catch (thrown) {
      const error = toAppError(thrown);
      this.#deps.logger.warn('a folder cannot be read', { path: directory, why: error.message });
      return error;
    }
  }

  async #lookAt(look: Look, entries: readonly DirectoryEntry[]): Promise<void> {
    const { files } = this.#deps;
    const paths: string[] = [];
    const leftOut: string[] = [];
    for (const { name, kind } of entries) {
      const path = files.paths.join(look.directory, name);
      const why = leftOutByName(name);
      if (why !== undefined) look.left[why]++;
      else if (kind === 'file' && this.#deps.leftOut.has(path)) leftOut.push(path);
      else if (kind === 'file') paths.push(path);
      else if (kind === 'folder') this.#addSubfolder(look, path);
      else if (kind === 'other') look.left.special++;
      else if (await this.#leadsOut(path)) look.left.linksOut++;
    }
    look.left.byUser += leftOut.length;
    await this.#deps.leftOut.look(leftOut, (path) => this.#statLink(look.folder, path));
    await this.#compare(look, await this.#stats(look, paths));
  }

  /** A folder that is shared by itself is counted there. */
  #addSubfolder(look: Look, path: string): void {
    const owner = this.#deps.folders.owner(path);
    if (owner === look.folder) look.subfolders.push(path);
    else if (owner === undefined) look.left.hidden++;
  }

  /** A link that stays inside adds nothing: what it leads to is shared under its own path. Loops and dangling links lead nowhere. */
  async #leadsOut(path: string): Promise<boolean> {
    const { files, folders } = this.#deps;
    const real = await files.realPath(path).catch(() => undefined);
    return real === undefined || folders.owner(real) === undefined;
  }

  async #stats(look: Look, paths: readonly string[]): Promise<ReadonlyMap<string, FileStat>> {
    const stats = new Map<string, FileStat>();
    await inParallel(paths, AT_ONCE, async (path) => {
      try {
        const stat = await this.#statLink(look.folder, path);
        if (stat?.kind === 'file') stats.set(path, stat);
      } catch (thrown) {
        look.left.unreadable++;
        if (mayPass(toAppError(thrown).code)) this.#deps.lookAgain(look.folder);
      }
    });
    return stats;
  }

  #statLink(folder: SharedFolder, path: string): Promise<FileStat | undefined> {
    return this.#turns.take(deviceOf(folder), () => this.#deps.files.statLink(path));
  }

  async #compare(look: Look, stats: ReadonlyMap<string, FileStat>): Promise<void> {
    const { store, leftOut, hide, changed, hash } = this.#deps;
    if (stats.size === 0) return;
    const rows = new Map((await store.byPaths([...stats.keys()])).map((row) => [row.path, row]));
    const back: LibraryFile[] = [];
    const gone: string[] = [];
    const fresh: HashJob[] = [];
    for (const [path, stat] of stats) {
      // Left out while its row was read.
      if (leftOut.has(path)) continue;
      const row = rows.get(path);
      // One that was shared here once, and may have been left out elsewhere since, is looked at anew.
      const isAnew = row?.isShared === false && leftOut.isKnown(stat);
      const isKnown = row !== undefined && isUntouched(row.stat, stat) && !isAnew;
      if (isKnown) look.known++;
      if (isKnown && !isCurrent(row, look.folder, stat)) back.push({ ...row, folder: look.folder.path, stat });
      if (!isKnown && row?.isShared) gone.push(path);
      if (stat.size === 0) look.left.empty++;
      else if (!isKnown) fresh.push({ folder: look.folder, path, stat });
    }
    if (gone.length > 0) await hide(gone);
    if (back.length > 0) await store.show(back);
    if (back.length > 0) changed();
    for (const job of fresh) await hash(job);
  }

  /** Hides files of this directory that are not in the list any more. */
  async #hideMissing({ folder, directory, known }: Look, entries: readonly DirectoryEntry[]): Promise<void> {
    const { store, files, hide } = this.#deps;
    if ((await store.countChildren(directory)) === known) return;
    const listed = filesOf(entries);
    const unlisted: string[] = [];
    for await (const paths of pages((after) => store.childPaths(directory, after, SLICE)))
      for (const path of paths) if (!listed.has(files.paths.name(path))) unlisted.push(path);
    if (unlisted.length === 0) return;
    // A file may have come, and been hashed, after the list was made. To ask for it by its name would not do: where case does not count, a
    // renamed file answers to its former name too.
    const later = await this.#list(directory);
    if (later instanceof AppError) return this.#deps.lookAgain(folder);
    const now = filesOf(later ?? []);
    const gone = unlisted.filter((path) => !now.has(files.paths.name(path)));
    for (let at = 0; at < gone.length; at += SLICE) await hide(gone.slice(at, at + SLICE));
  }

  async #hideUnvisited(folder: SharedFolder, visited: ReadonlySet<string>): Promise<void> {
    const { store } = this.#deps;
    for await (const parents of pages((after) => store.parents(folder.path, after, SLICE))) {
      for (const parent of parents)
        if (!visited.has(parent) && !this.#isBelowDoubt(parent)) await this.#hideDirectory(parent);
    }
  }

  /** Of directories that went. */
  #forgetDoubts(folder: SharedFolder, visited: ReadonlySet<string>): void {
    const { paths } = this.#deps.files;
    for (const doubtful of this.#inDoubt.keys())
      if (paths.isInside(folder.real, doubtful) && !visited.has(doubtful)) this.#inDoubt.delete(doubtful);
  }

  /** What lies below a directory that could not be read this once was not visited either. */
  #isBelowDoubt(directory: string): boolean {
    const { paths } = this.#deps.files;
    return [...this.#inDoubt].some(([doubtful, times]) => times === 1 && paths.isInside(doubtful, directory));
  }

  async #hideDirectory(directory: string): Promise<void> {
    const { store, hide } = this.#deps;
    for await (const paths of pages((after) => store.childPaths(directory, after, SLICE))) await hide(paths);
  }
}

const filesOf = (entries: readonly DirectoryEntry[]): ReadonlySet<string> =>
  new Set(entries.filter(({ kind }) => kind === 'file').map(({ name }) => name));

function isCurrent(row: LibraryFile, folder: SharedFolder, stat: FileStat): boolean {
  return row.isShared && row.folder === folder.path && row.stat.device === stat.device;
}

/** Pages of texts in order, until an empty one. */
async function* pages(read: (after: string) => Promise<readonly string[]>): AsyncGenerator<readonly string[]> {
  let after = '';
  for (let page = await read(after); page.length > 0; page = await read(after)) {
    yield page;
    after = page.at(-1) ?? after;
  }
}
