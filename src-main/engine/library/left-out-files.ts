import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import { MAX_LEFT_OUT_FILES } from '../../contract/shared-files.ts';
import { inParallel } from '../in-parallel.ts';
import type { FileStat, FileSystem } from '../ports/index.ts';
import type { FileIdentity, LeftOutFile } from '../store/left-out-store.ts';
import type { LibraryStore } from '../store/library-store.ts';
import { AT_ONCE } from './disk-turns.ts';
import { listedStat } from './listed-stat.ts';
import { isSameFile } from './same-file.ts';
import type { SharedFolders } from './shared-folders.ts';

type Deps = {
  readonly files: FileSystem;
  readonly store: Pick<LibraryStore, 'leftOut' | 'byHash'>;
  readonly folders: Pick<SharedFolders, 'owner'>;
};
type Found = { readonly path: string; readonly stat: FileStat; readonly hash?: ContentHash };

/** Single files that the user does not share although their folder is shared, by their real paths; they are followed when they are renamed. */
export class LeftOutFiles {
  readonly #deps: Deps;
  /** At most 10,000: to look through all of them takes a small part of the time that reading one file takes. */
  readonly #files = new Map<string, LeftOutFile>();
  /** What lay at a path of these before another file took its name: as programs keep a copy of what they write anew. */
  readonly #former = new Map<string, FileIdentity>();
  /** Inodes of all that was known in this run: most files that are asked for are none of them. */
  readonly #inodes = new Set<string>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  async load(): Promise<void> {
    for (const file of await this.#deps.store.leftOut.all()) this.#keep(file);
  }

  has(path: string): boolean {
    return this.#files.has(path);
  }

  /** Whether such a file was left out, under whatever path. */
  isKnown(stat: FileStat): boolean {
    return this.#inodes.has(stat.inode) && [...this.#files.values()].some((file) => this.#isIdentity(file, stat));
  }

  /** In order. */
  all(): readonly string[] {
    return [...this.#files.keys()].sort();
  }

  /** From this moment on `has` says so. Fails with share.too-many-left-out, or as the database does. */
  async add(path: string, stat: FileStat): Promise<void> {
    this.#checkRoom();
    const file = { path, identity: toIdentity(stat), hash: undefined };
    this.#keep(file);
    try {
      await this.#deps.store.leftOut.add(file);
    } catch (error) {
      // What is not kept must not seem to be.
      this.#files.delete(path);
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await this.#deps.store.leftOut.remove(path);
    this.#files.delete(path);
    this.#former.delete(path);
  }

  /** What a file held when it was left out. */
  async setHash(path: string, hash: ContentHash): Promise<void> {
    await this.#deps.store.leftOut.setHash(path, hash);
    this.#change(path, { hash });
  }

  /** Looks at files that are there by `statLink`, so that they are known again. */
  async look(paths: readonly string[], statLink: FileSystem['statLink']): Promise<void> {
    const changed: { readonly path: string; readonly identity: FileIdentity }[] = [];
    await inParallel(paths, AT_ONCE, async (path) => {
      const stat = await statLink(path).catch(() => undefined);
      const file = this.#files.get(path);
      if (stat?.kind !== 'file' || !file) return;
      const isCurrent = isSameFile(file.identity, stat) && file.identity?.device === stat.device;
      if (isCurrent) return;
      if (file.identity && file.identity.inode !== stat.inode) this.#former.set(path, file.identity);
      changed.push({ path, identity: toIdentity(stat) });
    });
    if (changed.length === 0) return;
    for (const { path, identity } of changed) this.#change(path, { identity });
    // What a full disk does not take is found again by the scan of the next start.
    await this.#deps.store.leftOut.setIdentities(changed).catch(() => undefined);
  }

  /**
   * Whether a file that is new at its path was left out at another where it is not any more. It is left out here from now on, and has() says so.
   * A content that is shared elsewhere is no secret: by `hash` alone it is not known again then.
   */
  async follow(found: Found): Promise<boolean> {
    for (const file of this.#files.values()) {
      const isSame = this.#isIdentity(file, found.stat);
      if (!isSame && (found.hash === undefined || found.hash !== file.hash)) continue;
      const there = await this.#statAt(file.path);
      if (isSame ? isSameFile(there, found.stat) : there !== undefined || (await this.#isShared(found))) continue;
      const isGone = there === undefined && isSame && file.identity?.device === found.stat.device;
      await this.#move(file, found, isGone);
      return true;
    }
    return false;
  }

  #isIdentity({ path, identity }: LeftOutFile, stat: FileStat): boolean {
    return isSameFile(identity, stat) || isSameFile(this.#former.get(path), stat);
  }

  /** `isGone`: else the former path stays left out, for what comes back there with a disk, or has its name now. */
  async #move(file: LeftOutFile, { path, stat }: Found, isGone: boolean): Promise<void> {
    const { leftOut } = this.#deps.store;
    const to = { path, identity: toIdentity(stat), hash: file.hash };
    if (isGone) {
      await leftOut.move(file.path, to);
      this.#files.delete(file.path);
    } else {
      if (!this.has(path)) this.#checkRoom();
      // It is known by one path only, so that the user can share it again.
      const identity = isSameFile(file.identity, stat) ? undefined : file.identity;
      const left = { path: file.path, identity, hash: undefined };
      await leftOut.split(left, to);
      this.#change(left.path, left);
    }
    this.#former.delete(file.path);
    this.#keep(to);
  }

  #keep(file: LeftOutFile): void {
    this.#files.set(file.path, file);
    if (file.identity) this.#inodes.add(file.identity.inode);
  }

  /** Of one that is left out still. */
  #change(path: string, change: Partial<LeftOutFile>): void {
    const file = this.#files.get(path);
    if (file) this.#keep({ ...file, ...change });
  }

  async #statAt(path: string): Promise<FileStat | undefined> {
    const { files, folders } = this.#deps;
    const top = folders.owner(path)?.real ?? files.paths.parent(path);
    // What cannot be looked at is nowhere: rather too little is shared than too much.
    return listedStat(files, top, path).catch(() => undefined);
  }

  async #isShared({ stat, hash }: Found): Promise<boolean> {
    return hash !== undefined && (await this.#deps.store.byHash(hash, stat.size, 1)).length > 0;
  }

  #checkRoom(): void {
    if (this.#files.size < MAX_LEFT_OUT_FILES) return;
    throw new AppError('share.too-many-left-out', { most: MAX_LEFT_OUT_FILES });
  }
}

const toIdentity = ({ size, modifiedMs, inode, device }: FileStat): FileIdentity => ({
  ...{ size, modifiedMs, inode, device },
});
