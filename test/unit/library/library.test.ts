import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { LibraryWorld } from '../../support/library-world.ts';

let world: LibraryWorld;
beforeEach(async () => {
  world = await LibraryWorld.make();
});
afterEach(async () => {
  await world.stop();
});

describe('a scan', () => {
  test('shares files of all depths and announces how many', async () => {
    world.files.putFile('/music/a.mp3', 'aaaa');
    world.files.putFile('/music/deep/er/b.pdf', 'bb');
    await world.share('/music');
    expect(world.scans).toEqual([{ files: 2, bytes: 6 }]);
    expect(world.library.totals()).toEqual({ files: 2, bytes: 6 });
    const { files, next } = await world.library.files({ limit: 10 });
    expect(files.map(({ path, name, size, type }) => ({ path, name, size, type }))).toEqual(
      expect.arrayContaining([
        { path: '/music/a.mp3', name: 'a.mp3', size: 4, type: 'audio' },
        { path: '/music/deep/er/b.pdf', name: 'b.pdf', size: 2, type: 'document' },
      ]),
    );
    expect(next).toBeNull();
  });

  test('without any shared folder announces nothing shared', async () => {
    await world.share();
    expect(world.scans).toEqual([{ files: 0, bytes: 0 }]);
  });

  test('leaves out and counts what is not to be shared', async () => {
    const { files } = world;
    files.putFile('/s/ok.txt', 'ok');
    files.putFile('/s/.secret', 'x');
    files.putFile('/s/.shoal-parts/half', 'x');
    files.putFile('/s/film.mkv.part', 'x');
    files.putFile('/s/film.mkv.!qB', 'x');
    files.putFile('/s/empty', '');
    files.putSpecial('/s/socket');
    files.putFile('/s/denied/deep/file', 'x');
    files.putFile('/s/locked.txt', 'x');
    files.faults.unreadable.add('/s/denied').add('/s/locked.txt');
    await world.share('/s');
    expect(await world.paths()).toEqual(['/s/ok.txt']);
    expect(world.library.shares()).toEqual([
      {
        ...{ path: '/s', files: 1, bytes: 2, reason: null },
        left: { hidden: 2, linksOut: 0, special: 1, empty: 1, unreadable: 2, partial: 2, byUser: 0 },
      },
    ]);
  });

  test('follows no link out of the shared folders, no loop, and counts a file linked inside once', async () => {
    const { files } = world;
    files.putFile('/s/a/file.txt', 'x');
    files.putFile('/outside/secret.txt', 'x');
    files.putLink('/s/inside.txt', 'a/file.txt');
    files.putLink('/s/a/loop', '..');
    files.putLink('/s/out', '/outside');
    files.putLink('/s/out.txt', '/outside/secret.txt');
    files.putLink('/s/dangling', 'none');
    files.putLink('/s/self', 'self');
    await world.share('/s');
    expect(await world.paths()).toEqual(['/s/a/file.txt']);
    expect(world.library.shares()[0]?.left.linksOut).toBe(4);
  });

  test('counts files of nested shared folders once, each with the inner folder', async () => {
    world.files.putFile('/s/a', '1');
    world.files.putFile('/s/in/b', '22');
    world.files.putFile('/s/in/.x/c', '333');
    await world.share('/s', '/s/in', '/s/in/.x');
    expect(world.library.totals()).toEqual({ files: 3, bytes: 6 });
    expect(world.library.shares().map(({ path, files }) => [path, files])).toEqual([
      ['/s', 1],
      ['/s/in', 1],
      ['/s/in/.x', 1],
    ]);
    await world.library.removeFolder('/s/in');
    await world.scanned();
    expect(world.library.shares().map(({ path, files }) => [path, files])).toEqual([
      ['/s', 2],
      ['/s/in/.x', 1],
    ]);
  });

  test('never shares the data folder of the peer, but a shared folder deeper in it', async () => {
    world.files.putFile('/home/data/key.pem', 'k');
    world.files.putFile('/home/data/downloads/a', '1');
    world.files.putFile('/home/b', '2');
    await world.share('/home');
    expect(await world.paths()).toEqual(['/home/b']);
    await world.library.addFolder('/home/data/downloads', { kept: false });
    await world.scanned();
    expect(await world.paths()).toEqual(['/home/b', '/home/data/downloads/a']);
    await expect(world.library.addFolder('/home/data', { kept: true })).rejects.toMatchObject({
      code: 'share.not-allowed',
    });
  });

  test('never shares the data folder, also when that is named by a link', async () => {
    world.files.putFile('/real/data/key.pem', 'k');
    world.files.putLink('/linked', '/real');
    await world.share('/real');
    expect(await world.paths()).toEqual([]);
  });

  test('waits until a file has settled, and one that never does holds up nothing else', async () => {
    world.files.putFile('/s/done.txt', 'x');
    await world.clock.advance(60_000);
    world.files.putFile('/s/growing.txt', 'x');
    const grow = () => {
      world.files.putFile('/s/growing.txt', 'x'.repeat(world.clock.monotonicMs() % 1000));
      world.clock.setTimer(500, grow);
    };
    const timer = world.clock.setTimer(500, grow);
    await world.share('/s');
    expect(await world.paths()).toEqual(['/s/done.txt']);
    await world.clock.advance(60_000);
    expect(world.hasher.hashed).toEqual(['/s/done.txt']);
    timer.cancel();
    world = await replaced(world);
  });

  test('has a waiting list of limited length and still shares every file of a large folder', async () => {
    for (let i = 0; i < 2500; i++) world.files.putFile(`/s/d${i % 3}/${i}`, `content ${i}`);
    await world.share('/s');
    expect(world.library.totals().files).toBe(2500);
    expect(new Set(world.hasher.hashed).size).toBe(2500);
    expect(world.hasher.hashed).toHaveLength(2500);
  });

  test('takes the shared folders in turn, so that a small one does not wait for a large one', async () => {
    for (let i = 0; i < 50; i++) world.files.putFile(`/large/${i}`, `${i}`);
    world.files.putFile('/small/a', 'a');
    await world.clock.advance(60_000);
    await world.share('/large', '/small');
    expect(world.hasher.hashed.indexOf('/small/a')).toBeLessThan(5);
  });
});

/** A world whose grower is left behind with its clock. */
async function replaced(old: LibraryWorld): Promise<LibraryWorld> {
  await old.library.stop();
  return LibraryWorld.make();
}

describe('a restart', () => {
  test('hashes no file again, and serves at once', async () => {
    world.files.putFile('/s/a', 'aaa');
    world.files.putFile('/s/b', 'bbb');
    await world.share('/s');
    const hash = await world.hashOf('/s/a');
    await world.library.stop();
    const release = world.hasher.hold();
    await world.restart();
    release();
    expect(world.hasher.hashed).toEqual([]);
    expect(world.library.totals()).toEqual({ files: 2, bytes: 6 });
    expect(await world.served(hash)).toBe('aaa');
  });

  test('sees what was added, changed and removed meanwhile', async () => {
    for (const name of ['same', 'changed', 'removed']) world.files.putFile(`/s/${name}`, name);
    await world.share('/s');
    await world.library.stop();
    world.files.putFile('/s/changed', 'CHANGED');
    world.files.putFile('/s/new/er', 'new');
    await world.files.remove('/s/removed');
    await world.restart();
    expect(await world.paths()).toEqual(['/s/changed', '/s/new/er', '/s/same']);
    expect(world.hasher.hashed.sort()).toEqual(['/s/changed', '/s/new/er']);
  });

  test('does not share a folder that was shared for one run only, and keeps what it knows of it', async () => {
    world.files.putFile('/kept/a', 'a');
    world.files.putFile('/once/b', 'b');
    await world.library.addFolder('/once', { kept: false });
    await world.share('/kept');
    const hash = await world.hashOf('/once/b');
    await world.restart();
    expect(await world.paths()).toEqual(['/kept/a']);
    expect(await world.served(hash)).toBe('unknown');
    await world.library.addFolder('/once', { kept: true });
    await world.scanned();
    expect(await world.paths()).toEqual(['/kept/a', '/once/b']);
    expect(world.hasher.hashed).toEqual([]);
  });

  test('forgets after 30 days what is not shared any more', async () => {
    world.files.putFile('/s/a', 'a');
    await world.share('/s');
    await world.library.removeFolder('/s');
    await world.library.stop();
    await world.clock.advance(31 * 24 * 3600 * 1000);
    await world.restart();
    await world.library.addFolder('/s', { kept: true });
    await world.scanned();
    expect(world.hasher.hashed).toEqual(['/s/a']);
  });
});

describe('a watched change', () => {
  beforeEach(async () => {
    world.settings = { ...world.settings, 'library.rescan': 24 * 3600 * 1000 };
    world.files.putFile('/s/a.txt', 'first');
    await world.share('/s');
  });

  test('of a new file, also in a new folder, shares it', async () => {
    world.files.putFile('/s/b.txt', 'b');
    world.files.putFile('/s/new/deep/c.txt', 'c');
    await world.scanned();
    expect(await world.paths()).toEqual(['/s/a.txt', '/s/b.txt', '/s/new/deep/c.txt']);
    expect(world.scans.at(-1)).toEqual({ files: 3, bytes: 7 });
  });

  test('of the contents gives the file another hash and never serves it under the old one', async () => {
    const before = await world.hashOf('/s/a.txt');
    world.files.putFile('/s/a.txt', 'other');
    expect(await world.served(before)).toBe('gone');
    await world.clock.advance(5000);
    expect(await world.served(before)).toBe('unknown');
    expect(await world.served(await world.hashOf('/s/a.txt'))).toBe('other');
  });

  test('by truncation to nothing ends sharing', async () => {
    world.files.putFile('/s/a.txt', '');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual([]);
    expect(world.library.shares()[0]?.left.empty).toBe(1);
  });

  test('by removal of a file or a folder ends sharing', async () => {
    world.files.putFile('/s/d/x', 'x');
    world.files.putFile('/s/d/y', 'y');
    await world.clock.advance(5000);
    await world.files.remove('/s/a.txt');
    await world.files.rename('/s/d', '/elsewhere');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual([]);
    expect(world.library.totals()).toEqual({ files: 0, bytes: 0 });
  });

  test('by renaming a folder shares its files under their new paths without reading them again', async () => {
    world.files.putFile('/s/old/x', 'x');
    await world.clock.advance(5000);
    world.hasher.hashed.length = 0;
    await world.files.rename('/s/old', '/s/new');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual(['/s/a.txt', '/s/new/x']);
    expect(world.hasher.hashed).toEqual([]);
  });

  test('by renaming a file shares it under its new name', async () => {
    await world.files.rename('/s/a.txt', '/s/b.txt');
    await world.clock.advance(5000);
    const { files } = await world.library.files({ limit: 10 });
    expect(files).toMatchObject([{ path: '/s/b.txt', name: 'b.txt' }]);
  });

  test('that replaces a file by a link to one outside ends sharing', async () => {
    world.files.putFile('/outside/a.txt', 'first');
    await world.files.remove('/s/a.txt');
    world.files.putLink('/s/a.txt', '/outside/a.txt');
    await world.clock.advance(5000);
    expect(await world.paths()).toEqual([]);
  });

  test('of hidden files costs nothing', async () => {
    await world.clock.advance(5000);
    const before = world.clock.pendingTimers;
    world.files.putFile('/s/.shoal-parts/x', 'x');
    expect(world.clock.pendingTimers).toBe(before);
  });

  test('of more paths than are kept is found by a full look', async () => {
    for (let i = 0; i < 1500; i++) world.files.putFile(`/s/many/${i}`, `${i}`);
    await world.clock.advance(10_000);
    expect(world.library.totals().files).toBe(1501);
  });

  test('that the watcher missed is found by the rescan', async () => {
    world.watcher.deaf = true;
    world.files.putFile('/s/b.txt', 'b');
    await world.clock.advance(10_000);
    expect(await world.paths()).toEqual(['/s/a.txt']);
    world.settings = { ...world.settings, 'library.rescan': 60_000 };
    await world.clock.advance(80_000);
    expect(await world.paths()).toEqual(['/s/a.txt', '/s/b.txt']);
  });
});

describe('opening', () => {
  let hash: Awaited<ReturnType<LibraryWorld['hashOf']>>;
  beforeEach(async () => {
    world.watcher.deaf = true;
    world.files.putFile('/s/d/a.txt', 'right');
    await world.share('/s');
    hash = await world.hashOf('/s/d/a.txt');
  });

  test('gives handle, path, size, name and descriptor of what is unchanged', async () => {
    const opened = await world.library.open(hash, 5);
    expect(opened).toMatchObject({
      kind: 'open',
      file: { path: '/s/d/a.txt', size: 5, name: 'a.txt', descriptor: { hash, size: 5, type: 'document' } },
    });
    if (opened.kind === 'open') await opened.file.handle.close();
    expect(await world.library.open(hash, 6)).toEqual({ kind: 'unknown' });
  });

  test.each<[string, () => unknown]>([
    ['was altered in place with size and mtime kept', alterKeepingMtime],
    ['was cut', () => world.files.putFile('/s/d/a.txt', 'righ')],
    ['was replaced by another', () => world.files.writeSmall('/s/d/a.txt', new TextEncoder().encode('wrong'))],
    ['was removed', () => world.files.remove('/s/d/a.txt')],
    ['lies behind a folder that became a link out', linkFolderOut],
    ['became a link', linkFileOut],
    ['cannot be read any more', () => world.files.faults.unreadable.add('/s/d')],
    ['lies in a folder that is gone', () => world.files.vanish('/s')],
  ])('refuses a file that %s, and does not know it afterwards', async (_, alter) => {
    await alter();
    expect(await world.served(hash)).toBe('gone');
    expect(await world.served(hash)).toBe('unknown');
    expect(world.library.totals().files).toBe(0);
  });

  test('hashes again what it refused', async () => {
    await alterKeepingMtime();
    await world.served(hash);
    await world.clock.advance(10_000);
    expect(await world.served(await world.hashOf('/s/d/a.txt'))).toBe('wrong');
  });

  test('takes another copy when one changed', async () => {
    world.files.putFile('/s/copy.txt', 'right');
    world.watcher.deaf = false;
    world.files.putFile('/s/mark', 'm');
    await world.scanned();
    world.watcher.deaf = true;
    world.files.putFile('/s/copy.txt', 'wrong');
    expect(await world.served(hash)).toBe('right');
  });

  test('knows nothing of hashes that are not shared', async () => {
    await world.library.removeFolder('/s');
    expect(await world.served(hash)).toBe('unknown');
  });

  async function alterKeepingMtime() {
    const before = await world.files.stat('/s/d/a.txt');
    world.files.putFile('/s/d/a.txt', 'wrong');
    world.files.setModified('/s/d/a.txt', before?.modifiedMs ?? 0);
  }

  async function linkFolderOut() {
    await world.files.rename('/s/d', '/outside');
    world.files.putLink('/s/d', '/outside');
  }

  async function linkFileOut() {
    await world.files.rename('/s/d/a.txt', '/outside.txt');
    world.files.putLink('/s/d/a.txt', '/outside.txt');
  }
});

describe('a file that changes while it is hashed', () => {
  test('is shared as it is in the end', async () => {
    world.files.putFile('/s/a', 'one');
    await world.clock.advance(60_000);
    let isFirst = true;
    world.hasher.before = () => {
      if (isFirst) world.files.putFile('/s/a', 'two');
      isFirst = false;
    };
    await world.share('/s');
    await world.clock.advance(10_000);
    expect(await world.served(await world.hashOf('/s/a'))).toBe('two');
    expect(world.hasher.hashed).toHaveLength(2);
  });
});
