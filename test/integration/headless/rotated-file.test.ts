import { renameSync } from 'node:fs';
import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test, vi } from 'vitest';
import { RotatedFile } from '../../../src-main/platform/rotated-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

vi.mock('node:fs', { spy: true });

test('a file that cannot be moved costs no older ones, and is not tried again with each line', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'x.log');
  const file = new RotatedFile({ path, maxBytes: 1000, files: 3 });
  const write = (from: number, to: number) => {
    for (let line = from; line < to; line++) file.write(`${String(line).padStart(19, '0')}\n`);
  };
  const linesOf = async (end: string) => (await readFile(`${path}${end}`, 'utf8')).trimEnd().split('\n').map(Number);
  write(0, 150);
  const { renameSync: move } = await vi.importActual<typeof import('node:fs')>('node:fs');
  // As where another program has it open on Windows.
  const tried = vi.mocked(renameSync).mockClear();
  tried.mockImplementation((from, to) => {
    if (from === path) throw Object.assign(new Error('it is open'), { code: 'EBUSY' });
    move(from, to);
  });
  write(150, 190);
  expect([(await linesOf('.2'))[0], (await linesOf('.1'))[0], (await linesOf(''))[0]]).toEqual([0, 50, 100]);
  expect(tried.mock.calls.length).toBeLessThanOrEqual(8);
  tried.mockImplementation(move);
  write(190, 210);
  file.close();
  expect((await readdir(folder)).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
  expect([(await linesOf('.2'))[0], (await linesOf('.1'))[0], (await linesOf('')).at(-1)]).toEqual([50, 100, 209]);
});
