import { mkdirSync, mkdtempSync, realpathSync, renameSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, it } from 'vitest';
import type { WatchHandle } from '../../src-main/engine/ports/index.ts';
import { NodeWatcher } from '../../src-main/platform/node-watcher.ts';

let top: string;
let shared: string;
let handle: WatchHandle;
let told: string[];
beforeEach(async () => {
  top = realpathSync(mkdtempSync(join(tmpdir(), 'shoal-watcher-')));
  shared = join(top, 'shared');
  mkdirSync(join(shared, 'a', 'deep'), { recursive: true });
  told = [];
  handle = await new NodeWatcher().watch(
    shared,
    (path) => told.push(path),
    (why) => told.push(`error: ${why}`),
  );
});
afterEach(async () => {
  await handle.close();
  rmSync(top, { recursive: true, force: true });
});

const write = (...path: string[]) => writeFileSync(join(shared, ...path), 'x');
const seen = (...path: string[]) => expect.poll(() => told).toContain(join(shared, ...path));
/** A watch is in place when what it tells has come: this is told after everything before it. */
async function settled() {
  write('mark');
  await seen('mark');
}

it('tells of files in a renamed folder, under its new name only', async () => {
  renameSync(join(shared, 'a'), join(shared, 'b'));
  await seen('b');
  await settled();
  told.length = 0;
  write('b', 'deep', 'file');
  await seen('b', 'deep', 'file');
  expect(told.filter((path) => path.startsWith(join(shared, 'a')))).toEqual([]);
});

it('hears no more from a folder that was moved away', async () => {
  renameSync(join(shared, 'a'), join(top, 'away'));
  await seen('a');
  await settled();
  told.length = 0;
  writeFileSync(join(top, 'away', 'deep', 'file'), 'x');
  rmSync(join(shared, 'mark'));
  await seen('mark');
  expect(told).toEqual([join(shared, 'mark')]);
});

it('sees folders that are made one in the other at once, with what is put into them later', async () => {
  mkdirSync(join(shared, '1', '2', '3', '4'), { recursive: true });
  await expect
    .poll(() => {
      write('1', '2', '3', '4', 'file');
      return told;
    })
    .toContain(join(shared, '1', '2', '3', '4', 'file'));
});

it('tells thousands of changes as one of the whole folder', async () => {
  for (let i = 0; i < 3000; i++) write('a', `file${i}`);
  await expect.poll(() => told).toContain(shared);
  expect(told.length).toBeLessThan(2000);
});

it('goes on when a folder comes and goes while it looks', async () => {
  for (let i = 0; i < 100; i++) {
    mkdirSync(join(shared, 'short', 'lived'), { recursive: true });
    rmSync(join(shared, 'short'), { recursive: true });
  }
  await settled();
  mkdirSync(join(shared, 'short'));
  await expect
    .poll(() => {
      write('short', 'file');
      return told;
    })
    .toContain(join(shared, 'short', 'file'));
  expect(told.filter((text) => text.startsWith('error'))).toEqual([]);
});
