import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import type { WriteHandle } from '../../../src-main/engine/ports/index.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
const SECOND = 1000;

/** What the test does to writes and syncs of parts; each calls what really writes or syncs. */
type Disk = {
  write?: (write: () => Promise<void>, bytes: Uint8Array, position: number) => Promise<void>;
  sync?: (sync: () => Promise<void>) => Promise<void>;
};

function between(world: DownloadWorld, disk: Disk): void {
  const { openWrite } = world.files;
  world.files.openWrite = async (path) => {
    const handle: WriteHandle = await openWrite.call(world.files, path);
    const [write, sync] = [handle.write.bind(handle), handle.sync.bind(handle)];
    handle.write = (bytes, position) => {
      const really = () => write(bytes, position);
      return disk.write ? disk.write(really, bytes, position) : really();
    };
    handle.sync = () => (disk.sync ? disk.sync(sync) : sync());
    return handle;
  };
}

const broken = () => Promise.reject(new AppError('disk.failed', { path: FOLDER, why: 'EIO: i/o error' }));

/** A disk behind a page cache as Linux has it: a sync that fails leaves its pages clean, and the next one knows nothing of them. */
class CachedDisk implements Disk {
  /** Syncs that fail from now on. */
  failing = 0;
  failed = 0;
  readonly #clock: DownloadWorld['clock'];
  #dirty = new Map<number, Uint8Array>();
  readonly #durable = new Map<number, Uint8Array>();

  constructor(world: DownloadWorld) {
    this.#clock = world.clock;
  }

  async write(write: () => Promise<void>, bytes: Uint8Array, position: number): Promise<void> {
    this.#dirty.set(position, bytes.slice());
    await write();
  }

  async sync(): Promise<void> {
    const isFailing = this.failing > 0;
    // Long enough that more is written meanwhile, and written back with it.
    await this.#clock.sleep(700);
    const written = this.#dirty;
    this.#dirty = new Map();
    if (!isFailing) {
      for (const [position, bytes] of written) this.#durable.set(position, bytes);
      return;
    }
    this.failing--;
    this.failed++;
    await broken();
  }

  /** What a loss of power leaves. */
  reset(world: DownloadWorld, id: DownloadId, size: number): void {
    const bytes = new Uint8Array(size);
    for (const [position, part] of this.#durable) bytes.set(part, position);
    world.files.putFile(`${FOLDER}/.shoal-parts/${id}.part`, bytes);
  }
}

describe('a disk that fails', () => {
  it('while it writes pauses the download with the reason; it goes on when the disk does', async () => {
    const world = await DownloadWorld.start();
    let isBroken = false;
    between(world, { write: (write) => (isBroken ? broken() : write()) });
    const file = makeFile(8 * MIB);
    const id = await world.add(file, [await world.source(file, MIB)]);
    await world.clock.runUntil(() => world.view(id).done >= 3 * MIB, 10 * SECOND);
    isBroken = true;
    await world.until(id, 'paused');
    expect(world.view(id)).toMatchObject({ reason: 'disk.failed', sources: [{ state: 'untried', reason: null }] });
    await world.clock.advance(60 * SECOND);
    expect(world.view(id).state).toBe('paused');
    expect(world.strikes).toEqual([]);
    isBroken = false;
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
  });

  it.each([1, 2, 3])(
    'while it syncs has lost what was not synced, and nothing lost is believed (%i times)',
    async (times) => {
      const world = await DownloadWorld.start();
      const disk = new CachedDisk(world);
      between(world, disk);
      const file = makeFile(20 * MIB);
      const id = await world.add(file, [await world.source(file, 2 * MIB)]);
      await world.clock.runUntil(() => world.view(id).done >= 3 * MIB, 10 * SECOND);
      disk.failing = times;
      await world.until(id, 'paused');
      expect(world.view(id).reason).toBe('disk.failed');
      await world.clock.runUntil(() => world.view(id).done >= 16 * MIB, 120 * SECOND);
      expect(disk.failed).toBe(times);
      await world.kill();
      disk.reset(world, id, file.bytes.length);
      await world.until(id, 'done');
      expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
    },
  );
});

describe('a disk that takes longer for a chunk than a source may be silent', () => {
  it.each([1, 4])('makes none of %i sources look stalled', async (count) => {
    const world = await DownloadWorld.start();
    world.set({ 'download.memory': 4 * MIB });
    const takes = 1.5 * world.settings['download.stall'];
    // One after the other, as one disk writes.
    let last = Promise.resolve();
    between(world, {
      write: (write) => {
        last = last.then(() => world.clock.sleep(takes)).then(write);
        return last;
      },
    });
    const file = makeFile(12 * MIB);
    const sources = await Promise.all(Array.from({ length: count }, () => world.source(file, 4 * MIB)));
    const id = await world.add(file, sources);
    await world.until(id, 'done', 600 * SECOND);
    const reasons = world.reports.flatMap((report) => report.sources.map(({ reason }) => reason));
    expect(new Set(reasons)).toEqual(new Set([null]));
    expect(Buffer.compare(await world.content(`${FOLDER}/file.bin`), file.bytes)).toBe(0);
  });
});
