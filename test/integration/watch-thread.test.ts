import { execFileSync } from 'node:child_process';
import { mkdirSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect, onTestFinished, test } from 'vitest';
import { ChokidarWatcher } from '../../src-main/platform/chokidar-watcher.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

function makeFolders(top: string, count: number): void {
  for (let i = 0; i < count; i++) mkdirSync(join(top, `${i % 50}`, `${i}`), { recursive: true });
}

/** Folders in each other, deeper than a path can be: what is at their end cannot be watched. */
function makeTooDeep(top: string): void {
  const script = 'cd -P "$0" && for i in $(seq 21); do mkdir "$1" && cd -P "$1"; done';
  execFileSync('sh', ['-c', script, top, 'x'.repeat(200)]);
  onTestFinished(() => void execFileSync('rm', ['-rf', top]));
}

const nothing = () => undefined;
const DEAF = { onChange: nothing, onError: nothing, onEnd: nothing };

test.skipIf(process.platform === 'win32')(
  'a trouble of a watch is told also when it comes long before the start is over',
  async () => {
    const folder = await temporaryFolder();
    makeTooDeep(folder);
    makeFolders(join(folder, ...Array<string>(100).fill('a')), 1000);
    const trouble = Promise.withResolvers<string>();
    const handle = await new ChokidarWatcher().watch(folder, { ...DEAF, onError: trouble.resolve });
    onTestFinished(() => handle.close());
    expect(await trouble.promise).toContain('ENAMETOOLONG');
  },
);

test('a folder that is too large for the thread costs the others their watch once, and is watched apart from then on', async () => {
  const top = await temporaryFolder();
  const [small, large] = [join(top, 'small'), join(top, 'large')];
  mkdirSync(small);
  makeFolders(large, 1500);
  const watcher = new ChokidarWatcher({ memoryMib: 16 });
  const ended = Promise.withResolvers<string>();
  await watcher.watch(small, { ...DEAF, onEnd: ended.resolve });
  await expect(watcher.watch(large, DEAF)).rejects.toMatchObject({ code: 'internal' });
  expect(await ended.promise).toContain('memory');

  const seen = Promise.withResolvers<string>();
  let ends = 0;
  const handle = await watcher.watch(small, { onChange: seen.resolve, onError: nothing, onEnd: () => ends++ });
  onTestFinished(() => handle.close());
  await expect(watcher.watch(large, DEAF)).rejects.toMatchObject({ code: 'internal' });
  writeFileSync(join(small, 'new'), '');
  expect(await seen.promise).toBe(join(small, 'new'));
  expect(ends).toBe(0);
});
