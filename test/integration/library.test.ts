import { mkdir, open, rename, rm, symlink, truncate, unlink, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../src-main/contract/settings.ts';
import { Library } from '../../src-main/engine/library/library.ts';
import { LibraryStore } from '../../src-main/engine/store/library-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { Troubles } from '../../src-main/engine/troubles.ts';
import { ChokidarWatcher } from '../../src-main/platform/chokidar-watcher.ts';
import { DescriptorPool } from '../../src-main/platform/descriptors/descriptor-pool.ts';
import { HashPool } from '../../src-main/platform/hash-pool.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { SystemClock } from '../../src-main/platform/system-clock.ts';
import { WorkerDatabase } from '../../src-main/platform/worker-database.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { CountingHasher } from '../support/library-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** Real files, watcher, threads and database. Times are short: the disk is real, so is the clock. */
const settings = {
  ...DEFAULT_SETTINGS,
  'library.settle': 100,
  'library.gather': 50,
  'library.check': 100,
};

class World {
  readonly folder: string;
  readonly pool = new HashPool();
  readonly hasher = new CountingHasher(this.pool);
  readonly logger = new MemoryLogger();
  readonly reader = new DescriptorPool({ logger: this.logger });
  readonly database: WorkerDatabase;
  library: Library;

  private constructor(folder: string, database: WorkerDatabase) {
    this.folder = folder;
    this.database = database;
    this.library = this.make();
  }

  static async start(): Promise<World> {
    const folder = await temporaryFolder();
    await mkdir(join(folder, 'shared'));
    const database = await WorkerDatabase.open({ path: join(folder, 'a.db') });
    await migrate(database, { migrations: MIGRATIONS, path: folder });
    return new World(folder, database);
  }

  make(): Library {
    return new Library({
      clock: new SystemClock(),
      settings: () => settings,
      logger: this.logger,
      troubles: new Troubles(this),
      files: new NodeFileSystem(),
      watcher: new ChokidarWatcher(),
      hasher: this.hasher,
      reader: this.reader,
      store: new LibraryStore(this.database),
      never: [],
    });
  }

  at(...names: string[]): string {
    return join(this.folder, 'shared', ...names);
  }

  async share(): Promise<void> {
    await this.library.addFolder(this.at(), { kept: true });
    await this.during(async () => this.library.start());
  }

  /** Does something and waits until the library says that it has seen to everything. */
  async during(work: () => Promise<unknown>): Promise<void> {
    let stop = () => undefined as unknown;
    const scanned = new Promise<void>((resolve) => {
      stop = this.library.onScanned(() => resolve());
    });
    await work();
    await scanned;
    stop();
  }

  /** Does something and waits until these and only these are shared, by path below the folder and text. */
  async becomes(expected: Readonly<Record<string, string>>, work: () => Promise<unknown>): Promise<void> {
    const isThere = async () => JSON.stringify(await this.contents()) === JSON.stringify(sorted(expected));
    const seen = new Promise<void>((resolve, reject) => {
      const look = () => void isThere().then((is) => is && resolve(), reject);
      this.library.onChange(look);
      this.library.onScanned(look);
    });
    await work();
    await seen;
  }

  /** What the library serves, read through its own handles. */
  async contents(): Promise<Record<string, string>> {
    const { files } = await this.library.files({ limit: 1000 });
    const contents: Record<string, string> = {};
    for (const { hash, path } of files) contents[path.slice(this.at().length + 1)] = await this.read(hash);
    return sorted(contents);
  }

  async read(hash: Parameters<Library['open']>[0]): Promise<string> {
    const opened = await this.library.open(hash);
    if (opened.kind !== 'open') return opened.kind;
    const bytes = new Uint8Array(opened.file.size);
    await opened.file.handle.read(bytes, 0);
    await opened.file.handle.close();
    return new TextDecoder().decode(bytes);
  }

  async stop(): Promise<void> {
    await this.library.stop();
    await Promise.all([this.pool.stop(), this.reader.stop(), this.database.close()]);
  }
}

const sorted = (record: Readonly<Record<string, string>>) =>
  Object.fromEntries(Object.entries(record).toSorted(([a], [b]) => (a < b ? -1 : 1)));

describe('a library on a real disk', () => {
  let world: World;
  beforeEach(async () => {
    world = await World.start();
    await writeFile(world.at('a.txt'), 'alpha');
  });
  afterEach(() => world.stop());

  test('follows additions, changes, truncations, renames and removals', async () => {
    await world.share();
    expect(await world.contents()).toEqual({ 'a.txt': 'alpha' });
    await world.becomes({ 'a.txt': 'alpha', 'deep/er/b.txt': 'beta' }, async () => {
      await mkdir(world.at('deep', 'er'), { recursive: true });
      await writeFile(world.at('deep', 'er', 'b.txt'), 'beta');
    });
    await world.becomes({ 'a.txt': 'ALPHA', 'deep/er/b.txt': 'beta' }, () => writeFile(world.at('a.txt'), 'ALPHA'));
    await world.becomes({ 'a.txt': 'AL', 'deep/er/b.txt': 'beta' }, () => truncate(world.at('a.txt'), 2));
    await world.becomes({ 'c.txt': 'AL', 'deep/er/b.txt': 'beta' }, () => rename(world.at('a.txt'), world.at('c.txt')));
    await world.becomes({ 'c.txt': 'AL', 'd/er/b.txt': 'beta' }, () => rename(world.at('deep'), world.at('d')));
    await world.becomes({ 'c.txt': 'AL' }, () => rm(world.at('d'), { recursive: true }));
    await world.becomes({}, () => truncate(world.at('c.txt'), 0));
    await world.becomes({ 'e.txt': 'new' }, async () => {
      await unlink(world.at('c.txt'));
      await writeFile(world.at('e.txt'), 'new');
    });
  });

  test('leaves out links to outside, hidden files and parts, and says how many', async () => {
    await mkdir(join(world.folder, 'outside'));
    await writeFile(join(world.folder, 'outside', 'secret.txt'), 'secret');
    await symlink(join(world.folder, 'outside'), world.at('out'));
    await symlink(join(world.folder, 'outside', 'secret.txt'), world.at('out.txt'));
    await symlink('.', world.at('loop'));
    await symlink('a.txt', world.at('inside.txt'));
    await writeFile(world.at('.hidden'), 'x');
    await writeFile(world.at('film.mkv.crdownload'), 'x');
    await writeFile(world.at('empty'), '');
    await world.share();
    expect(await world.contents()).toEqual({ 'a.txt': 'alpha' });
    expect(world.library.shares()).toMatchObject([
      { files: 1, bytes: 5, left: { hidden: 1, linksOut: 2, partial: 1, empty: 1, special: 0, unreadable: 0 } },
    ]);
  });

  test('never gives the altered bytes of a file under its old hash, even with size and mtime set back', async () => {
    const when = new Date(2020, 0, 1);
    await utimes(world.at('a.txt'), when, when);
    await world.share();
    const [file] = (await world.library.files({ limit: 1 })).files;
    if (!file) throw new Error('nothing is shared');
    const handle = await open(world.at('a.txt'), 'r+');
    await handle.write('OMEGA');
    await handle.close();
    await utimes(world.at('a.txt'), when, when);
    expect(await world.read(file.hash)).not.toBe('OMEGA');
    await world.becomes({ 'a.txt': 'OMEGA' }, async () => undefined);
    expect(await world.read(file.hash)).toBe('unknown');
  });

  test('hashes nothing again after a restart, but what changed meanwhile', async () => {
    await writeFile(world.at('b.txt'), 'beta');
    await world.share();
    expect(world.hasher.hashed).toHaveLength(2);
    await world.library.stop();
    await writeFile(world.at('b.txt'), 'gamma');
    world.hasher.hashed.length = 0;
    world.library = world.make();
    await world.during(() => world.library.start());
    expect(await world.contents()).toEqual({ 'a.txt': 'alpha', 'b.txt': 'gamma' });
    expect(world.hasher.hashed).toEqual([world.at('b.txt')]);
  });

  test('stops serving a folder that vanished, and has it back without hashing', async () => {
    await world.share();
    world.hasher.hashed.length = 0;
    await world.becomes({}, () => rename(world.at(), join(world.folder, 'away')));
    await expect.poll(() => world.library.shares()).toMatchObject([{ reason: 'disk.missing', files: 0 }]);
    await world.becomes({ 'a.txt': 'alpha' }, () => rename(join(world.folder, 'away'), world.at()));
    await expect.poll(() => world.library.shares()).toMatchObject([{ reason: null, files: 1 }]);
    expect(world.hasher.hashed).toEqual([]);
    await world.becomes({ 'a.txt': 'alpha', 'b.txt': 'beta' }, () => writeFile(world.at('b.txt'), 'beta'));
  });
});
