import type { FileStat } from '../ports/index.ts';
import type { FileIdentity } from '../store/left-out-store.ts';

/**
 * Whether a file was not touched between two looks at it. ctime counts, because size and mtime of an altered file can be set
 * back. The device does not: a disk that is connected again may get another number. Where files are numbered anew, as on memory sticks,
 * size and mtime have to do: what takes the place of a file there with both is noticed by whoever fetches it, and checks its chunks.
 */
export function isUntouched(a: FileStat, b: FileStat): boolean {
  return (
    b.kind === 'file' &&
    a.size === b.size &&
    a.modifiedMs === b.modifiedMs &&
    (b.isRenumbered === true || (a.changedMs === b.changedMs && a.inode === b.inode))
  );
}

/** The same, whatever its name is: renaming a file changes its ctime. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.inode === b.inode && a.size === b.size && a.modifiedMs === b.modifiedMs
  );
}
