/**
 * Files of one disk that are asked about at once, over all shared folders on it. Two keep it busy; on a disk that does not answer each
 * holds up one of the few threads that the system's calls for all files and names run on.
 */
export const AT_ONCE = 2;

/** A disk that says nothing for this long counts as away: one that slept is up again sooner. */
export const ANSWER_MS = 15_000;

type Disk = { running: number; readonly waiting: (() => void)[] };

/** Lets those who ask a disk have their turns. */
export class DiskTurns {
  readonly #disks = new Map<string, Disk>();

  async take<T>(name: string, ask: () => Promise<T>): Promise<T> {
    const disk = this.#disk(name);
    if (disk.running < AT_ONCE) disk.running++;
    else await new Promise<void>((resolve) => disk.waiting.push(resolve));
    try {
      return await ask();
    } finally {
      const next = disk.waiting.shift();
      if (next) next();
      else if (--disk.running === 0) this.#disks.delete(name);
    }
  }

  #disk(name: string): Disk {
    let disk = this.#disks.get(name);
    if (!disk) {
      disk = { running: 0, waiting: [] };
      this.#disks.set(name, disk);
    }
    return disk;
  }
}
