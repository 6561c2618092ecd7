import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { PageWorld } from '../support/page-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const goTo = (page: Page, place: string) => page.locator(`a[href="#/${place}"]`).click();
const tab = (page: Page, name: string) => page.getByRole('tab', { name }).click();

/** Everything that the page can show, each reached from the one before. */
const VIEWS: Readonly<Record<string, (page: Page) => Promise<unknown>>> = {
  'search-results': async (page) => {
    await page.getByRole('searchbox').fill('reef');
    await page.keyboard.press('Enter');
    await page.getByText('Every known supernode was asked.').waitFor();
    await page.getByRole('row', { name: /reef notes/ }).click();
  },
  'search-download-to': (page) => page.getByRole('button', { name: 'Download to…' }).click(),
  'search-browse': async (page) => {
    await page.keyboard.press('Escape');
    await page
      .getByRole('button', { name: /^Browse what/ })
      .first()
      .click();
    await page.getByRole('row', { name: /reef notes/ }).waitFor();
  },
  'search-start': (page) => page.getByRole('button', { name: 'Start', exact: true }).click(),
  downloads: async (page) => {
    await goTo(page, 'transfers');
    await page.getByRole('row', { name: /reef notes/ }).click();
    await page.getByText('Complete').first().waitFor();
  },
  'downloads-add': (page) => page.getByRole('button', { name: 'Add a link or list' }).first().click(),
  'downloads-preview': async (page) => {
    await page.keyboard.press('Escape');
    await page.getByRole('button', { name: 'Preview', exact: true }).click();
    await page.getByText('notes on the reef').waitFor();
  },
  uploads: async (page) => {
    await page.keyboard.press('Escape');
    await tab(page, 'Uploads');
  },
  history: (page) => tab(page, 'History'),
  library: async (page) => {
    await goTo(page, 'library');
    await page.getByRole('row', { name: /my own/ }).click();
  },
  'library-edit': (page) => page.getByRole('button', { name: 'Edit', exact: true }).click(),
  network: async (page) => {
    await goTo(page, 'network');
    await page.locator('canvas').waitFor();
  },
  settings: (page) => goTo(page, 'settings'),
  palette: (page) => page.keyboard.press('Control+k'),
  shortcuts: async (page) => {
    await page.keyboard.press('Escape');
    await goTo(page, 'network');
    await page.keyboard.press('?');
  },
};

test('no view has an accessibility fault in either theme', async () => {
  const world = await PageWorld.start([{ 'reef notes.txt': 'notes on the reef' }]);
  const [sharer] = world.sharers;
  const [file] = (await sharer?.query('shares.files', {}))?.files ?? [];
  if (!sharer || !file) throw new Error('nothing is shared');
  await writeFile(join(world.user.shared, 'my own words.txt'), 'of the user');
  await world.user.untilShared(1);
  const { hash, size, name } = file;
  await world.user.client.command('download.add', { hash, size, name, sources: [{ target: sharer.invitation }] });
  await world.user.untilDownload('the end', ({ state }) => state === 'done');
  await world.user.client.command('saved.add', { words: 'reef', watch: true });
  const { page, watch } = await world.open(browser);
  await page.getByRole('searchbox').waitFor();
  for (const [view, open] of Object.entries(VIEWS)) {
    await open(page);
    for (const colorScheme of ['light', 'dark'] as const) {
      await page.emulateMedia({ colorScheme });
      await expect.poll(() => page.evaluate(() => document.documentElement.style.colorScheme)).toBe(colorScheme);
      await expectAccessible(page).catch((cause: unknown) => {
        throw new Error(`${view} in ${colorScheme}`, { cause });
      });
      await keepScreenshot(page, `view-${view}-${colorScheme}`);
    }
  }
  watch.expectNone();
});
