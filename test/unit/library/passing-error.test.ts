import { afterEach, beforeEach, expect, test } from 'vitest';
import { AppError, type ErrorCode } from '../../../src-main/contract/errors.ts';
import { LibraryWorld } from '../../support/library-world.ts';

const HOUR_MS = 3_600_000;

let world: LibraryWorld;
/** What fails now: the call and the paths. */
let fails: { call: string; path: string; code: ErrorCode; times: number } | undefined;
beforeEach(async () => {
  world = await LibraryWorld.make();
  fails = undefined;
  const { files } = world;
  for (const call of ['stat', 'statLink', 'list', 'openRead'] as const) {
    const real = files[call].bind(files) as (path: string) => Promise<never>;
    files[call] = async (path: string) => {
      failNow(call, path);
      return real(path);
    };
  }
  world.hasher.before = (path) => failNow('hash', path);
  for (const path of ['/s/1', '/s/a/1', '/s/a/b/1']) files.putFile(path, path);
  await world.share('/s');
});
afterEach(() => world.stop());

function failNow(call: string, path: string): void {
  if (!fails || fails.call !== call || !path.startsWith(fails.path) || fails.times === 0) return;
  fails.times--;
  throw new AppError(fails.code, { path, why: 'EMFILE: too many open files' });
}
const ALL = ['/s/1', '/s/a/1', '/s/a/b/1'];

test('files of a folder that cannot be read once stay shared, as what lies below it, and it is looked at again soon', async () => {
  fails = { call: 'list', path: '/s/a', code: 'disk.failed', times: 1 };
  world.watcher.deaf = true;
  world.files.putFile('/s/a/new', 'x');
  await world.clock.advance(HOUR_MS);
  expect(fails.times).toBe(0);
  expect(await world.paths()).toEqual(ALL);
  await world.clock.advance(30_000);
  expect(await world.paths()).toEqual(['/s/1', '/s/a/1', '/s/a/b/1', '/s/a/new']);
});

test('files of a folder that cannot be read again and again are hidden until it can be', async () => {
  fails = { call: 'list', path: '/s/a', code: 'disk.failed', times: Number.POSITIVE_INFINITY };
  await world.clock.advance(HOUR_MS + 60_000);
  expect(await world.paths()).toEqual(['/s/1']);
  fails = undefined;
  await world.clock.advance(HOUR_MS / 4);
  expect(await world.paths()).toEqual(ALL);
});

test('files of a folder that may not be read are hidden at once', async () => {
  fails = { call: 'list', path: '/s/a', code: 'disk.denied', times: 1 };
  await world.clock.advance(HOUR_MS + 5000);
  expect(await world.paths()).toEqual(['/s/1']);
});

test('files that may have gone stay shared while their folder cannot be read', async () => {
  world.watcher.deaf = true;
  await world.files.remove('/s/a/1');
  const list = world.files.list.bind(world.files);
  world.files.list = async (path) => {
    const entries = await list(path);
    if (path === '/s/a') fails ??= { call: 'list', path, code: 'disk.failed', times: 1 };
    return entries;
  };
  world.files.putFile('/s/a/2', 'x');
  await world.clock.advance(HOUR_MS);
  expect([fails?.times, (await world.paths()).includes('/s/a/1')]).toEqual([0, true]);
  await world.clock.advance(60_000);
  expect(await world.paths()).toEqual(['/s/1', '/s/a/2', '/s/a/b/1']);
});

test('a folder that went after it could not be read is hidden', async () => {
  fails = { call: 'list', path: '/s/a', code: 'disk.failed', times: 1 };
  world.watcher.deaf = true;
  await world.clock.advance(HOUR_MS);
  await world.files.rename('/s/a', '/elsewhere');
  await world.clock.advance(30_000);
  expect(await world.paths()).toEqual(['/s/1']);
});

test('a file that cannot be opened for once is not said to be gone, and stays shared', async () => {
  const hash = await world.hashOf('/s/a/1');
  fails = { call: 'openRead', path: '/s/a/1', code: 'disk.failed', times: 1 };
  await expect(world.served(hash)).rejects.toMatchObject({ code: 'disk.failed' });
  expect(await world.paths()).toEqual(ALL);
  expect(await world.served(hash)).toBe('/s/a/1');
  await world.clock.advance(60_000);
});

test('a shared folder that cannot be looked at for a moment stays shared, and one that cannot for longer is away', async () => {
  fails = { call: 'stat', path: '/s', code: 'disk.failed', times: 2 };
  await world.clock.advance(60_000);
  expect(fails.times).toBe(0);
  expect(await world.paths()).toEqual(ALL);
  expect(world.logger.lines.filter(({ event }) => event === 'a folder cannot be used')).toEqual([]);
  fails = { call: 'stat', path: '/s', code: 'disk.failed', times: Number.POSITIVE_INFINITY };
  await world.clock.advance(30_000);
  expect(world.library.shares()).toMatchObject([{ files: 0, reason: 'disk.failed' }]);
  fails = undefined;
  await world.clock.advance(30_000);
  expect(await world.paths()).toEqual(ALL);
});

test('a file that cannot be read is tried again soon, and ever more rarely', async () => {
  fails = { call: 'hash', path: '/s/new', code: 'disk.failed', times: Number.POSITIVE_INFINITY };
  world.files.putFile('/s/new', 'x');
  await world.clock.advance(HOUR_MS - 60_000);
  const tries = world.hasher.hashed.filter((path) => path === '/s/new').length;
  expect(tries).toBeGreaterThan(3);
  expect(tries).toBeLessThan(8);
  fails = undefined;
  await world.clock.advance(HOUR_MS);
  expect(await world.paths()).toContain('/s/new');
});

test.each(['data.unusable', 'disk.failed'] as const)(
  'a database that is %s for a while is not blamed on the file, which is saved when it is over',
  async (code) => {
    const save = world.store.save.bind(world.store);
    world.store.save = () => Promise.reject(new AppError(code, { path: '/data/shoal.db', why: 'it is locked' }));
    world.files.putFile('/s/new', 'x');
    await world.clock.advance(30_000);
    expect(world.library.shares()).toMatchObject([{ left: { unreadable: 0 } }]);
    world.store.save = save;
    await world.clock.advance(60_000);
    expect(await world.paths()).toContain('/s/new');
  },
);
