import type { DownloadId } from '../../contract/ids.ts';
import type { FileSystem, WriteHandle } from '../ports/file-system.ts';

/** Folder of unfinished downloads inside the download folder; hidden, so that no library shares it. */
export const PARTS_FOLDER = '.shoal-parts';

/** The sparse file that the chunks of one download are written to. */
export class PartFile {
  readonly path: string;
  readonly handle: WriteHandle;

  private constructor(path: string, handle: WriteHandle) {
    this.path = path;
    this.handle = handle;
  }

  /** Opens or makes it; fails with disk.*. */
  static async open(files: FileSystem, folder: string, id: DownloadId): Promise<PartFile> {
    const parts = files.paths.join(folder, PARTS_FOLDER);
    await files.makeFolder(parts);
    const path = PartFile.pathOf(files, folder, id);
    return new PartFile(path, await files.openWrite(path));
  }

  static pathOf(files: FileSystem, folder: string, id: DownloadId): string {
    return files.paths.join(folder, PARTS_FOLDER, `${id}.part`);
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
