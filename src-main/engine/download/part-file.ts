import { AppError } from '../../contract/errors.ts';
import type { DownloadId } from '../../contract/ids.ts';
import { safeName } from '../../contract/safe-name.ts';
import type { FileSystem, WriteHandle } from '../ports/file-system.ts';
import type { StoredDownload } from '../store/download-store.ts';

/** Folder of unfinished downloads inside the download folder; hidden, so that no library shares it. */
export const PARTS_FOLDER = '.shoal-parts';

type PartPlace = Pick<StoredDownload, 'folder' | 'id'>;

/** Where the finished file is to lie. */
export function wantedPath({ id, output, folder, name, hash }: StoredDownload, files: FileSystem): string {
  return output ?? files.paths.join(folder, safeName(name, hash ?? id));
}

/** The sparse file that the chunks of one download are written to. */
export class PartFile {
  readonly path: string;
  readonly handle: WriteHandle;

  private constructor(path: string, handle: WriteHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Opens or makes it; fails with disk.*. `isFirst`: nothing was ever recorded of it, so the folder may be made too. */
  static async open(files: FileSystem, { folder, id }: PartPlace, isFirst: boolean): Promise<PartFile> {
    const parts = files.paths.join(folder, PARTS_FOLDER);
    // A folder that was there and is gone lies on a disk that was taken away: another one in its place would begin from nothing.
    if (!isFirst && !(await files.stat(parts))) throw new AppError('disk.missing', { path: parts });
    await files.makeFolder(parts);
    const path = PartFile.pathOf(files, folder, id);
    return new PartFile(path, await files.openWrite(path));
  }

  static pathOf(files: FileSystem, folder: string, id: DownloadId): string {
    return files.paths.join(folder, PARTS_FOLDER, `${id}.part`);
  }

  /** What its name leads to by now: itself, nothing when the folder was moved away, or another file when a disk lies over it. */
  async named(files: FileSystem): Promise<'itself' | 'nothing' | 'another'> {
    const [named, open] = await Promise.all([files.statLink(this.path), this.handle.stat()]);
    if (named === undefined) return 'nothing';
    return named.inode === open.inode && named.device === open.device ? 'itself' : 'another';
  }

  /**
   * The final name is given to what the part's name leads to: fails with disk.missing when that is not this file. `forget`: what was recorded
   * is of this one, and another lies in its place.
   */
  async requireInPlace(files: FileSystem, forget: () => Promise<void> | void): Promise<void> {
    const named = await this.named(files);
    if (named === 'itself') return;
    if (named === 'another') await forget();
    throw new AppError('disk.missing', { path: this.path });
  }

  async length(): Promise<number> {
    return (await this.handle.stat()).size;
  }

  read(target: Uint8Array, position: number): Promise<number> {
    return this.handle.read(target, position);
  }

  sync(): Promise<void> {
    return this.handle.sync();
  }

  close(): Promise<void> {
    return this.handle.close();
  }
}
