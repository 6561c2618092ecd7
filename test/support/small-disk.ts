import { spawnSync } from 'node:child_process';
import { mkdtempSync, rmdirSync } from 'node:fs';
import { open, rm } from 'node:fs/promises';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { onTestFinished } from 'vitest';

const mount = (...words: readonly string[]) => spawnSync('mount', words, { stdio: 'ignore' }).status === 0;
const unmount = (path: string) => spawnSync('umount', ['--lazy', path], { stdio: 'ignore' });

/** Whether this process may mount disks: only root may, and not everywhere. Use as `test.skipIf(!canMountDisks())`. */
export function canMountDisks(): boolean {
  if (process.platform !== 'linux' || process.getuid?.() !== 0) return false;
  const folder = mkdtempSync(join(tmpdir(), 'shoal-test-'));
  const isMounted = mount('-t', 'tmpfs', '-o', 'size=1m', 'shoal-test', folder);
  if (isMounted) unmount(folder);
  rmdirSync(folder);
  return isMounted;
}

/** A disk of its own in the folder `path`, until the test ends. */
export class SmallDisk {
  readonly #path: string;

  constructor(path: string, mebibytes: number) {
    this.#path = path;
    if (!mount('-t', 'tmpfs', '-o', `size=${mebibytes}m,mode=0700`, 'shoal-test', path))
      throw new Error(`cannot mount ${path}`);
    onTestFinished(() => void unmount(path));
  }

  /** Files must not be open for writing when it becomes read-only. */
  makeReadOnly(isReadOnly: boolean): void {
    const option = isReadOnly ? 'remount,ro' : 'remount,rw';
    if (!mount('-o', option, this.#path)) throw new Error(`cannot ${option} ${this.#path}`);
  }

  /** Takes all space that is left; gives how to give it back. */
  async fill(): Promise<() => Promise<void>> {
    const filler = join(this.#path, 'filler');
    const file = await open(filler, 'w');
    try {
      // Smaller and smaller, to the last byte.
      for (let bytes = 2 ** 20; bytes >= 1; bytes = Math.floor(bytes / 4)) {
        const block = Buffer.alloc(bytes, 1);
        while (await file.write(block).then(({ bytesWritten }) => bytesWritten === bytes, isFull));
      }
    } finally {
      await file.close();
    }
    return () => rm(filler, { force: true });
  }
}

function isFull(error: NodeJS.ErrnoException): false {
  if (error.code !== 'ENOSPC') throw error;
  return false;
}
