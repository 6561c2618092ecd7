import { spawn } from 'node:child_process';
import { once } from 'node:events';
import { readdir, readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { openDataFolder } from '../../../src-main/headless/data-folder.ts';
import { takeLock } from '../../../src-main/platform/folder-lock.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HOLDER = `
  const { openDataFolder } = await import('${new URL('../../../src-main/headless/data-folder.ts', import.meta.url)}');
  const { takeLock } = await import('${new URL('../../../src-main/platform/folder-lock.ts', import.meta.url)}');
  await openDataFolder(process.argv[1], takeLock);
  console.log('held');
  setInterval(() => {}, 1000);
`;

async function holdInAnotherProcess(path: string) {
  const child = spawn(process.execPath, ['--input-type=module', '-e', HOLDER, path], {
    stdio: ['ignore', 'pipe', 'inherit'],
  });
  await once(child.stdout, 'data');
  return child;
}

test('a second process is refused and told the first one’s id', async () => {
  const path = await temporaryFolder();
  const holder = await holdInAnotherProcess(path);
  try {
    await expect(openDataFolder(path, takeLock)).rejects.toMatchObject({
      code: 'data.in-use',
      params: { path, pid: holder.pid },
    });
  } finally {
    holder.kill('SIGKILL');
    await once(holder, 'exit');
  }
});

test('the folder of a killed process is taken over, whoever wears its id now', async () => {
  const path = await temporaryFolder();
  const holder = await holdInAnotherProcess(path);
  holder.kill('SIGKILL');
  await once(holder, 'exit');
  await writeFile(join(path, 'control.json'), JSON.stringify({ pid: process.ppid, path: join(path, 'control.sock') }));
  const folder = await openDataFolder(path, takeLock);
  expect(JSON.parse(await readFile(join(path, 'control.json'), 'utf8')).pid).toBe(process.pid);
  await folder.close();
});

test('a closed folder can be opened again and tells of no running peer', async () => {
  const path = await temporaryFolder();
  for (let run = 0; run < 2; run++) {
    const folder = await openDataFolder(path, takeLock);
    await folder.close();
    expect(await readdir(path)).toEqual(['lock']);
  }
});

test('a place that cannot be a folder fails with one clear line', async () => {
  const path = join(await temporaryFolder(), 'file');
  await writeFile(path, '');
  await expect(openDataFolder(path, takeLock)).rejects.toMatchObject({ code: 'data.unusable' });
});
