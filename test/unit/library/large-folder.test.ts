import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
});
afterEach(() => world.stop());

describe('a scan', () => {
  test('lists a folder twice, however many files of it went', async () => {
    for (let i = 0; i < 1000; i++) world.files.putFile(`/s/${i}`, `content ${i}`);
    await world.share('/s');
    world.watcher.deaf = true;
    for (let i = 0; i < 999; i++) await world.files.remove(`/s/${i}`);
    const list = world.files.list.bind(world.files);
    let lists = 0;
    world.files.list = (path) => {
      lists++;
      return list(path);
    };
    await world.clock.advance(3_600_000);
    expect(await world.paths()).toEqual(['/s/999']);
    expect(lists).toBe(2);
  });

  test('goes through more subfolders than a call takes arguments', async () => {
    const { files } = world;
    files.putFile('/s/a/file', 'x');
    const list = files.list.bind(files);
    const many = Array.from({ length: 150_000 }, (_, i) => ({ name: `empty ${i}`, kind: 'folder' as const }));
    files.list = async (path) => {
      if (path === '/s') return [...((await list(path)) ?? []), ...many];
      return path.startsWith('/s/empty') ? [] : list(path);
    };
    world.store.countChildren = async () => 0;
    await world.share('/s');
    expect(await world.paths()).toEqual(['/s/a/file']);
  });
});
