import type { LeftOut } from '../../contract/outputs.ts';
import type { Paths } from '../ports/index.ts';
import { addLeftOut, NOTHING_LEFT_OUT } from './share-rules.ts';

type Counted = { readonly folder: string; readonly left: LeftOut };

/** What is not shared and why, for each directory in which something is left out. */
export class LeftOutCounts {
  readonly #paths: Paths;
  readonly #byDirectory = new Map<string, Counted>();
  /** Files that could not be read when they were to be hashed, by their directory, each with its shared folder. */
  readonly #unreadable = new Map<string, Map<string, string>>();

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /** Replaces what is known of one directory of the shared folder `folder`. */
  set(directory: string, { folder, left }: Counted): void {
    this.#byDirectory.delete(directory);
    if (Object.values(left).some((count) => count > 0)) this.#byDirectory.set(directory, { folder, left });
  }

  setReadable(path: string, folder: string, isReadable: boolean): void {
    if (isReadable) {
      this.#forgetFile(path);
      return;
    }
    const directory = this.#paths.parent(path);
    const files = this.#unreadable.get(directory) ?? new Map<string, string>();
    this.#unreadable.set(directory, files.set(path, folder));
  }

  /** The user left a file of this directory out (1), or shares it again (-1): told before the directory is looked at again. */
  countByUser(directory: string, folder: string, change: number): void {
    const left = this.#byDirectory.get(directory)?.left ?? NOTHING_LEFT_OUT;
    this.set(directory, { folder, left: { ...left, byUser: Math.max(0, left.byUser + change) } });
  }

  /** Files of this directory will be tried again. */
  forgetUnreadable(directory: string): void {
    this.#unreadable.delete(directory);
  }

  /** Forgets what lies at or below `path`. */
  forgetBelow(path: string): void {
    for (const map of [this.#byDirectory, this.#unreadable]) {
      for (const known of map.keys()) if (this.#paths.isInside(path, known)) map.delete(known);
    }
    this.#forgetFile(path);
  }

  /** Forgets what is known of a shared folder, but for the directories in `except`. */
  forgetFolder(folder: string, except: ReadonlySet<string> = new Set()): void {
    for (const [directory, counted] of this.#byDirectory) {
      if (counted.folder === folder && !except.has(directory)) this.#byDirectory.delete(directory);
    }
    for (const [directory, files] of this.#unreadable) {
      if (except.has(directory)) continue;
      for (const [path, owner] of files) if (owner === folder) files.delete(path);
      if (files.size === 0) this.#unreadable.delete(directory);
    }
  }

  of(folder: string): LeftOut {
    let sum = NOTHING_LEFT_OUT;
    for (const counted of this.#byDirectory.values())
      if (counted.folder === folder) sum = addLeftOut(sum, counted.left);
    let { unreadable } = sum;
    for (const files of this.#unreadable.values()) {
      for (const owner of files.values()) if (owner === folder) unreadable++;
    }
    return { ...sum, unreadable };
  }

  #forgetFile(path: string): void {
    const directory = this.#paths.parent(path);
    const files = this.#unreadable.get(directory);
    if (files?.delete(path) && files.size === 0) this.#unreadable.delete(directory);
  }
}
