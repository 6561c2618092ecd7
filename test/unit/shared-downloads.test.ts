import { afterEach, beforeEach, expect, test } from 'vitest';
import type { Events } from '../../src-main/contract/api.ts';
import { AppError } from '../../src-main/contract/errors.ts';
import { SharedDownloads } from '../../src-main/engine/shared-downloads.ts';
import { LibraryWorld } from '../support/library-world.ts';

let world: LibraryWorld;
let downloads: SharedDownloads;
let withdrawn: number;
let told: Events['settings'][];

/** As a start of the peer makes it. */
const make = () =>
  new SharedDownloads({
    ...world,
    folder: '/downloads',
    settings: {
      get: () => world.settings,
      set: async (key, value) => {
        world.settings = { ...world.settings, [key]: value };
        return { value, restartNeeded: false };
      },
    },
    withdrawUnshared: async () => {
      withdrawn += 1;
    },
    settingChanged: (change) => told.push(change),
  });
const pathsOfShares = () => world.library.shares().map(({ path }) => path);
const change = (settings: object) => {
  world.settings = { ...world.settings, ...settings };
  return downloads.settingChanged();
};

beforeEach(async () => {
  world = await LibraryWorld.make();
  withdrawn = 0;
  told = [];
  world.files.putFile('/downloads/a', 'a');
  world.files.putFile('/other/b', 'b');
  downloads = make();
});
afterEach(() => world.stop());

/** The peer starts. */
async function start(): Promise<void> {
  await downloads.share();
  await world.library.start();
  await world.scanned();
}

test('are shared no more as soon as the setting says so, and again', async () => {
  await start();
  expect(await world.paths()).toEqual(['/downloads/a']);
  await change({ 'downloads.share': false });
  expect([await world.paths(), pathsOfShares(), withdrawn]).toEqual([[], [], 1]);
  expect(await downloads.share()).toBe(false);
  await change({ 'downloads.share': true });
  await world.scanned();
  expect(await world.paths()).toEqual(['/downloads/a']);
});

test('are shared no more in the folder where they went before', async () => {
  await start();
  await change({ 'downloads.folder': '/other' });
  expect([pathsOfShares(), withdrawn]).toEqual([['/other'], 1]);
  await change({ 'downloads.folder': '/not/there/yet' });
  expect(pathsOfShares()).toEqual([]);
});

test('stay in a folder that the user shares on his own, before or afterwards', async () => {
  await world.library.addFolder('/downloads', { kept: false });
  await start();
  await change({ 'downloads.share': false });
  expect(pathsOfShares()).toEqual(['/downloads']);
  await change({ 'downloads.share': true, 'downloads.folder': '/other' });
  await world.library.addFolder('/other', { kept: true });
  await change({ 'downloads.share': false });
  expect(pathsOfShares()).toEqual(['/downloads', '/other']);
});

test('whose folder the user removes are not shared again, neither by the next download nor by the next start', async () => {
  world.files.putLink('/link', '/downloads');
  await start();
  await downloads.removeFolder('/link');
  expect(told).toEqual([{ key: 'downloads.share', value: false, restartNeeded: false }]);
  expect([pathsOfShares(), withdrawn]).toEqual([[], 1]);
  expect(await downloads.share()).toBe(false);
  downloads = make();
  expect(await downloads.share()).toBe(false);
  expect(pathsOfShares()).toEqual([]);
});

test('whose folder cannot be removed are shared still, and the setting says so', async () => {
  await start();
  const removeFolder = world.store.removeFolder.bind(world.store);
  world.store.removeFolder = () => Promise.reject(new AppError('disk.full', { path: 'shoal.db' }));
  await expect(downloads.removeFolder('/downloads')).rejects.toMatchObject({ code: 'disk.full' });
  world.store.removeFolder = removeFolder;
  expect([pathsOfShares(), world.settings['downloads.share']]).toEqual([['/downloads'], true]);
  expect(told.map(({ value }) => value)).toEqual([false, true]);
});

test('are not touched by the removal of another folder, nor of one that is not shared', async () => {
  await world.library.addFolder('/other', { kept: true });
  await start();
  await downloads.removeFolder('/other');
  await expect(downloads.removeFolder('/other')).rejects.toMatchObject({ code: 'share.unknown' });
  expect([pathsOfShares(), told]).toEqual([['/downloads'], []]);
});

test('that end while the setting is changed are not shared after it', async () => {
  await start();
  const shared = downloads.share();
  await change({ 'downloads.share': false });
  await shared;
  expect(pathsOfShares()).toEqual([]);
});

/** Until the returned function is called, the disk of the download folder does not answer. */
function hang(): () => void {
  const { promise, resolve } = Promise.withResolvers<void>();
  const { files } = world;
  for (const name of ['stat', 'realPath', 'list'] as const) {
    const real = files[name].bind(files) as (path: string) => Promise<never>;
    files[name] = async (path: string) => {
      if (path.startsWith('/downloads')) await promise;
      return real(path);
    };
  }
  return resolve;
}

test('hold up neither the start nor a removal when their disk does not answer, and are shared when it does', async () => {
  const answer = hang();
  await world.library.addFolder('/other', { kept: true });
  let hasStarted = false;
  const start = async () => {
    await downloads.share();
    await world.library.start();
    hasStarted = true;
  };
  const started = start();
  await world.clock.advance(60_000);
  expect(hasStarted).toBe(true);
  await started;
  expect(await world.paths()).toEqual(['/other/b']);
  expect(world.library.shares()).toMatchObject([{ path: '/other' }, { path: '/downloads', reason: 'disk.failed' }]);
  // Named by a link, so that where it leads must be asked.
  world.files.putLink('/link', '/other');
  await downloads.removeFolder('/link');
  expect(pathsOfShares()).toEqual(['/downloads']);
  answer();
  await world.clock.advance(30_000);
  expect(await world.paths()).toEqual(['/downloads/a']);
});

test('are no reason to wait without end when their folder is not shared and another one is removed', async () => {
  await world.library.addFolder('/other', { kept: true });
  await world.library.start();
  const answer = hang();
  let isRemoved = false;
  const removed = downloads.removeFolder('/other').then(() => {
    isRemoved = true;
  });
  await world.clock.advance(20_000);
  expect(isRemoved).toBe(true);
  await removed;
  expect([pathsOfShares(), told]).toEqual([[], []]);
  answer();
});
