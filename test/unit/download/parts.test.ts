import { describe, expect, it } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { DownloadWorld, FOLDER, makeFile } from '../../support/download-world.ts';

const MIB = 2 ** 20;
const PATH = `${FOLDER}/file.bin`;

describe('parts of downloads on their disk', () => {
  it('pauses with a reason on a full disk and goes on by itself when there is room', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(8 * MIB);
    world.files.faults.quotaBytes = 4 * MIB;
    const id = await world.add(file, [await world.source(file, 4 * MIB)]);
    await world.until(id, 'paused');
    expect(world.view(id).reason).toBe('disk.full');
    world.files.faults.quotaBytes = Number.MAX_SAFE_INTEGER;
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
  });

  it('keeps what it has when the disk turns read-only in the middle', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(12 * MIB);
    const source = await world.source(file, 4 * MIB);
    const id = await world.add(file, [source]);
    await world.clock.runUntil(() => world.view(id).done > 4 * MIB, 20_000);
    world.files.faults.readOnly = true;
    await world.until(id, 'paused');
    expect(world.view(id).reason).toBe('disk.read-only');
    world.files.faults.readOnly = false;
    await world.until(id, 'done');
    expect(source.sentBytes).toBeLessThan(12 * MIB + 5 * MIB);
  });

  it.each([
    ['the end is recorded and the part removed', 'done'],
    ['a cancelled one is noted and its part removed', 'cancelled'],
  ])('leaves no part when it is killed before %s', async (_, end) => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const id = await world.add(file, [await world.source(file, 2 * MIB)]);
    await world.clock.runUntil(() => world.view(id).done >= 2 * MIB, 10_000);
    const remove = world.files.remove.bind(world.files);
    world.files.remove = (path) => (path.endsWith('.part') ? new Promise(() => {}) : remove(path));
    if (end === 'done') await world.until(id, 'done');
    else void world.downloads.cancel(id);
    await world.clock.advance(1000);
    const parts = async () => (await world.files.list(`${FOLDER}/.shoal-parts`))?.map(({ name }) => name);
    expect(await parts()).toEqual([`${id}.part`]);
    world.files.remove = remove;
    await world.kill();
    expect(await parts()).toEqual([]);
    expect(world.downloads.list().map(({ state }) => state)).toEqual(end === 'done' ? ['done'] : []);
    await world.kill();
    expect(world.downloads.list()).toHaveLength(end === 'done' ? 1 : 0);
  });

  it.each([false, true])(
    'a file is as it stays when it is told that it is finished; its part cannot be removed: %s',
    async (isStuck) => {
      const world = await DownloadWorld.start();
      const file = makeFile(4 * MIB);
      let told: unknown;
      world.adopt = async ({ path }) => {
        told = await world.files.statLink(path);
      };
      const remove = world.files.remove.bind(world.files);
      const denied = () => Promise.reject(new AppError('disk.denied', { path: FOLDER }));
      world.files.remove = (path) => (isStuck && path.endsWith('.part') ? denied() : remove(path));
      const id = await world.add(file, [await world.source(file)]);
      await world.until(id, 'done');
      await world.clock.advance(1000);
      expect(told).toBeDefined();
      // The library knows a file by its times: one that has changed since would be hashed again before anybody gets it.
      expect(await world.files.statLink(PATH)).toEqual(told);
      world.files.remove = remove;
      await world.kill();
      expect(await world.files.list(`${FOLDER}/.shoal-parts`)).toEqual([]);
      expect(world.view(id)).toMatchObject({ state: 'done', reason: null });
    },
  );

  it('leaves parts alone that can be resumed or may be of another peer, and tells of old ones', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(4 * MIB);
    const id = await world.add(file, [await world.source(file, MIB)]);
    await world.clock.runUntil(() => world.view(id).done >= MIB, 10_000);
    await world.downloads.pause(id);
    const other = await world.files.openWrite(`${FOLDER}/.shoal-parts/00c0ffee.part`);
    await other.write(new Uint8Array(1), 0);
    await other.close();
    const told = () => world.logger.lines.filter(({ event }) => event.startsWith('old parts'));
    await world.kill();
    expect(told()).toEqual([]);
    await world.clock.advance(31 * 24 * 60 * 60 * 1000);
    await world.kill();
    expect(told().map(({ fields }) => fields)).toEqual([{ folder: `${FOLDER}/.shoal-parts`, parts: 1 }]);
    expect(await world.files.list(`${FOLDER}/.shoal-parts`)).toHaveLength(2);
    await world.downloads.resume(id);
    await world.until(id, 'done');
  });

  it('never gives its name to another file that came to lie in the place of its part', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(6 * MIB);
    const id = await world.add(file, [await world.source(file, MIB)]);
    await world.clock.runUntil(() => world.view(id).done >= 3 * MIB, 10_000);
    const part = `${FOLDER}/.shoal-parts/${id}.part`;
    await world.files.rename(part, `${part}.away`);
    const other = await world.files.openWrite(part);
    await other.write(new Uint8Array(file.bytes.length).fill(1), 0);
    await other.close();
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
  });

  it('whose folder went does not begin again in a new one', async () => {
    const world = await DownloadWorld.start();
    const file = makeFile(6 * MIB);
    const id = await world.add(file, [await world.source(file, MIB)]);
    await world.clock.runUntil(() => world.view(id).done >= 3 * MIB, 10_000);
    await world.downloads.pause(id);
    await world.files.rename(FOLDER, '/away');
    await world.downloads.resume(id);
    await world.until(id, 'paused');
    await world.clock.advance(60_000);
    expect(world.view(id)).toMatchObject({ state: 'paused', reason: 'disk.missing' });
    expect(await world.files.stat(FOLDER)).toBeUndefined();
    await world.files.rename('/away', FOLDER);
    await world.until(id, 'done');
    expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
  });

  describe('when the data folder takes nothing any more', () => {
    /** Writes fail until `free` is called. */
    function fill(world: DownloadWorld): () => void {
      const { database } = world;
      const transact = database.transact.bind(database);
      database.transact = () => Promise.reject(new AppError('disk.full', { path: 'shoal.db', needed: 'some space' }));
      return () => {
        database.transact = transact;
      };
    }

    it('ends when its end can be recorded, under the same name', async () => {
      const world = await DownloadWorld.start();
      const file = makeFile(4 * MIB);
      const id = await world.add(file, [await world.source(file, 2 * MIB)]);
      await world.clock.runUntil(() => world.view(id).done >= MIB, 10_000);
      const free = fill(world);
      await world.until(id, 'paused');
      expect(world.view(id)).toMatchObject({ reason: 'disk.full', done: 4 * MIB });
      await world.clock.advance(60_000);
      free();
      await world.until(id, 'done');
      expect(world.view(id).path).toBe(PATH);
      expect((await world.files.list(FOLDER))?.map(({ name }) => name).sort()).toEqual(['.shoal-parts', 'file.bin']);
      expect((await world.files.list(`${FOLDER}/.shoal-parts`)) ?? []).toEqual([]);
    });

    it('waits when not even its failure can be recorded, and fails when it can', async () => {
      const world = await DownloadWorld.start();
      const file = makeFile(4 * MIB);
      const id = await world.add(file, [await world.source(file, 2 * MIB)]);
      await world.clock.runUntil(() => world.view(id).done >= MIB, 10_000);
      let free: (() => void) | undefined;
      world.files.link = async () => {
        free ??= fill(world);
        throw new Error('a bug');
      };
      await world.until(id, 'paused');
      expect(world.view(id).reason).toBe('disk.full');
      free?.();
      await world.until(id, 'failed');
    });

    it('refuses to cancel, and goes on in its turn with what it has', async () => {
      const world = await DownloadWorld.start();
      world.set({ 'download.running': 1 });
      const [file, other] = [makeFile(8 * MIB), makeFile(2 * MIB, 9)];
      const source = await world.source(file, 2 * MIB);
      const id = await world.add(file, [source]);
      const next = await world.add(other, [await world.source(other)], { name: 'other.bin' });
      await world.clock.runUntil(() => world.view(id).done >= 2 * MIB, 10_000);
      const free = fill(world);
      await expect(world.downloads.cancel(id)).rejects.toMatchObject({ code: 'disk.full' });
      await world.clock.advance(1);
      expect(world.view(id).done).toBeGreaterThanOrEqual(2 * MIB);
      free();
      await world.until(id, 'done');
      await world.until(next, 'done');
      expect(source.sentBytes).toBeLessThan(11 * MIB);
      expect(Buffer.compare(await world.content(PATH), file.bytes)).toBe(0);
    });

    it('refuses to pause, for that could not be kept, and goes on', async () => {
      const world = await DownloadWorld.start();
      const file = makeFile(4 * MIB);
      const id = await world.add(file, [await world.source(file, 2 * MIB)]);
      await world.clock.runUntil(() => world.view(id).done >= MIB, 10_000);
      const free = fill(world);
      await expect(world.downloads.pause(id)).rejects.toMatchObject({ code: 'disk.full' });
      expect(world.view(id).state).toBe('downloading');
      free();
      await world.until(id, 'done');
    });
  });
});
