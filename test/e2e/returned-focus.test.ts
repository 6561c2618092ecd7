import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer } from '../support/live-peer.ts';
import { openPageOf, PageWorld } from '../support/page-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const dialog = (page: Page) => page.getByRole('dialog');
const palette = (page: Page) => page.getByRole('combobox', { name: 'Type a command' });
const rail = (page: Page, place: string) => page.locator(`a[href="#/${place}"]`);

/** Escape closes the dialog, and `origin` has the focus again. */
async function expectBack(page: Page, origin: Locator): Promise<void> {
  await dialog(page).waitFor();
  await expect.poll(() => dialog(page).evaluate((box) => box.contains(document.activeElement))).toBe(true);
  await page.keyboard.press('Escape');
  await dialog(page).waitFor({ state: 'detached' });
  expect(await origin.evaluate((element) => element === document.activeElement)).toBe(true);
}

async function startPage(options: { readonly viewport?: { readonly width: number; readonly height: number } } = {}) {
  const peer = await (await LivePeer.make()).start('--supernode', 'always', '--web', '127.0.0.1:0');
  const { page } = await openPageOf(peer, browser, options);
  return page;
}

test('a dialog that is left by Escape gives the focus back to where it came from', async () => {
  const page = await startPage();
  await rail(page, 'transfers').click();
  await rail(page, 'transfers').focus();
  await page.keyboard.press('Control+k');
  await expectBack(page, rail(page, 'transfers'));
  await page.keyboard.press('?');
  await expectBack(page, rail(page, 'transfers'));
  await page.keyboard.press('Control+k');
  await palette(page).fill('keyboard shortcuts');
  await page.keyboard.press('Enter');
  await dialog(page).getByText('Ctrl+K').waitFor();
  await palette(page).waitFor({ state: 'detached' });
  await expectBack(page, rail(page, 'transfers'));

  const add = page.getByRole('button', { name: 'Add a link or list' }).first();
  await add.focus();
  await page.keyboard.press('Enter');
  await expectBack(page, add);

  await rail(page, 'settings').click();
  await page.locator('[data-section="about"]').click();
  for (const button of await page.locator('.about button').all()) {
    await button.focus();
    await page.keyboard.press('Enter');
    await expectBack(page, button);
  }
});

test('a dialog that was opened from the menu of a row gives the focus back to the table', async () => {
  const world = await PageWorld.start([{ 'reef notes.txt': 'notes on the reef' }]);
  const { page } = await world.open(browser);
  await page.getByRole('searchbox').fill('reef');
  await page.keyboard.press('Enter');
  await page.getByRole('row', { name: /reef notes/ }).click();
  await page.getByRole('grid').focus();
  await page.keyboard.press('Shift+F10');
  await page.getByRole('menuitem', { name: 'Download to…' }).focus();
  await page.keyboard.press('Enter');
  await expectBack(page, page.getByRole('grid'));
});

test('the palette shows the entry that the arrows reach, and leaves the keys of a composed word to the input method', async () => {
  const page = await startPage({ viewport: { width: 900, height: 320 } });
  await page.keyboard.press('Control+k');
  await palette(page).waitFor();
  const active = page.locator('[role="option"][aria-selected="true"]');
  const isSeen = () =>
    active.evaluate((entry) => {
      const [inner, outer] = [entry.getBoundingClientRect(), entry.parentElement?.getBoundingClientRect()];
      // Lists scroll by whole pixels.
      return outer !== undefined && inner.top > outer.top - 1 && inner.bottom < outer.bottom + 1;
    });
  const count = await page.getByRole('option').count();
  for (let at = 1; at < count; at++) await page.keyboard.press('ArrowDown');
  expect(await page.getByRole('option').last().getAttribute('aria-selected')).toBe('true');
  await expect.poll(isSeen).toBe(true);

  const compose = (key: string) =>
    palette(page).evaluate(
      (field, pressed) =>
        field.dispatchEvent(new KeyboardEvent('keydown', { key: pressed, isComposing: true, bubbles: true })),
      key,
    );
  await compose('ArrowUp');
  await compose('Enter');
  expect(await page.getByRole('option').last().getAttribute('aria-selected')).toBe('true');
  expect(await dialog(page).isVisible()).toBe(true);
  for (let at = 1; at < count; at++) await page.keyboard.press('ArrowUp');
  await expect.poll(isSeen).toBe(true);
});
