import type { ContentHash } from '../../contract/ids.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import type { FileSystem, ReadHandle } from '../ports/file-system.ts';
import type { StoredDownload } from '../store/download-store.ts';
import { PartFile, wantedPath } from './part-file.ts';

/** A file that is still loading, open for reading: others may have its verified chunks. Whoever got it closes the handle. */
export type SharedPart = {
  readonly handle: ReadHandle;
  readonly size: number;
  readonly name: string;
  readonly part: {
    /** The chunks that are verified, now. */
    held(): ChunkMap;
    /** False once its bytes are not to be sent any more. */
    isServed(): boolean;
  };
};

/** What is verified of a download while it is under way. */
export type Verified = {
  readonly hash: ContentHash;
  readonly size: number;
  readonly layer: Uint8Array;
  held(): ChunkMap;
};

/** Opens the part or, as it may just have got its final name, the file. */
export async function openSharedPart(
  files: FileSystem,
  stored: StoredDownload,
  { verified, isCurrent }: { readonly verified: Verified; readonly isCurrent: (verified: Verified) => boolean },
): Promise<SharedPart | undefined> {
  const { id, folder, finalPath } = stored;
  const paths = [PartFile.pathOf(files, folder, id), ...(finalPath === undefined ? [] : [finalPath])];
  const name = files.paths.name(finalPath ?? wantedPath(stored, files));
  for (const path of paths) {
    const handle = await files.openRead(path);
    if (!handle) continue;
    const part = { held: () => verified.held(), isServed: () => isCurrent(verified) };
    if (isCurrent(verified)) return { handle, size: verified.size, name, part };
    await handle.close();
    return undefined;
  }
  return undefined;
}
