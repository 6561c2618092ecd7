import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import type { Watcher, WatchHandle } from '../../src-main/engine/ports/index.ts';
import { ChokidarWatcher } from '../../src-main/platform/chokidar-watcher.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryWatcher } from '../../src-main/simulator/memory-watcher.ts';

type World = {
  readonly watcher: Watcher;
  readonly folder: string;
  write(name: string, text: string): void;
  remove(name: string): Promise<void>;
  rename(from: string, to: string): Promise<void>;
  link(name: string, target: string): void;
  end(): void;
};

function realWorld(): World {
  const top = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-watch-')));
  const folder = join(top, 'shared');
  mkdirSync(folder);
  const at = (name: string) => join(folder, name);
  return {
    watcher: new ChokidarWatcher(),
    folder,
    write: (name, text) => {
      mkdirSync(dirname(at(name)), { recursive: true });
      writeFileSync(at(name), text);
    },
    remove: async (name) => rmSync(at(name), { recursive: true }),
    rename: async (from, to) => renameSync(at(from), at(to)),
    link: (name, target) => symlinkSync(at(target), at(name)),
    end: () => rmSync(top, { recursive: true, force: true }),
  };
}

function memoryWorld(): World {
  const files = new MemoryFileSystem({ clock: { wallMs: () => 1e12 } });
  const folder = '/top/shared';
  const at = (name: string) => files.paths.join(folder, name);
  files.putFile(at('..keep'), '');
  return {
    watcher: new MemoryWatcher(files),
    folder,
    write: (name, text) => files.putFile(at(name), text),
    remove: (name) => files.remove(at(name)),
    rename: async (from, to) => void (await files.rename(at(from), at(to))),
    link: (name, target) => files.putLink(at(name), at(target)),
    end: () => undefined,
  };
}

describe.each([
  ['ChokidarWatcher', realWorld],
  ['MemoryWatcher', memoryWorld],
])('%s', (_, makeWorld) => {
  let world: World;
  let handles: WatchHandle[];
  beforeEach(() => {
    world = makeWorld();
    handles = [];
  });
  afterEach(async () => {
    await Promise.all(handles.map((handle) => handle.close()));
    world.end();
  });

  /** A watch whose `seen(name)` resolves when that path was told, before or after the call. */
  async function watch(folder = world.folder) {
    const paths = new Set<string>();
    const waiting = new Map<string, () => void>();
    const onChange = (path: string) => {
      paths.add(path);
      waiting.get(path)?.();
    };
    const listener = { onChange, onError: () => undefined, onEnd: () => undefined };
    const handle = await world.watcher.watch(folder, listener);
    handles.push(handle);
    const seen = (name: string) =>
      new Promise<void>((resolve) => {
        const path = join(world.folder, name);
        if (paths.has(path)) resolve();
        else waiting.set(path, resolve);
      });
    return { handle, paths, seen, forget: () => paths.clear() };
  }

  test('tells of a new file, of its change and of its removal', async () => {
    const { seen, forget } = await watch();
    world.write('a.txt', 'one');
    await seen('a.txt');
    forget();
    world.write('a.txt', 'two!');
    await seen('a.txt');
    forget();
    await world.remove('a.txt');
    await seen('a.txt');
  });

  test('tells of files in folders that appear later, or of those folders', async () => {
    const { seen, forget } = await watch();
    world.write('new/a.txt', 'one');
    await seen('new');
    forget();
    world.write('new/b.txt', 'two');
    await seen('new/b.txt');
  });

  test('tells of both names of a renamed file', async () => {
    world.write('a.txt', 'one');
    const { seen } = await watch();
    await world.rename('a.txt', 'b.txt');
    await Promise.all([seen('a.txt'), seen('b.txt')]);
  });

  test('does not look behind a link', async () => {
    world.write('in/mark', '');
    world.write('../outside/a.txt', 'one');
    world.link('in/out', '../outside');
    const { paths, seen } = await watch(join(world.folder, 'in'));
    world.write('../outside/a.txt', 'two');
    world.write('in/mark', 'now');
    await seen('in/mark');
    expect([...paths].filter((path) => path.includes('out'))).toEqual([]);
  });

  test('two watches are told apart, and a closed one is silent', async () => {
    world.write('x/1', '');
    world.write('y/1', '');
    const x = await watch(join(world.folder, 'x'));
    const y = await watch(join(world.folder, 'y'));
    await x.handle.close();
    await x.handle.close();
    world.write('x/2', '');
    world.write('y/2', '');
    await y.seen('y/2');
    expect([...x.paths]).toEqual([]);
    expect([...y.paths].some((path) => path.startsWith(join(world.folder, 'x')))).toBe(false);
  });

  test('watches again after everything was closed', async () => {
    const first = await watch();
    await first.handle.close();
    const { seen } = await watch();
    world.write('a.txt', 'one');
    await seen('a.txt');
  });

  test('a folder that is not there is disk.missing', async () => {
    await expect(watch(join(world.folder, 'none'))).rejects.toMatchObject({ code: 'disk.missing' });
  });
});
