import type { Descriptor } from '../../src-main/contract/descriptor.ts';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import type { ChunkMap } from '../../src-main/engine/content/chunk-map.ts';
import { TreeHasher } from '../../src-main/engine/content/tree-hasher.ts';
import { isUntouched } from '../../src-main/engine/library/same-file.ts';
import type { FileStat, FileSystem, HashedFile } from '../../src-main/engine/ports/index.ts';
import type { OpenedFile, ServedFiles } from '../../src-main/engine/upload/served-files.ts';
import { sha256Into } from './sha256.ts';

type Served = HashedFile & { readonly path: string; readonly name: string; readonly stat: FileStat };

/** Files that are shared one by one, without scanning: what tests of the upload side stand on. */
export class ServedFolder implements ServedFiles {
  readonly #fileSystem: FileSystem;
  readonly #files = new Map<ContentHash, Served>();
  /** Contents that are still loading, with what is here of them. */
  readonly parts = new Map<ContentHash, ChunkMap>();
  /** How often a file was opened. */
  opened = 0;
  #gate: Promise<void> = Promise.resolve();

  constructor(fileSystem: FileSystem) {
    this.#fileSystem = fileSystem;
  }

  /** Shares the file at `path` whose contents are `bytes`. */
  async share(path: string, bytes: Uint8Array, name = this.#fileSystem.paths.name(path)): Promise<HashedFile> {
    const hasher = new TreeHasher(sha256Into);
    hasher.update(bytes);
    const hashed = hasher.finish();
    const stat = await this.#fileSystem.stat(path);
    if (!hashed || !stat) throw new Error(`cannot share ${path}`);
    this.#files.set(hashed.hash, { ...hashed, path, name, stat });
    return hashed;
  }

  unshare(hash: ContentHash): void {
    this.#files.delete(hash);
  }

  /** What is being opened is not handed over until the returned function is called. */
  hold(): () => void {
    const { promise, resolve } = Promise.withResolvers<void>();
    this.#gate = promise;
    return resolve;
  }

  async open(hash: ContentHash): Promise<OpenedFile> {
    const opened = await this.#open(hash);
    await this.#gate;
    return opened;
  }

  async chunkLayer(hash: ContentHash): Promise<Uint8Array | undefined> {
    return this.#files.get(hash)?.chunkLayer;
  }

  async descriptors(after: ContentHash | undefined, limit: number): Promise<readonly Descriptor[]> {
    const files = [...this.#files.values()].sort((a, b) => (a.hash < b.hash ? -1 : 1));
    return files
      .filter(({ hash }) => after === undefined || hash > after)
      .slice(0, limit)
      .map(({ hash, size, name }) => ({ hash, size, name, type: 'other', extracted: {} }));
  }

  async #open(hash: ContentHash): Promise<OpenedFile> {
    const file = this.#files.get(hash);
    if (!file) return { kind: 'unknown' };
    this.opened++;
    const handle = await this.#fileSystem.openRead(file.path);
    if (!handle) return { kind: 'gone' };
    const held = this.parts.get(hash);
    const part = held && { held: () => held, isServed: () => this.parts.get(hash) === held };
    if (part) return { kind: 'open', file: { ...file, handle, part } };
    if (isUntouched(file.stat, await handle.stat())) return { kind: 'open', file: { ...file, handle } };
    await handle.close();
    return { kind: 'gone' };
  }
}
