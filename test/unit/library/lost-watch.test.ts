import { afterEach, beforeEach, expect, test } from 'vitest';
import { LibraryWorld } from '../../support/library-world.ts';

const HOUR_MS = 3_600_000;
const UNWATCHED = 'a shared folder is not watched: changes are found by the rescan';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
  world.files.putFile('/a/1', 'a');
  world.files.putFile('/b/1', 'b');
});
afterEach(() => world.stop());

const told = (event: string) => world.logger.lines.filter((line) => line.event === event).length;

test('folders whose watch broke off are watched again, and what changed meanwhile is found', async () => {
  await world.share('/a', '/b');
  world.watcher.end('a worker thread failed');
  expect(world.watcher.watching).toBe(0);
  world.files.putFile('/a/2', 'aa');
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/a/1', '/a/2', '/b/1']);
  expect(world.watcher.watching).toBe(2);
  world.files.putFile('/b/2', 'bb');
  await world.clock.advance(10_000);
  expect(await world.paths()).toEqual(['/a/1', '/a/2', '/b/1', '/b/2']);
  expect([told(UNWATCHED), told('a shared folder is watched again')]).toEqual([2, 2]);
});

test('a folder that cannot be watched is tried ever more rarely, told of once, and left to the rescan', async () => {
  world.watcher.unwatchable.set('/a', 0);
  await world.share('/a', '/b');
  await world.clock.advance(HOUR_MS - 60_000);
  const tries = world.watcher.unwatchable.get('/a');
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(8);
  expect([world.watcher.watching, told(UNWATCHED)]).toEqual([1, 1]);
  world.files.putFile('/a/2', 'aa');
  await world.clock.advance(HOUR_MS + 120_000);
  expect(await world.paths()).toEqual(['/a/1', '/a/2', '/b/1']);
  expect(world.watcher.unwatchable.get('/a')).toBeLessThan(10);
});

test('a watch that breaks off again and again is not started ever faster', async () => {
  await world.share('/a');
  const starts: number[] = [];
  const watch = world.watcher.watch.bind(world.watcher);
  world.watcher.watch = async (folder, listener) => {
    starts.push(world.clock.monotonicMs());
    const handle = await watch(folder, listener);
    world.clock.setTimer(1000, () => world.watcher.end('a worker thread failed'));
    return handle;
  };
  world.watcher.end('a worker thread failed');
  await world.clock.advance(HOUR_MS / 2);
  world.watcher.watch = watch;
  const gaps = starts.slice(1).map((ms, i) => Math.round((ms - (starts[i] ?? 0)) / 1000));
  expect(gaps).toEqual([41, 161, 641]);
});

test('a watch that fails after another one took its place takes nothing from that one', async () => {
  const watch = world.watcher.watch.bind(world.watcher);
  let fail = (_: Error): void => undefined;
  world.watcher.watch = () => {
    world.watcher.watch = watch;
    return new Promise((_, reject) => {
      fail = reject;
    });
  };
  await world.share('/a');
  world.files.vanish('/a');
  await world.clock.advance(60_000);
  world.files.comeBack('/a');
  await world.clock.advance(60_000);
  expect(world.watcher.watching).toBe(1);
  fail(new Error('it took too long'));
  await world.clock.advance(60_000);
  expect([world.watcher.watching, told(UNWATCHED)]).toEqual([1, 0]);
});
