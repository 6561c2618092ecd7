import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { HoldingDigest } from '../../../src-main/engine/wire/holding-digest.ts';
import { LibraryWorld } from '../../support/library-world.ts';
import { sha256 } from '../../support/sha256.ts';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
});
afterEach(async () => {
  await world.stop();
});

describe('a shared folder', () => {
  test('that vanishes is reported and not served, and comes back without reading', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    const hash = await world.hashOf('/s/a');
    world.hasher.hashed.length = 0;
    world.files.vanish('/s');
    await world.scanned();
    expect(world.library.shares()).toMatchObject([{ path: '/s', files: 0, reason: 'disk.missing' }]);
    expect(await world.served(hash)).toBe('unknown');
    world.files.comeBack('/s');
    await world.scanned();
    expect(world.library.shares()).toMatchObject([{ path: '/s', files: 1, reason: null }]);
    expect(await world.served(hash)).toBe('a');
    expect(world.hasher.hashed).toEqual([]);
    world.files.putFile('/s/b', 'watched again');
    await world.clock.advance(5000);
    expect(world.library.totals().files).toBe(2);
    const told = world.logger.lines.map(({ event }) => event).filter((event) => event.startsWith('a folder'));
    expect(told).toEqual(['a folder cannot be used', 'a folder can be used again']);
  });

  test('that is not there at the start is kept and waited for', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    await world.library.stop();
    world.files.vanish('/s');
    await world.restart();
    expect(world.library.shares()).toMatchObject([{ path: '/s', files: 0, reason: 'disk.missing' }]);
    world.files.comeBack('/s');
    await world.scanned();
    expect(await world.paths()).toEqual(['/s/a']);
    expect(world.hasher.hashed).toEqual([]);
  });

  test('that is a link is shared as what it leads to', async () => {
    world.files.putFile('/disk/music/a', 'a');
    world.files.putLink('/home/music', '/disk/music');
    await world.share('/home/music');
    expect(await world.paths()).toEqual(['/disk/music/a']);
    expect(world.library.shares()).toMatchObject([{ path: '/home/music', files: 1 }]);
    expect(await world.library.addFolder('/disk/music', { kept: true })).toBe('/home/music');
    expect(world.library.shares()).toHaveLength(1);
  });

  test('that is removed ends at once, also while it is scanned', async () => {
    for (let i = 0; i < 20; i++) world.files.putFile(`/s/${i}`, `${i}`);
    await world.clock.advance(60_000);
    const release = world.hasher.hold();
    await world.library.addFolder('/s', { kept: true });
    await world.library.start();
    await world.clock.advance(1000);
    const removing = world.library.removeFolder('/s/');
    release();
    await removing;
    await world.clock.advance(5000);
    expect(world.library.shares()).toEqual([]);
    expect(world.library.totals().files).toBe(0);
    expect(world.hasher.hashed).toHaveLength(1);
    await expect(world.library.removeFolder('/s')).rejects.toMatchObject({ code: 'share.unknown' });
  });

  test('that the database cannot forget stays shared, until it can', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    const { transact } = world.database;
    world.database.transact = () => Promise.reject(new AppError('disk.full', { path: '/data', needed: '1 MB' }));
    await expect(world.library.removeFolder('/s')).rejects.toMatchObject({ code: 'disk.full' });
    world.database.transact = transact;
    expect(world.library.shares()).toMatchObject([{ path: '/s', files: 1 }]);
    world.files.putFile('/s/b', 'b');
    await world.scanned();
    expect(await world.paths()).toEqual(['/s/a', '/s/b']);
    await world.library.removeFolder('/s');
    expect([await world.paths(), world.watcher.watching]).toEqual([[], 0]);
    await world.restart();
    expect(world.library.shares()).toEqual([]);
  });

  test('that is removed is not watched any more, even when its files cannot be hidden', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    world.store.hideFolder = () => Promise.reject(new AppError('disk.full', { path: '/data', needed: '1 MB' }));
    await expect(world.library.removeFolder('/s')).rejects.toMatchObject({ code: 'disk.full' });
    expect([world.library.shares(), world.watcher.watching]).toEqual([[], 0]);
    expect(await world.library.open(await world.hashOf('/s/a'))).toEqual({ kind: 'gone' });
  });

  test.each([
    ['/none', 'share.missing'],
    ['/s/a', 'share.missing'],
    ['relative', 'share.not-allowed'],
    ['/', 'share.not-allowed'],
  ])('cannot be %s', async (path, code) => {
    world.files.putFile('/s/a', 'a');
    await expect(world.library.addFolder(path, { kept: true })).rejects.toMatchObject({ code });
  });
});

describe('a finished download', () => {
  const finished = async (path: string) => {
    const { hash, size, chunkLayer } = await world.hasher.hashFile(path);
    world.hasher.hashed.length = 0;
    return { path, hash, size, chunkLayer };
  };

  test('is shared without being read again', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    world.files.putFile('/s/big.iso', new Uint8Array(3 * 2 ** 20).fill(7));
    const file = await finished('/s/big.iso');
    expect(await world.library.adopt(file)).toBe(true);
    expect(world.library.totals().files).toBe(2);
    expect(await world.library.chunkLayer(file.hash, file.size)).toEqual(file.chunkLayer);
    await world.clock.advance(20_000);
    expect(world.hasher.hashed).toEqual([]);
    await world.restart();
    expect(world.hasher.hashed).toEqual([]);
  });

  test.each(['/elsewhere/a.iso', '/s/.hidden/a.iso', '/s/a.iso.part'])('at %s is not shared', async (path) => {
    world.files.putFile('/s/b', 'b');
    await world.share('/s');
    world.files.putFile(path, 'content');
    expect(await world.library.adopt(await finished(path))).toBe(false);
    expect(world.library.totals().files).toBe(1);
  });

  test('that is not as long as it should be is not shared', async () => {
    world.files.putFile('/s/b', 'b');
    await world.share('/s');
    world.files.putFile('/s/c', 'content');
    const file = await finished('/s/c');
    expect(await world.library.adopt({ ...file, size: 6 })).toBe(false);
  });
});

describe('what others are told', () => {
  test('is one descriptor for each content, in order of hash, in pages', async () => {
    for (let i = 0; i < 30; i++) world.files.putFile(`/s/${i}`, `content ${i % 20}`);
    await world.share('/s');
    const seen = [];
    let after: Awaited<ReturnType<LibraryWorld['hashOf']>> | undefined;
    for (;;) {
      const page = await world.library.descriptors(after, 7);
      if (page.length === 0) break;
      seen.push(...page);
      after = page.at(-1)?.hash;
    }
    expect(seen).toHaveLength(20);
    expect(seen.map(({ hash }) => hash)).toEqual(seen.map(({ hash }) => hash).toSorted());
    expect(world.library.totals().files).toBe(30);
    const pages = [];
    let next: string | null | undefined;
    do {
      const page = await world.library.files({ ...(next ? { after: next } : {}), limit: 7 });
      pages.push(...page.files.map(({ path }) => path));
      next = page.next;
    } while (next !== null);
    expect(pages.toSorted()).toEqual(await world.paths());
  });

  test('has names as they arrive, so that both sides compute the same digest', async () => {
    world.files.putFile('/s/bad\u0001name.txt', 'x');
    await world.share('/s');
    const [descriptor] = await world.library.descriptors(undefined, 10);
    expect(descriptor?.name).toBe('bad\ufffdname.txt');
    const digest = new HoldingDigest(sha256);
    if (descriptor) digest.add(descriptor);
    expect(digest.value()).toMatch(/^(?!0{32})[0-9a-f]{32}$/);
  });

  test('changes are told once for what changed together, and not when nothing did', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    const before = world.changes;
    await world.clock.advance(30_000);
    expect(world.changes).toBe(before);
    world.files.putFile('/s/b', 'b');
    await world.scanned();
    expect(world.changes).toBeGreaterThan(before);
  });

  test('find gives the descriptor of a shared file only', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    const hash = await world.hashOf('/s/a');
    expect(await world.library.find(hash)).toMatchObject({ hash, size: 1, name: 'a' });
    expect(await world.library.find(hash, 2)).toBeUndefined();
    expect(await world.library.chunkLayer(hash, 1)).toEqual(new Uint8Array(0));
    await world.library.removeFolder('/s');
    expect(await world.library.find(hash)).toBeUndefined();
    expect(await world.library.chunkLayer(hash, 1)).toBeUndefined();
  });
});

test('a watch that cannot be had is left to the rescan, and tried again', async () => {
  const watch = world.watcher.watch.bind(world.watcher);
  world.watcher.watch = () => Promise.reject(new AppError('disk.failed', { path: '/s', why: 'no watches left' }));
  world.files.putFile('/s/a', 'a');
  world.settings = { ...world.settings, 'library.rescan': 60_000 };
  await world.share('/s');
  const warnings = world.logger.lines.filter(({ level }) => level === 'warn');
  expect(warnings.map(({ fields }) => fields.why)).toEqual([expect.stringContaining('no watches left')]);
  world.watcher.watch = watch;
  await world.clock.advance(90_000);
  world.files.putFile('/s/b', 'b');
  await world.clock.advance(5000);
  expect(await world.paths()).toEqual(['/s/a', '/s/b']);
});
