import { spawnSync } from 'node:child_process';
import { mkdir, readdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { afterEach, expect, test, vi } from 'vitest';
import setUp from '../support/scratch-root.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

afterEach(() => void vi.unstubAllEnvs());

test('a test run clears up what earlier ones could not, spares those that run, and leaves nothing itself', async () => {
  const system = await temporaryFolder();
  for (const variable of ['TMPDIR', 'TEMP', 'TMP']) vi.stubEnv(variable, system);
  const dead = spawnSync(process.execPath, ['-e', '']).pid;
  for (const name of [`shoal-tests-${dead}`, `shoal-tests-${process.ppid}`, 'other']) {
    await mkdir(join(system, name));
    await writeFile(join(system, name, 'file'), '');
  }
  const tearDown = setUp();
  const names = ['other', `shoal-tests-${process.ppid}`, `shoal-tests-${process.pid}`];
  expect((await readdir(system)).sort()).toEqual(names.sort());
  expect(setUp()).toBeUndefined();
  tearDown?.();
  expect((await readdir(system)).sort()).toEqual(names.filter((name) => !name.endsWith(`-${process.pid}`)));
});
