import { AppError } from '../../contract/errors.ts';
import { MAX_LEFT_OUT_FILES } from '../../contract/shared-files.ts';
import type { LeftOutStore } from '../store/left-out-store.ts';

/** Single files that the user does not share although their folder is shared, by their real paths. */
export class LeftOutFiles {
  readonly #store: LeftOutStore;
  readonly #paths = new Set<string>();

  constructor(store: LeftOutStore) {
    this.#store = store;
  }

  async load(): Promise<void> {
    for (const path of await this.#store.all()) this.#paths.add(path);
  }

  has(path: string): boolean {
    return this.#paths.has(path);
  }

  /** In order. */
  all(): readonly string[] {
    return [...this.#paths].sort();
  }

  /** From this moment on `has` says so. Fails with share.too-many-left-out, or as the database does. */
  async add(path: string): Promise<void> {
    if (this.#paths.size >= MAX_LEFT_OUT_FILES) {
      throw new AppError('share.too-many-left-out', { most: MAX_LEFT_OUT_FILES });
    }
    this.#paths.add(path);
    try {
      await this.#store.add(path);
    } catch (error) {
      // What is not kept must not seem to be.
      this.#paths.delete(path);
      throw error;
    }
  }

  async remove(path: string): Promise<void> {
    await this.#store.remove(path);
    this.#paths.delete(path);
  }
}
