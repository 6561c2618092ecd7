import type { Descriptor } from '../../contract/descriptor.ts';
import { AppError, toAppError } from '../../contract/errors.ts';
import type { ContentHash } from '../../contract/ids.ts';
import type { FileSystem, Logger, ReadHandle } from '../ports/index.ts';
import { type LibraryFile, toDescriptor } from '../store/library-file.ts';
import type { LibraryStore } from '../store/library-store.ts';
import { mayPass } from './may-pass.ts';
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
  /** The file cannot be opened now, for a reason that may pass: it is looked at again. */
  readonly lookAgain: (file: LibraryFile) => void;
};

/** Copies of one content that are tried before it is called gone. */
const COPIES = 8;

/**
 * Opens a file for serving: only one that still is, to the last time stamp, what was hashed, and lies in a shared folder. Fails where none
 * can be opened for a reason that may pass.
 */
export async function openShared(deps: Deps, hash: ContentHash, size: number | undefined): Promise<OpenedFile> {
  const copies = await deps.store.byHash(hash, size, COPIES);
  let doubt: AppError | undefined;
  for (const copy of copies) {
    const handle = await openUntouched(deps, copy);
    if (handle instanceof AppError) {
      doubt = handle;
      deps.lookAgain(copy);
      continue;
    }
    if (!handle) {
      await deps.mistrust(copy);
      continue;
    }
    const { path, name, stat } = copy;
    return { kind: 'open', file: { handle, path, name, size: stat.size, descriptor: toDescriptor(copy) } };
  }
  if (doubt) throw doubt;
  return { kind: copies.length > 0 ? 'gone' : 'unknown' };
}

/** The open file, undefined where it is not what it was, or why nobody can tell now. */
async function openUntouched(
  { files, folders, logger }: Deps,
  file: LibraryFile,
): Promise<ReadHandle | AppError | undefined> {
  const { path } = file;
  let handle: ReadHandle | undefined;
  let doubt: AppError | undefined;
  try {
    const owner = folders.owner(path);
    if (!owner || owner.reason !== null || (await files.realPath(path)) !== path) return undefined;
    handle = await files.openRead(path);
    const stat = await handle?.stat();
    if (stat && stat.device === file.stat.device && isUntouched(file.stat, stat)) return handle;
  } catch (thrown) {
    const error = toAppError(thrown);
    logger.warn('a shared file cannot be opened', { path, why: error.message });
    if (mayPass(error.code)) doubt = error;
  }
  await handle?.close();
  return doubt;
}
