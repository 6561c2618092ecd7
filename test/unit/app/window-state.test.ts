import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { placeWindow, WindowStateFile } from '../../../src-main/app/window-state.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const LEFT = { x: 0, y: 0, width: 1920, height: 1080 };
const RIGHT = { x: 1920, y: 0, width: 1280, height: 1024 };
const bounds = (x: number, y: number) => ({ x, y, width: 900, height: 600 });
const placed = (x: number, y: number, areas = [LEFT, RIGHT]) =>
  placeWindow({ bounds: bounds(x, y), isMaximized: false }, areas).place;

test('a window opens where it was', () => {
  expect(placed(100, 50)).toEqual({ x: 100, y: 50 });
  expect(placed(2000, 50)).toEqual({ x: 2000, y: 50 });
  expect(placed(-700, 50)).toEqual({ x: -700, y: 50 });
});

test.each([
  ['its display is gone', 2000, 50, [LEFT]],
  ['it lies beside every display', 5000, 50, [LEFT, RIGHT]],
  ['only a strip of it could be caught', -850, 50, [LEFT]],
  ['its title bar lies above', 100, -300, [LEFT]],
  ['its title bar lies below', 100, 1070, [LEFT]],
])('the system chooses the place when %s', (_why, x, y, areas) => {
  expect(placed(x, y, areas)).toBeUndefined();
});

test('a size that is no window is not taken over', () => {
  const tiny = placeWindow({ bounds: { x: 0, y: 0, width: 10, height: 3 }, isMaximized: true }, [LEFT]);
  expect(tiny).toMatchObject({ size: { width: 480, height: 360 }, isMaximized: true });
});

test('what is kept is read again, and a damaged file is nothing', async () => {
  const folder = await temporaryFolder();
  const file = new WindowStateFile(new NodeFileSystem(), folder);
  expect(await file.read()).toBeUndefined();
  file.write({ bounds: bounds(1, 2), isMaximized: false });
  file.write({ bounds: bounds(3, 4), isMaximized: true });
  await file.settled();
  expect(await file.read()).toEqual({ bounds: bounds(3, 4), isMaximized: true });
  await writeFile(join(folder, 'window.json'), '{"bounds":{"x":1e99}}');
  expect(await file.read()).toBeUndefined();
});
