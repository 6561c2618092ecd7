import { randomBytes } from 'node:crypto';
import { constants } from 'node:fs';
import * as fs from 'node:fs/promises';
import { AppError } from '../contract/errors.ts';
import type { DirectoryEntry, FileStat, FileSystem, ReadHandle, WriteHandle } from '../engine/ports/index.ts';
import { errnoOf, isMissing, toDiskError } from './file-errors.ts';
import { FileStats } from './file-stats.ts';
import { listFolder } from './list-folder.ts';
import { NodeFileHandle } from './node-file-handle.ts';
import { nodePaths } from './node-paths.ts';
import { markOrigin } from './origin-mark.ts';

/** Files that only this user reads: parts, keys, settings. */
const PRIVATE_MODE = 0o600;
/** What programs ask for when a user makes a file. */
const ORDINARY_MODE = 0o666;
/** What systems answer where files have no modes, or not this one. */
const NO_MODES = new Set(['EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EINVAL']);
/** Windows has neither flag: there the check before opening does it alone. */
const NO_FOLLOW = constants.O_NOFOLLOW ?? 0;
/** A FIFO that takes the place of a checked file must not hold up the thread that opens it. */
const NO_WAIT = constants.O_NONBLOCK ?? 0;
/** What systems answer where there are no hard links, or not between these two places. */
const NO_HARD_LINKS = new Set(['EXDEV', 'EPERM', 'ENOTSUP', 'EOPNOTSUPP', 'ENOSYS', 'EMLINK', 'EINVAL']);
/** What systems answer when a folder cannot be synced. */
const NO_FOLDER_SYNC = new Set(['EINVAL', 'ENOTSUP', 'EPERM', 'EISDIR', 'EBADF']);

/** The files of this machine. */
export class NodeFileSystem implements FileSystem {
  readonly paths = nodePaths;
  readonly #stats = new FileStats();
  /** Asked once: asking sets it for a moment, for all threads. */
  readonly #ordinaryMode = ORDINARY_MODE & ~process.umask();

  stat(path: string): Promise<FileStat | undefined> {
    return ifThere(path, async () => this.#stats.of(await fs.stat(path, { bigint: true }), path));
  }

  statLink(path: string): Promise<FileStat | undefined> {
    return ifThere(path, async () => this.#stats.of(await fs.lstat(path, { bigint: true }), path));
  }

  realPath(path: string): Promise<string | undefined> {
    return ifThere(path, () => fs.realpath(path));
  }

  list(path: string): Promise<readonly DirectoryEntry[] | undefined> {
    return ifThere(path, () => listFolder(path));
  }

  makeFolder(path: string): Promise<void> {
    return attempt(path, async () => {
      try {
        await fs.mkdir(path, { recursive: true });
      } catch (error) {
        // Node says ENOENT of a read-only disk too: one that makes no parents says what is wrong.
        if (errnoOf(error) !== 'ENOENT') throw error;
        await fs.mkdir(path);
      }
    });
  }

  openRead(path: string): Promise<ReadHandle | undefined> {
    return ifThere(path, async () => {
      const found = await fs.lstat(path);
      if (!found.isFile()) throw notRegular(path);
      return this.#openRegular(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT);
    });
  }

  openWrite(path: string): Promise<WriteHandle> {
    return attempt(path, () => this.#openRegular(path, constants.O_RDWR | constants.O_CREAT | NO_FOLLOW | NO_WAIT));
  }

  link(from: string, to: string): Promise<'linked' | 'exists' | 'unsupported' | 'too-long'> {
    return attempt(from, async () => {
      try {
        await fs.link(from, to);
        return 'linked';
      } catch (thrown) {
        const code = errnoOf(thrown) ?? '';
        if (code === 'EEXIST') return 'exists';
        if (code === 'ENAMETOOLONG') return 'too-long';
        if (NO_HARD_LINKS.has(code)) return 'unsupported';
        throw thrown;
      }
    });
  }

  createExclusive(path: string): Promise<'created' | 'exists' | 'too-long'> {
    return attempt(path, async () => {
      try {
        await (await fs.open(path, 'wx', PRIVATE_MODE)).close();
        return 'created';
      } catch (thrown) {
        if (errnoOf(thrown) === 'EEXIST') return 'exists';
        if (errnoOf(thrown) === 'ENAMETOOLONG') return 'too-long';
        throw thrown;
      }
    });
  }

  rename(from: string, to: string): Promise<'renamed' | 'other-device'> {
    return attempt(from, async () => {
      try {
        await fs.rename(from, to);
        return 'renamed';
      } catch (thrown) {
        if (errnoOf(thrown) === 'EXDEV') return 'other-device';
        throw thrown;
      }
    });
  }

  remove(path: string): Promise<void> {
    return attempt(path, () => fs.rm(path, { force: true }));
  }

  syncFolder(path: string): Promise<void> {
    if (process.platform === 'win32') return Promise.resolve();
    return attempt(path, async () => {
      const folder = await fs.open(path, constants.O_RDONLY);
      try {
        await folder.sync();
      } catch (thrown) {
        if (!NO_FOLDER_SYNC.has(errnoOf(thrown) ?? '')) throw thrown;
      } finally {
        await folder.close();
      }
    });
  }

  async handOver(path: string, origin: string | undefined): Promise<void> {
    await attempt(path, async () => {
      const handle = await fs.open(path, constants.O_RDONLY | NO_FOLLOW | NO_WAIT);
      try {
        await handle.chmod(this.#ordinaryMode);
      } catch (thrown) {
        if (!NO_MODES.has(errnoOf(thrown) ?? '')) throw thrown;
      } finally {
        await handle.close();
      }
    });
    await markOrigin(path, origin);
  }

  freeBytes(path: string): Promise<number> {
    return attempt(path, async () => {
      const { bavail, bsize } = await fs.statfs(path);
      return bavail * bsize;
    });
  }

  readSmall(path: string, maxBytes: number): Promise<Uint8Array | undefined> {
    return ifThere(path, async () => {
      const handle = await this.#openRegular(path, constants.O_RDONLY | NO_WAIT);
      try {
        const { size } = await handle.stat();
        const bytes = new Uint8Array(Math.min(size, maxBytes) + 1);
        const length = await handle.read(bytes, 0);
        if (length > maxBytes) throw new AppError('disk.failed', { path, why: `it is longer than ${maxBytes} bytes` });
        return bytes.slice(0, length);
      } finally {
        await handle.close();
      }
    });
  }

  writeSmall(path: string, bytes: Uint8Array): Promise<void> {
    return attempt(path, async () => {
      const temporary = `${path}.${randomBytes(6).toString('hex')}.tmp`;
      try {
        await writeDurably(temporary, bytes);
        await fs.rename(temporary, path);
      } catch (thrown) {
        await fs.rm(temporary, { force: true });
        throw thrown;
      }
      await this.syncFolder(nodePaths.parent(path));
    });
  }

  async #openRegular(path: string, flags: number): Promise<NodeFileHandle> {
    const handle = await fs.open(path, flags, PRIVATE_MODE);
    const isFile = await handle.stat().then((stats) => stats.isFile());
    if (isFile) return new NodeFileHandle(handle, path, this.#stats);
    await handle.close();
    throw notRegular(path);
  }
}

async function writeDurably(path: string, bytes: Uint8Array): Promise<void> {
  const handle = await fs.open(path, 'wx', PRIVATE_MODE);
  try {
    await handle.writeFile(bytes);
    await handle.sync();
  } finally {
    await handle.close();
  }
}

function notRegular(path: string): AppError {
  return new AppError('disk.failed', { path, why: 'it is not a regular file' });
}

async function attempt<T>(path: string, work: () => Promise<T>): Promise<T> {
  try {
    return await work();
  } catch (thrown) {
    throw toDiskError(thrown, path);
  }
}

/** The result of `work`, or undefined when there is no such thing. */
function ifThere<T>(path: string, work: () => Promise<T>): Promise<T | undefined> {
  return attempt(path, async () => {
    try {
      return await work();
    } catch (thrown) {
      if (isMissing(thrown)) return undefined;
      throw thrown;
    }
  });
}
