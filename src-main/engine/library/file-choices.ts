import type { ExtractedEdit } from '../../contract/descriptor.ts';
import { AppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { FileSystem } from '../ports/index.ts';
import type { LibraryStore } from '../store/library-store.ts';
import type { LeftOutCounts } from './left-out-counts.ts';
import type { LeftOutFiles } from './left-out-files.ts';
import type { SharedFolders } from './shared-folders.ts';

type Deps = {
  readonly files: FileSystem;
  readonly store: LibraryStore;
  readonly folders: SharedFolders;
  readonly left: LeftOutCounts;
  readonly leftOut: LeftOutFiles;
  readonly hide: (paths: readonly string[]) => Promise<void>;
  readonly changed: () => void;
  /** Has the folder around this path looked at again. */
  readonly lookAt: (path: string) => void;
  /** Tells how much is shared now. */
  readonly announce: () => void;
};
/** `withdrawn`: a content that lies nowhere else in what is shared. */
export type SharedChoice = { readonly path: string; readonly withdrawn: ContentHash | undefined };

/** What the user says of single files: that one is not shared, and what others are told of one. */
export class FileChoices {
  readonly #deps: Deps;
  #describing: Promise<unknown> = Promise.resolve();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Paths of the files that are left out, in order. */
  leftOut(): readonly string[] {
    return this.#deps.leftOut.all();
  }

  /** Shares a file no longer, or again. Gives its real path. Fails with share.*. */
  async setShared(path: string, isShared: boolean): Promise<SharedChoice> {
    const { files } = this.#deps;
    if (!files.paths.isAbsolute(path)) throw new AppError('share.not-allowed', { path, why: 'give its whole path' });
    const real = (await files.realPath(path)) ?? files.paths.join(path);
    const choice = await (isShared ? this.#share(real) : this.#leaveOut(real));
    this.#deps.announce();
    return choice;
  }

  /** Changes what others are told of a content; null: nothing is changed any more. Fails with share.content-unknown. */
  async describe(hash: ContentHash, fields: ExtractedEdit | null): Promise<void> {
    // One after the other: each builds on what the one before has written.
    const described = this.#describing.then(() => this.#describe(hash, fields));
    this.#describing = described.catch(() => undefined);
    await described;
  }

  async #share(path: string): Promise<SharedChoice> {
    const { leftOut, folders, left, files, lookAt } = this.#deps;
    const owner = folders.owner(path);
    if (leftOut.has(path)) {
      await leftOut.remove(path);
      if (owner) left.countByUser(files.paths.parent(path), owner.path, -1);
      lookAt(path);
    } else if (!owner) throw new AppError('share.file-unknown', { path });
    return { path, withdrawn: undefined };
  }

  async #leaveOut(path: string): Promise<SharedChoice> {
    const { leftOut, folders, left, files, store, hide, lookAt } = this.#deps;
    if (leftOut.has(path)) return { path, withdrawn: undefined };
    const owner = folders.owner(path);
    const stat = await files.statLink(path);
    if (!owner || stat?.kind !== 'file') throw new AppError('share.file-unknown', { path });
    await leftOut.add(path, stat);
    const [row] = await store.byPaths([path]);
    await hide([path]);
    left.countByUser(files.paths.parent(path), owner.path, 1);
    lookAt(path);
    if (row) await leftOut.setHash(path, row.hash);
    const isElsewhere = row !== undefined && (await store.byHash(row.hash, row.stat.size, 1)).length > 0;
    return { path, withdrawn: isElsewhere ? undefined : row?.hash };
  }

  async #describe(hash: ContentHash, fields: ExtractedEdit | null): Promise<void> {
    const { store, changed } = this.#deps;
    if ((await store.byHash(hash, undefined, 1)).length === 0) throw new AppError('share.content-unknown', { hash });
    const edit = fields && { ...(await store.notes.edit(hash)), ...fields };
    await store.notes.setEdit(hash, edit && Object.keys(edit).length > 0 ? edit : undefined);
    changed();
  }
}
