import { execFileSync } from 'node:child_process';
import { mkdtempSync, realpathSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { FileSystem } from '../../src-main/engine/ports/index.ts';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';

type World = {
  readonly files: FileSystem;
  readonly folder: string;
  link(path: string, target: string): void;
  special(path: string): void;
  end(): void;
};

function realWorld(): World {
  const folder = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-files-')));
  return {
    files: new NodeFileSystem(),
    folder,
    link: (path, target) => symlinkSync(target, path),
    special: (path) => execFileSync('mkfifo', [path]),
    end: () => rmSync(folder, { recursive: true, force: true }),
  };
}

function memoryWorld(): World {
  const files = new MemoryFileSystem({ clock: { wallMs: () => 1e12 } });
  files.mount('/data/shoal');
  return {
    files,
    folder: '/data/shoal',
    link: (path, target) => files.putLink(path, target),
    special: (path) => files.putSpecial(path),
    end: () => expect(files.openHandles).toBe(0),
  };
}

const text = (bytes: Uint8Array | undefined) => bytes && new TextDecoder().decode(bytes);
const bytes = (content: string) => new TextEncoder().encode(content);

describe.each([
  ['NodeFileSystem', realWorld],
  ['MemoryFileSystem', memoryWorld],
])('%s', (_, makeWorld) => {
  let world: World;
  let files: FileSystem;
  beforeEach(() => {
    world = makeWorld();
    files = world.files;
  });
  afterEach(() => world.end());
  const at = (...names: string[]) => files.paths.join(world.folder, ...names);

  test('stat tells kind, size and identity, and follows links; statLink does not', async () => {
    await files.writeSmall(at('a'), bytes('four'));
    world.link(at('l'), 'a');
    const real = await files.stat(at('a'));
    expect(real).toMatchObject({ kind: 'file', size: 4 });
    expect(await files.stat(at('l'))).toEqual(real);
    expect(await files.statLink(at('l'))).toMatchObject({ kind: 'link' });
    expect(await files.stat(world.folder)).toMatchObject({ kind: 'folder' });
  });

  test('what is not there is undefined', async () => {
    world.link(at('dangling'), 'none');
    expect(await files.stat(at('none'))).toBeUndefined();
    expect(await files.stat(at('none', 'below'))).toBeUndefined();
    expect(await files.stat(at('dangling'))).toBeUndefined();
    expect(await files.statLink(at('none'))).toBeUndefined();
    expect(await files.realPath(at('none'))).toBeUndefined();
    expect(await files.list(at('none'))).toBeUndefined();
    expect(await files.openRead(at('none'))).toBeUndefined();
    expect(await files.readSmall(at('none'), 10)).toBeUndefined();
    await files.remove(at('none'));
  });

  test('a file is no folder', async () => {
    await files.writeSmall(at('a'), bytes('x'));
    expect(await files.list(at('a'))).toBeUndefined();
    expect(await files.stat(at('a', 'below'))).toBeUndefined();
    await expect(files.makeFolder(at('a', 'below'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('lists a folder sorted by name, with the kind of each entry', async () => {
    await files.writeSmall(at('b'), bytes('x'));
    await files.makeFolder(at('C'));
    world.link(at('a'), 'b');
    world.special(at('d'));
    expect(await files.list(world.folder)).toEqual([
      { name: 'C', kind: 'folder' },
      { name: 'a', kind: 'link' },
      { name: 'b', kind: 'file' },
      { name: 'd', kind: 'other' },
    ]);
  });

  test('realPath resolves every link on the way', async () => {
    await files.makeFolder(at('real', 'deep'));
    await files.writeSmall(at('real', 'deep', 'f'), bytes('x'));
    world.link(at('way'), 'real');
    world.link(at('real', 'up'), at('real', 'deep'));
    expect(await files.realPath(at('way', 'up', 'f'))).toBe(at('real', 'deep', 'f'));
  });

  test('a loop of links is an error and not a hang', async () => {
    world.link(at('x'), 'y');
    world.link(at('y'), 'x');
    await expect(files.stat(at('x'))).rejects.toMatchObject({ code: 'disk.failed' });
  });

  test('openRead refuses links, folders and special files without waiting for a writer', async () => {
    await files.writeSmall(at('a'), bytes('x'));
    world.link(at('l'), 'a');
    world.special(at('fifo'));
    for (const path of [at('l'), at('fifo'), world.folder]) {
      await expect(files.openRead(path)).rejects.toMatchObject({ code: 'disk.failed' });
    }
    await expect(files.openWrite(at('l'))).rejects.toBeDefined();
  });

  test('reads from any position, and less only at the end', async () => {
    await files.writeSmall(at('a'), bytes('0123456789'));
    const handle = await files.openRead(at('a'));
    const target = new Uint8Array(4);
    expect(await handle?.read(target, 3)).toBe(4);
    expect(text(target)).toBe('3456');
    expect(await handle?.read(target, 8)).toBe(2);
    expect(await handle?.read(target, 100)).toBe(0);
    await handle?.close();
  });

  test('writes anywhere, leaving holes of zeros, and cuts', async () => {
    const handle = await files.openWrite(at('part'));
    await handle.write(bytes('tail'), 10_000);
    await handle.write(bytes('head'), 0);
    expect((await handle.stat()).size).toBe(10_004);
    const target = new Uint8Array(6);
    await handle.read(target, 9_998);
    expect([...target]).toEqual([0, 0, ...bytes('tail')]);
    await handle.resize(4);
    await handle.resize(6);
    await handle.sync();
    expect(await files.readSmall(at('part'), 10)).toEqual(new Uint8Array([...bytes('head'), 0, 0]));
    await handle.close();
    await expect(handle.stat()).rejects.toMatchObject({ code: 'disk.failed' });
  });

  test('openWrite keeps what is there and needs the folder', async () => {
    await files.writeSmall(at('a'), bytes('keep'));
    await (await files.openWrite(at('a'))).close();
    expect(text(await files.readSmall(at('a'), 10))).toBe('keep');
    await expect(files.openWrite(at('none', 'a'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('a change is seen in ctime even when size and mtime are the same', async () => {
    await files.writeSmall(at('a'), bytes('one'));
    const before = await files.stat(at('a'));
    const handle = await files.openWrite(at('a'));
    // Some file systems stamp with a tick of 10 ms at worst: write until the next one.
    for (let i = 0; (await handle.stat()).changedMs === before?.changedMs; i++) {
      if (i > 1e5) throw new Error('ctime stands still');
      await handle.write(bytes('two'), 0);
    }
    expect((await handle.stat()).inode).toBe(before?.inode);
    await handle.close();
  });

  test('a name that is too long is told, and nothing is made', async () => {
    await files.writeSmall(at('a'), bytes('four'));
    const [fits, long] = [at('é'.repeat(127)), at('é'.repeat(128))];
    expect(await files.link(at('a'), long)).toBe('too-long');
    expect(await files.createExclusive(long)).toBe('too-long');
    expect(await files.link(at('a'), fits)).toBe('linked');
    expect(await files.list(world.folder)).toHaveLength(2);
  });

  test('link gives a second name to the same file, and never replaces', async () => {
    await files.writeSmall(at('a'), bytes('x'));
    await files.writeSmall(at('taken'), bytes('y'));
    expect(await files.link(at('a'), at('b'))).toBe('linked');
    expect((await files.stat(at('b')))?.inode).toBe((await files.stat(at('a')))?.inode);
    expect(await files.link(at('a'), at('taken'))).toBe('exists');
    expect(text(await files.readSmall(at('taken'), 10))).toBe('y');
    await expect(files.link(at('none'), at('c'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('createExclusive never opens what is there', async () => {
    expect(await files.createExclusive(at('a'))).toBe('created');
    expect(await files.createExclusive(at('a'))).toBe('exists');
    world.link(at('dangling'), 'none');
    expect(await files.createExclusive(at('dangling'))).toBe('exists');
  });

  test('rename replaces, remove removes', async () => {
    await files.writeSmall(at('a'), bytes('a'));
    await files.writeSmall(at('b'), bytes('b'));
    expect(await files.rename(at('a'), at('b'))).toBe('renamed');
    expect(await files.stat(at('a'))).toBeUndefined();
    expect(text(await files.readSmall(at('b'), 10))).toBe('a');
    expect((await files.list(world.folder))?.map(({ name }) => name)).toEqual(['b']);
    await files.remove(at('b'));
    expect(await files.list(world.folder)).toEqual([]);
    await expect(files.rename(at('none'), at('x'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('writeSmall replaces in one step and leaves nothing beside', async () => {
    await files.writeSmall(at('a'), bytes('one'));
    const before = await files.stat(at('a'));
    await files.writeSmall(at('a'), bytes('two'));
    expect((await files.stat(at('a')))?.inode).not.toBe(before?.inode);
    expect(text(await files.readSmall(at('a'), 3))).toBe('two');
    expect(await files.list(world.folder)).toHaveLength(1);
    await expect(files.readSmall(at('a'), 2)).rejects.toMatchObject({ code: 'disk.failed' });
    await expect(files.writeSmall(at('none', 'a'), bytes('x'))).rejects.toMatchObject({ code: 'disk.missing' });
  });

  test('knows free space, and syncs a folder', async () => {
    expect(await files.freeBytes(world.folder)).toBeGreaterThan(0);
    await expect(files.freeBytes(at('none'))).rejects.toMatchObject({ code: 'disk.missing' });
    await files.syncFolder(world.folder);
  });

  test('paths are composed and taken apart', () => {
    const { paths } = files;
    const path = paths.join(world.folder, 'a', 'b.txt');
    expect(paths.name(path)).toBe('b.txt');
    expect(paths.parent(path)).toBe(paths.join(world.folder, 'a'));
    expect(paths.relative(world.folder, path)).toBe('a/b.txt');
    expect(paths.isInside(world.folder, path)).toBe(true);
    expect(paths.isInside(world.folder, world.folder)).toBe(true);
    expect(paths.isInside(paths.join(world.folder, 'a'), paths.join(world.folder, 'ab'))).toBe(false);
    expect(paths.isInside(paths.join(world.folder, 'a'), paths.join(world.folder, 'a', '..', 'b'))).toBe(false);
    expect(paths.isInside(world.folder, paths.join(world.folder, '..x'))).toBe(true);
    expect([paths.isAbsolute(path), paths.isAbsolute('a/b')]).toEqual([true, false]);
  });

  test('a folder of 5,000 entries is listed in order', async () => {
    const names = Array.from({ length: 5000 }, (_, i) => `f${(i * 7919) % 5000}`);
    if (files instanceof MemoryFileSystem) for (const name of names) files.putFile(at(name), '');
    else for (const name of names) writeFileSync(at(name), '');
    expect((await files.list(world.folder))?.map(({ name }) => name)).toEqual(names.sort());
  });
});

describe('MemoryFileSystem faults', () => {
  const make = () => new MemoryFileSystem({ clock: { wallMs: () => 0 } });

  test('a full disk refuses what does not fit, and keeps what was there', async () => {
    const files = make();
    files.putFile('/a', 'x');
    files.faults.quotaBytes = 8192;
    const handle = await files.openWrite('/a');
    await handle.write(new Uint8Array(4096), 4096);
    await expect(handle.write(new Uint8Array(1), 8192)).rejects.toMatchObject({ code: 'disk.full' });
    expect((await handle.stat()).size).toBe(8192);
    expect(await files.freeBytes('/')).toBe(0);
    await handle.close();
  });

  test('a read-only disk, an unreadable folder and short reads', async () => {
    const files = make();
    files.putFile('/d/a', '12345');
    files.faults.readOnly = true;
    await expect(files.createExclusive('/b')).rejects.toMatchObject({ code: 'disk.read-only' });
    files.faults.readLimit = 2;
    const handle = await files.openRead('/d/a');
    expect(await handle?.read(new Uint8Array(5), 0)).toBe(2);
    files.faults.unreadable.add('/d');
    await expect(files.list('/d')).rejects.toMatchObject({ code: 'disk.denied' });
    await expect(files.openRead('/d/a')).rejects.toMatchObject({ code: 'disk.denied' });
  });

  test('a vanished folder comes back with the same files', async () => {
    const files = make();
    files.putFile('/d/a', '1');
    const before = await files.stat('/d/a');
    files.vanish('/d');
    expect(await files.stat('/d/a')).toBeUndefined();
    files.comeBack('/d');
    expect(await files.stat('/d/a')).toEqual(before);
  });

  test('another file system has no links or renames from this one', async () => {
    const files = make();
    files.putFile('/a', '1');
    files.mount('/usb');
    expect(await files.link('/a', '/usb/a')).toBe('unsupported');
    expect(await files.rename('/a', '/usb/a')).toBe('other-device');
  });
});
