import type { Descriptor } from '../../contract/descriptor.ts';
import { toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { FileSystem, Logger, ReadHandle } from '../ports/index.ts';
import { type LibraryFile, toDescriptor } from '../store/library-file.ts';
import type { LibraryStore } from '../store/library-store.ts';
import { isUntouched } from './same-file.ts';
import type { SharedFolders } from './shared-folders.ts';

/** A shared file, open; whoever got it closes the handle. */
export type OpenFile = {
  readonly handle: ReadHandle;
  readonly path: string;
  readonly size: number;
  readonly name: string;
  readonly descriptor: Descriptor;
};
/** `gone`: it was shared, and has changed or disappeared. `unknown`: not shared here. */
export type OpenedFile =
  | { readonly kind: 'open'; readonly file: OpenFile }
  | { readonly kind: 'gone' }
  | { readonly kind: 'unknown' };

type Deps = {
  readonly files: FileSystem;
  readonly store: LibraryStore;
  readonly folders: SharedFolders;
  readonly logger: Logger;
  /** The file is not what it was: it is hidden at once, and looked at again. */
  readonly mistrust: (file: LibraryFile) => Promise<void>;
};

/** Copies of one content that are tried before it is called gone. */
const COPIES = 8;

/** Opens a file for serving: only one that still is, to the last time stamp, what was hashed, and lies in a shared folder. */
export async function openShared(deps: Deps, hash: ContentHash, size: number | undefined): Promise<OpenedFile> {
  const copies = await deps.store.byHash(hash, size, COPIES);
  for (const copy of copies) {
    const handle = await openUntouched(deps, copy);
    if (!handle) {
      await deps.mistrust(copy);
      continue;
    }
    const { path, name, stat } = copy;
    return { kind: 'open', file: { handle, path, name, size: stat.size, descriptor: toDescriptor(copy) } };
  }
  return { kind: copies.length > 0 ? 'gone' : 'unknown' };
}

async function openUntouched({ files, folders, logger }: Deps, file: LibraryFile): Promise<ReadHandle | undefined> {
  const { path } = file;
  let handle: ReadHandle | undefined;
  try {
    const owner = folders.owner(path);
    if (!owner || owner.reason !== null || (await files.realPath(path)) !== path) return undefined;
    handle = await files.openRead(path);
    const stat = await handle?.stat();
    if (stat && stat.device === file.stat.device && isUntouched(file.stat, stat)) return handle;
  } catch (thrown) {
    logger.warn('a shared file cannot be opened', { path, why: toAppError(thrown).message });
  }
  await handle?.close();
  return undefined;
}
