import { expect } from 'vitest';
import { DEFAULT_SETTINGS, type Settings } from '../../src-main/contract/settings.ts';
import { Library } from '../../src-main/engine/library/library.ts';
import type { HashedFile, Hasher } from '../../src-main/engine/ports/index.ts';
import { LibraryStore } from '../../src-main/engine/store/library-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { Troubles } from '../../src-main/engine/troubles.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryDescriptorReader } from '../../src-main/simulator/memory-descriptor-reader.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryHasher } from '../../src-main/simulator/memory-hasher.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { MemoryWatcher } from '../../src-main/simulator/memory-watcher.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';
import { sha256 } from './sha256.ts';

/** A hasher that remembers which files it read, and can be held up. */
export class CountingHasher implements Hasher {
  readonly hashed: string[] = [];
  readonly #hasher: Hasher;
  #gate: Promise<void> = Promise.resolve();
  before: (path: string) => void = () => undefined;

  constructor(hasher: Hasher) {
    this.#hasher = hasher;
  }

  /** Files wait until the returned function is called. */
  hold(): () => void {
    let release = (): void => undefined;
    this.#gate = new Promise((resolve) => {
      release = resolve;
    });
    return release;
  }

  async hashFile(path: string, signal?: AbortSignal): Promise<HashedFile> {
    this.hashed.push(path);
    this.before(path);
    await this.#gate;
    signal?.throwIfAborted();
    return this.#hasher.hashFile(path, signal);
  }

  prepare: Hasher['prepare'] = () => this.#hasher.prepare();
  verifyLayer: Hasher['verifyLayer'] = (...args) => this.#hasher.verifyLayer(...args);
  digestFile: Hasher['digestFile'] = (...args) => this.#hasher.digestFile(...args);
  hasPieces: Hasher['hasPieces'] = (...args) => this.#hasher.hasPieces(...args);
  nameOf: Hasher['nameOf'] = (...args) => this.#hasher.nameOf(...args);
  checkAndWrite: Hasher['checkAndWrite'] = (...args) => this.#hasher.checkAndWrite(...args);
  newDigest: Hasher['newDigest'] = (...args) => this.#hasher.newDigest(...args);
  digestOn: Hasher['digestOn'] = (...args) => this.#hasher.digestOn(...args);
  verifyChunk: Hasher['verifyChunk'] = (...args) => this.#hasher.verifyChunk(...args);
  verifyAndWrite: Hasher['verifyAndWrite'] = (...args) => this.#hasher.verifyAndWrite(...args);
}

/** One library on memory ports and virtual time. `restart` makes another on the same disk and database. */
export class LibraryWorld {
  readonly clock = new VirtualClock();
  readonly files = new MemoryFileSystem({ clock: this.clock });
  readonly watcher = new MemoryWatcher(this.files);
  readonly hasher = new CountingHasher(new MemoryHasher({ files: this.files, sha256 }));
  readonly reader = new MemoryDescriptorReader({ files: this.files });
  readonly logger = new MemoryLogger();
  readonly troubles = new Troubles(this);
  readonly database = new MemoryDatabase();
  readonly store = new LibraryStore(this.database);
  /** A test may make the second a path through a link. */
  readonly never = ['/home/data', '/linked/data'];
  settings: Settings = DEFAULT_SETTINGS;
  library = this.#make();
  scans: { readonly files: number; readonly bytes: number }[] = [];
  changes = 0;

  static async make(): Promise<LibraryWorld> {
    const world = new LibraryWorld();
    await migrate(world.database, { migrations: MIGRATIONS, path: 'memory' });
    return world;
  }

  /** Starts, shares these folders, and waits until all is scanned. */
  async share(...paths: readonly string[]): Promise<void> {
    const before = this.scans.length;
    for (const path of paths) await this.library.addFolder(path, { kept: true });
    await this.library.start();
    await this.scanned(before);
  }

  /** Waits for an announcement that comes after the first `before` ones. */
  async scanned(before = this.scans.length): Promise<void> {
    await this.clock.runUntil(() => this.scans.length > before, 60_000);
  }

  /** At the end of a test: nothing of it may be open, watched or waited for then. */
  async stop(): Promise<void> {
    await this.library.stop();
    expect([this.files.openHandles, this.watcher.watching, this.clock.pendingTimers]).toEqual([0, 0, 0]);
  }

  async restart(): Promise<void> {
    await this.library.stop();
    this.hasher.hashed.length = 0;
    this.library = this.#make();
    const before = this.scans.length;
    await this.library.start();
    await this.scanned(before);
  }

  async paths(): Promise<readonly string[]> {
    return (await this.library.files({ limit: 1000 })).files.map(({ path }) => path).sort();
  }

  async hashOf(path: string) {
    const file = (await this.library.files({ limit: 1000 })).files.find((shared) => shared.path === path);
    if (!file) throw new Error(`${path} is not shared`);
    return file.hash;
  }

  /** The text that the library serves, or why it does not. */
  async served(hash: Awaited<ReturnType<LibraryWorld['hashOf']>>): Promise<string> {
    const opened = await this.library.open(hash);
    if (opened.kind !== 'open') return opened.kind;
    const bytes = new Uint8Array(opened.file.size);
    await opened.file.handle.read(bytes, 0);
    await opened.file.handle.close();
    return new TextDecoder().decode(bytes);
  }

  #make(): Library {
    const library = new Library({
      ...this,
      settings: () => this.settings,
    });
    library.onScanned((totals) => this.scans.push(totals));
    library.onChange(() => this.changes++);
    return library;
  }
}
