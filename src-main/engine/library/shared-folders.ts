import type { ErrorCode } from '../../contract/errors.ts';
import type { Paths } from '../ports/index.ts';

/** One shared folder as it is in this run. */
export type SharedFolder = {
  /** As the user named it. */
  readonly path: string;
  /** Shared at the next start too. */
  kept: boolean;
  /** The path with links resolved, as far as it is there. */
  real: string;
  /** What names the folder itself: another one means that a disk was connected or taken away. */
  identity: string;
  /** Why it is not there, or null. */
  reason: ErrorCode | null;
  /** Aborts what works on it. */
  readonly closing: AbortController;
};

/** What names the disk that it is on. */
export const deviceOf = ({ identity }: SharedFolder): string => identity.split(':', 1)[0] ?? '';

/** Which folders are shared, and to which of them a path belongs. */
export class SharedFolders {
  readonly #paths: Paths;
  readonly #folders = new Map<string, SharedFolder>();
  #never: readonly string[] = [];

  constructor(paths: Paths) {
    this.#paths = paths;
  }

  /** Real paths of folders of which nothing is served, unless a shared folder lies deeper: the data folder of this peer. */
  bar(never: readonly string[]): void {
    this.#never = never;
  }

  all(): readonly SharedFolder[] {
    return [...this.#folders.values()];
  }

  get(path: string): SharedFolder | undefined {
    return this.#folders.get(path);
  }

  byReal(real: string): SharedFolder | undefined {
    return this.all().find((folder) => folder.real === real);
  }

  add(folder: SharedFolder): void {
    this.#folders.set(folder.path, folder);
  }

  remove(folder: SharedFolder): void {
    this.#folders.delete(folder.path);
  }

  /** The innermost shared folder around a real path; undefined when there is none or the path must never be served. */
  owner(real: string): SharedFolder | undefined {
    const paths = this.#paths;
    const around = this.all().filter((folder) => paths.isInside(folder.real, real));
    const owner = around.reduce<SharedFolder | undefined>(
      (best, folder) => (best === undefined || folder.real.length > best.real.length ? folder : best),
      undefined,
    );
    const isForbidden = this.#never.some(
      (barred) => paths.isInside(barred, real) && (owner === undefined || paths.isInside(owner.real, barred)),
    );
    return isForbidden ? undefined : owner;
  }
}
