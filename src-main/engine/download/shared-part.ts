import type { ContentHash } from '../../contract/ids.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import type { FileSystem, ReadHandle } from '../ports/file-system.ts';

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

/** Opens the first of the paths that is there: a part may just have got its final name. */
export async function openSharedPart(
  files: FileSystem,
  paths: readonly string[],
  of: { readonly name: string; readonly verified: Verified; readonly isCurrent: (verified: Verified) => boolean },
): Promise<SharedPart | undefined> {
  const { name, verified, isCurrent } = of;
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
