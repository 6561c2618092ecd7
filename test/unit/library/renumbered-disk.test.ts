import { afterEach, beforeEach, expect, test } from 'vitest';
import type { FileStat } from '../../../src-main/engine/ports/index.ts';
import { LibraryWorld } from '../../support/library-world.ts';

/** A memory stick: its files have other inodes, and another ctime, each time it is mounted. */
let world: LibraryWorld;
let mounts: number;
beforeEach(async () => {
  world = await LibraryWorld.make();
  mounts = 1;
  const { files } = world;
  const renumbered = (stat: FileStat): FileStat => {
    const { inode, changedMs } = stat;
    return { ...stat, inode: `${Number(inode) + 1000 * mounts}`, changedMs: changedMs + mounts, isRenumbered: true };
  };
  const [statLink, openRead] = [files.statLink.bind(files), files.openRead.bind(files)];
  files.statLink = async (path) => {
    const stat = await statLink(path);
    return stat && renumbered(stat);
  };
  files.openRead = async (path) => {
    const handle = await openRead(path);
    if (!handle) return undefined;
    return { ...handleOf(handle), stat: async () => renumbered(await handle.stat()) };
  };
  files.putFile('/s/sea.mp3', 'waves');
  files.putFile('/s/sky.mp3', 'clouds');
  await world.share('/s');
});
afterEach(() => world.stop());

type Handle = NonNullable<Awaited<ReturnType<LibraryWorld['files']['openRead']>>>;
const handleOf = (handle: Handle): Handle => ({
  stat: () => handle.stat(),
  read: (target, position) => handle.read(target, position),
  close: () => handle.close(),
});

test('what lies on a disk that numbers its files anew is not hashed again, and is served', async () => {
  mounts++;
  await world.restart();
  expect([await world.paths(), world.hasher.hashed]).toEqual([['/s/sea.mp3', '/s/sky.mp3'], []]);
  expect(await world.served(await world.hashOf('/s/sea.mp3'))).toBe('waves');
});

test('a file there that is another by size or time is hashed again, and not served before', async () => {
  const hash = await world.hashOf('/s/sea.mp3');
  world.watcher.deaf = true;
  world.files.putFile('/s/sea.mp3', 'winds');
  expect(await world.served(hash)).toBe('gone');
  await world.restart();
  expect(world.hasher.hashed).toEqual(['/s/sea.mp3']);
});

test('a file there is not taken for one that had its number', async () => {
  world.hasher.hashed.length = 0;
  world.files.putFile('/s/new/sky.mp3', 'storms');
  const sky = await world.files.statLink('/s/sky.mp3');
  const before = world.files.statLink;
  world.files.statLink = async (path) => (path === '/s/new/sky.mp3' ? sky : before(path));
  await world.clock.advance(10_000);
  expect(world.hasher.hashed).toEqual(['/s/new/sky.mp3']);
});
