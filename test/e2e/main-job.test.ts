import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { PageWorld } from '../support/page-world.ts';
import { requireTool } from '../support/tools.ts';

const MIB = 2 ** 20;
/** Three sources take some seconds for it: time to pause and to lose one. */
const LONG = Buffer.alloc(24 * MIB, Buffer.from(Array.from({ length: 251 }, (_, at) => at)));
const RATE = 2 * MIB;
/** Longer than any step here takes on a busy machine. */
const PATIENCE = { timeout: 30_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** Presses Tab until it has the focus, as somebody without a mouse does. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let presses = 0; presses < 80; presses++) {
    if (await target.evaluate((element) => element === document.activeElement)) return;
    await page.keyboard.press('Tab');
  }
  throw new Error('the keyboard does not reach it');
}

/** Opens the menu of the chosen row, goes to an entry with the arrows, and takes it. */
async function chooseFromMenu(page: Page, name: string): Promise<void> {
  await page.keyboard.press('Shift+F10');
  const entry = page.getByRole('menuitem', { name });
  await entry.waitFor();
  for (let presses = 0; presses < 20; presses++) {
    if (await entry.evaluate((element) => element === document.activeElement)) break;
    await page.keyboard.press('ArrowDown');
  }
  await page.keyboard.press('Enter');
}

describe.skipIf(!requireTool(CHROMIUM))('the main job', () => {
  test('search, download from several sources, pause, lose a source, resume: by keyboard alone', async () => {
    const files = { 'reef at night.bin': LONG };
    const world = await PageWorld.start([files, files, { ...files, 'reef notes.txt': 'notes on the reef' }], {
      sharers: ['--set', `upload.rate=${RATE}`],
      user: ['--set', 'page.welcomed=on', '--set', 'page.language=en'],
    });
    const { page, watch } = await world.open(browser);

    await page.getByRole('searchbox').waitFor();
    // The box has the focus at first, where a slash is a slash.
    await page.keyboard.press('Tab');
    await page.keyboard.press('/');
    await page.keyboard.type('reef');
    await page.keyboard.press('Enter');
    const grid = page.getByRole('grid');
    await expect.poll(() => grid.getByRole('row').count(), PATIENCE).toBe(3);
    await page.getByText('Every known supernode was asked.').waitFor(PATIENCE);
    await tabTo(page, grid);
    await grid.getByRole('row', { name: /reef at night/ }).waitFor();
    const chosen = page.getByRole('complementary', { name: 'Chosen file' });
    if (!(await chosen.getByRole('heading', { name: 'reef at night.bin' }).isVisible())) {
      await page.keyboard.press('ArrowDown');
    }
    await chosen.getByRole('heading', { name: 'reef at night.bin' }).waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, 'search');
    await page.keyboard.press('Enter');
    await page.getByText('Download added: reef at night.bin').waitFor();

    await page.keyboard.press('Control+2');
    await world.user.untilDownload(
      'three sources',
      ({ sources }) => sources.filter(({ state }) => state === 'active').length === 3,
    );
    await world.user.untilDownload('a beginning', ({ done }) => done > 2 * MIB);
    await tabTo(page, page.getByRole('grid', { name: 'Downloads' }));
    await page.getByRole('img', { name: /chunks are here and checked/ }).waitFor();
    await keepScreenshot(page, 'transfers');

    await chooseFromMenu(page, 'Pause');
    await page.getByRole('gridcell', { name: 'Paused' }).waitFor(PATIENCE);
    // While nothing runs on: it takes as long as the rest of the download.
    await expectAccessible(page);
    await world.sharers[0]?.kill();
    await chooseFromMenu(page, 'Resume');
    await page.getByRole('gridcell', { name: 'Complete' }).waitFor(PATIENCE);
    const got = await readFile(join(world.user.downloads, 'reef at night.bin'));
    expect(got.equals(LONG)).toBe(true);

    await page.keyboard.press('Control+1');
    await grid.getByText('Downloaded').waitFor();
    watch.expectNone();
  }, 120_000);
});
