/**
 * Files, host-neutral. Paths are absolute and native; only `paths` composes or splits them. Failures are AppError with a disk.* code;
 * a thing that is not there is `undefined` where the type says so.
 */
export interface FileSystem {
  readonly paths: Paths;
  /** Follows links. */
  stat(path: string): Promise<FileStat | undefined>;
  /** Does not follow a link at the end of the path. */
  statLink(path: string): Promise<FileStat | undefined>;
  /** The path with every link resolved. */
  realPath(path: string): Promise<string | undefined>;
  /** Entries of a folder without `.` and `..`, sorted by name; undefined when there is no such folder. */
  list(path: string): Promise<readonly DirectoryEntry[] | undefined>;
  makeFolder(path: string): Promise<void>;
  /** Opens a regular file for reading; refuses a link at the end of the path, a device, a folder. */
  openRead(path: string): Promise<ReadHandle | undefined>;
  /** Opens for reading and writing, making the file (0600) when it is missing. */
  openWrite(path: string): Promise<WriteHandle>;
  /**
   * A second name for a file; 'exists' when `to` is taken, 'unsupported' where there are no hard links or on another file system, 'too-long'
   * when the file system takes no name of that length.
   */
  link(from: string, to: string): Promise<'linked' | 'exists' | 'unsupported' | 'too-long'>;
  /** Makes an empty file, never an existing one. */
  createExclusive(path: string): Promise<'created' | 'exists' | 'too-long'>;
  /** Replaces `to`; 'other-device' when it lies on another file system. */
  rename(from: string, to: string): Promise<'renamed' | 'other-device'>;
  /** A missing file is no error. */
  remove(path: string): Promise<void>;
  /** Makes names in a folder durable; a no-op where the system has no such thing. */
  syncFolder(path: string): Promise<void>;
  /**
   * Hands a file of ours to the user: the mode of any file that the user makes, never one that can be executed, and the system's mark
   * that it came from outside, with the URL `origin` when it may be told. Where a file system has no modes or marks there are none.
   */
  handOver(path: string, origin: string | undefined): Promise<void>;
  /** Space that this user may still use, bytes. */
  freeBytes(path: string): Promise<number>;
  /** Whole contents; undefined when missing; fails when longer than `maxBytes`. */
  readSmall(path: string, maxBytes: number): Promise<Uint8Array | undefined>;
  /** Replaces the file in one step: temporary name, sync, rename. Mode 0600. */
  writeSmall(path: string, bytes: Uint8Array): Promise<void>;
}

export interface Paths {
  join(...parts: readonly string[]): string;
  parent(path: string): string;
  name(path: string): string;
  isAbsolute(path: string): boolean;
  /** Whether `path` is `folder` or lies below it, by its text alone. */
  isInside(folder: string, path: string): boolean;
  /** The part of `path` below `folder`, with `/` between segments. */
  relative(folder: string, path: string): string;
}

export type FileKind = 'file' | 'folder' | 'link' | 'other';
export type DirectoryEntry = { readonly name: string; readonly kind: FileKind };
/** `inode` and `device` name the file itself (decimal text: they exceed a double). `changedMs` is ctime: unlike mtime it cannot be set back. */
export type FileStat = {
  readonly kind: FileKind;
  readonly size: number;
  readonly modifiedMs: number;
  readonly changedMs: number;
  readonly inode: string;
  readonly device: string;
  /** The inode may be another one when the file is looked at again, and so may ctime: FAT keeps neither. */
  readonly isRenumbered?: boolean;
};

export interface ReadHandle {
  stat(): Promise<FileStat>;
  /** Fills `target` from `position` as far as the file goes; returns bytes read. */
  read(target: Uint8Array, position: number): Promise<number>;
  close(): Promise<void>;
}

export interface WriteHandle extends ReadHandle {
  /** Writes all of `bytes`. */
  write(bytes: Uint8Array, position: number): Promise<void>;
  /** Sets the length; longer leaves a hole. */
  resize(size: number): Promise<void>;
  /** fdatasync. */
  sync(): Promise<void>;
}
