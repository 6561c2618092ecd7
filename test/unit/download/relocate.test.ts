import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
const OTHER = '/other';

const partIn = (folder: string, id: DownloadId) => `${folder}/.shoal-parts/${id}.part`;

/** A download with 2 of 4 MiB; `isFar`: the other folder is another file system. */
async function halfWay(isFar: boolean) {
  const world = await DownloadWorld.start();
  if (isFar) world.files.mount(OTHER);
  else await world.files.makeFolder(OTHER);
  const file = makeFile(4 * MIB);
  const source = await world.source(file, MIB);
  const id = await world.add(file, [source]);
  await world.clock.runUntil(() => world.view(id).done >= 2 * MIB, 10_000);
  const whereParts = async () => {
    const there = await Promise.all([FOLDER, OTHER].map((folder) => world.files.stat(partIn(folder, id))));
    return [FOLDER, OTHER].filter((_, at) => there[at] !== undefined);
  };
  const expectWholeIn = async (folder: string, heldByDead = 0) => {
    await world.until(id, 'done');
    expect(world.view(id).path).toBe(`${folder}/file.bin`);
    expect(Buffer.compare(await world.content(`${folder}/file.bin`), file.bytes)).toBe(0);
    expect(await whereParts()).toEqual([]);
    expect(world.files.openHandles).toBe(heldByDead);
  };
  return { world, id, file, source, whereParts, expectWholeIn };
}

describe('a download that is brought to another folder', () => {
  it.each([false, true])('goes on there with what it has, on another file system: %s', async (isFar) => {
    const { world, id, source, whereParts, expectWholeIn } = await halfWay(isFar);
    const sent = source.sentBytes;
    await world.downloads.relocate(id, OTHER);
    expect(await whereParts()).toEqual([OTHER]);
    expect(world.view(id).done).toBeGreaterThanOrEqual(2 * MIB);
    await expectWholeIn(OTHER);
    // At most what was on its way when it stopped is sent again.
    expect(source.sentBytes - sent).toBeLessThanOrEqual(4 * MIB);
  });

  it('stays paused when it was', async () => {
    const { world, id, whereParts, expectWholeIn } = await halfWay(true);
    await world.downloads.pause(id);
    await world.downloads.relocate(id, OTHER);
    expect(world.view(id)).toMatchObject({ state: 'paused', path: `${OTHER}/file.bin` });
    expect(await whereParts()).toEqual([OTHER]);
    await world.downloads.resume(id);
    await expectWholeIn(OTHER);
  });

  it('stays where it is when there is no space', async () => {
    const { world, id, whereParts, expectWholeIn } = await halfWay(true);
    await world.downloads.pause(id);
    world.files.faults.quotaBytes = 3.5 * MIB;
    await expect(world.downloads.relocate(id, OTHER)).rejects.toMatchObject({ code: 'disk.full' });
    world.files.faults.quotaBytes = Number.MAX_SAFE_INTEGER;
    expect(await whereParts()).toEqual([FOLDER]);
    await world.downloads.resume(id);
    await expectWholeIn(FOLDER);
  });

  it('stays where it is when the copy reads otherwise', async () => {
    const { world, id, whereParts, expectWholeIn } = await halfWay(true);
    await world.downloads.pause(id);
    const { openWrite } = world.files;
    world.files.openWrite = async (path) => {
      const handle = await openWrite.call(world.files, path);
      const { sync } = handle;
      handle.sync = async () => handle.write(new Uint8Array([1, 2, 3]), MIB + 5).then(() => sync.call(handle));
      return handle;
    };
    await expect(world.downloads.relocate(id, OTHER)).rejects.toMatchObject({ code: 'disk.failed' });
    world.files.openWrite = openWrite;
    expect(await whereParts()).toEqual([FOLDER]);
    await world.downloads.resume(id);
    await expectWholeIn(FOLDER);
  });

  it('is not put over a file of that name, nor begun anew when its part is away', async () => {
    const { world, id } = await halfWay(true);
    await world.downloads.pause(id);
    world.files.putFile(partIn(OTHER, id), 'of another peer');
    await expect(world.downloads.relocate(id, OTHER)).rejects.toMatchObject({ code: 'disk.failed' });
    expect(new TextDecoder().decode(await world.content(partIn(OTHER, id)))).toBe('of another peer');
    world.files.vanish(FOLDER);
    await expect(world.downloads.relocate(id, '/third')).rejects.toMatchObject({ code: 'disk.missing' });
    await expect(world.downloads.relocate(id, 'third')).rejects.toMatchObject({ code: 'input.invalid' });
  });

  it('is not moved again while what the move before left cannot be removed, which is not forgotten', async () => {
    const { world, id, whereParts } = await halfWay(true);
    await world.downloads.pause(id);
    const { remove } = world.files;
    world.files.remove = async (path) => {
      if (path === partIn(FOLDER, id)) throw new AppError('disk.read-only', { path });
      return remove.call(world.files, path);
    };
    await world.downloads.relocate(id, OTHER);
    expect(await whereParts()).toEqual([FOLDER, OTHER]);
    await expect(world.downloads.relocate(id, '/third')).rejects.toMatchObject({ code: 'disk.read-only' });
    world.files.remove = remove;
    // Its disk is away: what it is mounted at is there.
    world.files.vanish(FOLDER);
    await world.files.makeFolder(FOLDER);
    await world.kill();
    await expect(world.downloads.relocate(id, '/third')).rejects.toMatchObject({ code: 'disk.missing' });
    expect(await whereParts()).toEqual([OTHER]);
    world.files.comeBack(FOLDER);
    await world.downloads.relocate(id, '/third');
    expect(await whereParts()).toEqual([]);
    expect(await world.files.stat(partIn('/third', id))).toBeDefined();
  });

  it('of which nothing came yet leaves nothing that keeps it from the next move', async () => {
    const world = await DownloadWorld.start();
    const id = await world.add(makeFile(4 * MIB), []);
    await world.downloads.pause(id);
    for (const folder of [OTHER, '/third']) await world.downloads.relocate(id, folder);
    expect(world.view(id).path).toBe('/third/file.bin');
  });

  it('is called off by a resume, and goes on where it was', async () => {
    const { world, id, expectWholeIn } = await halfWay(true);
    const { openWrite } = world.files;
    let resumed: Promise<void> | undefined;
    world.files.openWrite = (path) => {
      if (path === partIn(OTHER, id)) {
        expect(world.view(id)).toMatchObject({ state: 'paused', reason: 'download.moving' });
        resumed ??= world.downloads.resume(id);
      }
      return openWrite.call(world.files, path);
    };
    await expect(world.downloads.relocate(id, OTHER)).rejects.toMatchObject({ code: 'input.invalid' });
    expect(resumed).toBeDefined();
    await resumed;
    await expectWholeIn(FOLDER);
  });
});

/** The calls that a move makes to the disk and the database: the peer dies before each of them, one after the other. */
const MOST_CALLS = 60;

describe('a kill in the middle of a move', () => {
  it.each([false, true])(
    'leaves one part, whole, on another file system: %s',
    async (isFar) => {
      const ends = new Set<string>();
      for (let calls = 1; calls < MOST_CALLS; calls++) {
        const { world, id, whereParts, expectWholeIn } = await halfWay(isFar);
        await world.downloads.pause(id);
        const died = world.dieAfter(calls).then(() => false);
        const isOver = await Promise.race([world.downloads.relocate(id, OTHER).then(() => true), died]);
        const { done } = world.view(id);
        await world.kill();
        const heldByDead = world.files.openHandles;
        expect(world.view(id).done).toBe(done);
        const [folder, ...others] = await whereParts();
        expect(others).toEqual([]);
        ends.add(folder ?? 'none');
        await world.downloads.resume(id);
        await expectWholeIn(folder ?? '', heldByDead);
        if (isOver) break;
        expect(calls, 'calls of one move').toBeLessThan(MOST_CALLS - 1);
      }
      expect(ends).toEqual(new Set([FOLDER, OTHER]));
    },
    120_000,
  );
});
