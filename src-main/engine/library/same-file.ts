import type { FileStat } from '../ports/index.ts';
import type { FileIdentity } from '../store/left-out-store.ts';

/**
 * Whether a file was not touched between two looks at it. ctime counts, because size and mtime of an altered file can be set
 * back. The device does not: a disk that is connected again may get another number.
 */
export function isUntouched(a: FileStat, b: FileStat): boolean {
  return (
    b.kind === 'file' &&
    a.size === b.size &&
    a.modifiedMs === b.modifiedMs &&
    a.changedMs === b.changedMs &&
    a.inode === b.inode
  );
}

/** The same, whatever its name is: renaming a file changes its ctime. */
export function isSameFile(a: FileIdentity | undefined, b: FileIdentity | undefined): boolean {
  return (
    a !== undefined && b !== undefined && a.inode === b.inode && a.size === b.size && a.modifiedMs === b.modifiedMs
  );
}
