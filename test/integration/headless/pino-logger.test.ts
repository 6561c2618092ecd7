import { mkdir, readdir, readFile, rename, rm, stat } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import { type LogLevel, PinoLogger } from '../../../src-main/platform/pino-logger.ts';
import { RotatedFile } from '../../../src-main/platform/rotated-file.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

async function makeLogger(level: () => LogLevel = () => 'debug') {
  const folder = await temporaryFolder();
  let screen = '';
  const logger = new PinoLogger({ folder, level, screen: { write: (text) => (screen += text) } });
  const kept = async () =>
    (await readFile(join(folder, 'shoal.log'), 'utf8'))
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line));
  return { logger, kept, screen: () => screen };
}

test('an event is one readable line on the screen and one JSON line in the file', async () => {
  const { logger, kept, screen } = await makeLogger();
  logger.warn('cannot listen', {
    port: 1214,
    why: 'it is taken',
    error: new AppError('peer.busy', { address: 'a:1' }),
  });
  logger.close();
  expect(screen()).toMatch(
    /^\d\d:\d\d:\d\d warn {2}cannot listen port=1214 why="it is taken" error="a:1 is busy \(peer\.busy\)"\n$/,
  );
  expect(await kept()).toMatchObject([
    { level: 'warn', msg: 'cannot listen', port: 1214, why: 'it is taken', error: 'a:1 is busy (peer.busy)' },
  ]);
});

test('text of strangers neither ends the line nor drives the terminal, and is cut', async () => {
  const { logger, screen } = await makeLogger();
  logger.info('named', { name: `a\n\u001B[2J\u009B${'x'.repeat(5000)}` });
  expect(screen().split('\n')).toHaveLength(2);
  expect(screen()).not.toMatch(/[^\P{Cc}\n]/u);
  expect(screen().length).toBeLessThan(500);
});

test('a change of the level is in force at the next event', async () => {
  let level: LogLevel = 'warn';
  const { logger, screen } = await makeLogger(() => level);
  logger.info('not told');
  level = 'info';
  logger.info('told');
  expect(screen()).not.toContain('not told');
  expect(screen()).toContain('told');
});

test('what cannot be JSON is still told', async () => {
  const { logger, kept } = await makeLogger();
  const loop: Record<string, unknown> = {};
  loop.self = loop;
  logger.info('strange', { big: 2n ** 70n, nothing: undefined });
  expect(() => logger.info('loop', { loop })).not.toThrow();
  logger.close();
  expect(await kept()).toHaveLength(2);
});

test('the file is rotated at its cap, and no more files are kept than asked', async () => {
  const folder = await temporaryFolder();
  const path = join(folder, 'x.log');
  const file = new RotatedFile({ path, maxBytes: 100, files: 3 });
  for (let line = 0; line < 50; line++) file.write(`${String(line).padStart(19, '0')}\n`);
  file.close();
  expect((await readdir(folder)).sort()).toEqual(['x.log', 'x.log.1', 'x.log.2']);
  const texts = await Promise.all(['.2', '.1', ''].map((end) => readFile(`${path}${end}`, 'utf8')));
  expect(texts.join('').trimEnd().split('\n').map(Number)).toEqual(Array.from({ length: 15 }, (_, i) => 35 + i));
});

test('a reopened file goes on where it ended and counts what is there', async () => {
  const path = join(await temporaryFolder(), 'x.log');
  for (let run = 0; run < 3; run++) {
    const file = new RotatedFile({ path, maxBytes: 50, files: 2 });
    file.write(`${'x'.repeat(19)}\n`);
    file.close();
    file.close();
  }
  expect((await stat(path)).size).toBe(20);
  expect((await stat(`${path}.1`)).size).toBe(40);
});

const numbered = (line: number) => `${String(line).padStart(19, '0')}\n`;
const linesOf = async (path: string) => (await readFile(path, 'utf8')).trimEnd().split('\n').map(Number);

test('a file that cannot be moved goes on, not beyond twice its cap, and is moved when it can be again', async () => {
  const path = join(await temporaryFolder(), 'x.log');
  const file = new RotatedFile({ path, maxBytes: 100, files: 2 });
  await mkdir(join(`${path}.1`, 'in the way'), { recursive: true });
  for (let line = 0; line < 8; line++) file.write(numbered(line));
  expect(await linesOf(path)).toEqual([0, 1, 2, 3, 4, 5, 6, 7]);
  for (let line = 8; line < 1000; line++) file.write(numbered(line));
  expect((await stat(path)).size).toBeLessThanOrEqual(220);
  expect((await linesOf(path)).at(-1)).toBe(999);
  await rm(`${path}.1`, { recursive: true });
  for (let line = 1000; line < 1006; line++) file.write(numbered(line));
  file.close();
  expect((await linesOf(`${path}.1`)).at(-1)).toBeGreaterThan(998);
  expect((await linesOf(path)).at(-1)).toBe(1005);
});

test('a file that could not be opened anew is opened with the next line, and no more after it was closed', async () => {
  const folder = join(await temporaryFolder(), 'logs');
  await mkdir(folder);
  const path = join(folder, 'x.log');
  const file = new RotatedFile({ path, maxBytes: 100, files: 3 });
  for (let line = 0; line < 5; line++) file.write(numbered(line));
  await rename(folder, `${folder} away`);
  for (let line = 5; line < 8; line++) file.write(numbered(line));
  await rename(`${folder} away`, folder);
  file.write(numbered(8));
  expect(await linesOf(path)).toEqual([0, 1, 2, 3, 4, 8]);
  file.write(numbered(9));
  file.close();
  file.write(numbered(10));
  expect([await linesOf(`${path}.1`), await linesOf(path)]).toEqual([[0, 1, 2, 3, 4, 8], [9]]);
});
