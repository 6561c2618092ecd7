import type { BigIntStats } from 'node:fs';
import { statfs } from 'node:fs/promises';
import type { FileKind, FileStat } from '../engine/ports/index.ts';

/**
 * File systems of Linux that number their files anew each time they are mounted, or as often as a file is looked at again: FAT, exFAT, and
 * FUSE, which may have either behind it and mostly has sticks and clouds.
 */
const RENUMBERING = new Set([0x4d44, 0x2011bab0, 0x65735546]);
/** Another disk may have the number of one that was taken away. */
const KNOWN_MS = 10_000;

type Disk = { readonly renumbers: Promise<boolean>; readonly askedMs: number };

/** What the engine knows of a file, from what Node says. */
export class FileStats {
  readonly #disks = new Map<bigint, Disk>();

  /** `path`: where the file is, or was a moment ago. */
  async of(stats: BigIntStats, path: string): Promise<FileStat> {
    const stat = toFileStat(stats);
    // Of a link the system would say what disk it leads to.
    return stat.kind === 'file' && (await this.#renumbers(stats.dev, path)) ? { ...stat, isRenumbered: true } : stat;
  }

  #renumbers(device: bigint, path: string): Promise<boolean> | boolean {
    if (process.platform !== 'linux') return false;
    const now = performance.now();
    let disk = this.#disks.get(device);
    if (!disk || now - disk.askedMs > KNOWN_MS) {
      const renumbers = statfs(path).then(
        ({ type }) => RENUMBERING.has(type),
        () => false,
      );
      disk = { renumbers, askedMs: now };
      this.#disks.set(device, disk);
    }
    return disk.renumbers;
  }
}

/** Times to the microsecond, which a double still holds exactly; nanoseconds would not fit. */
function toFileStat(stats: BigIntStats): FileStat {
  return {
    kind: kindOf(stats),
    size: Number(stats.size),
    modifiedMs: Number(stats.mtimeNs / 1000n) / 1000,
    changedMs: Number(stats.ctimeNs / 1000n) / 1000,
    inode: String(stats.ino),
    device: String(stats.dev),
  };
}

/** For stats and for entries of a folder alike. */
export function kindOf(thing: { isFile(): boolean; isDirectory(): boolean; isSymbolicLink(): boolean }): FileKind {
  if (thing.isFile()) return 'file';
  if (thing.isDirectory()) return 'folder';
  return thing.isSymbolicLink() ? 'link' : 'other';
}
