import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { parseMagnet } from '../../src-main/contract/magnet.ts';
import ar from '../../src-renderer/i18n/ar/index.ts';
import en from '../../src-renderer/i18n/en/index.ts';
import { openBrowser } from '../support/browser.ts';
import { until } from '../support/live-peer.ts';
import { makeSound } from '../support/media.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { PageWorld } from '../support/page-world.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const MOST_TABS = 40;
const isFocused = (target: Locator): Promise<boolean> =>
  target.evaluate((element) => element === document.activeElement || element.contains(document.activeElement));

/** By the keyboard alone, and never out of the dialog. */
async function tabTo(page: Page, target: Locator): Promise<void> {
  for (let tabs = 0; tabs < MOST_TABS; tabs++) {
    await page.keyboard.press('Tab');
    expect(await isFocused(page.getByRole('dialog'))).toBe(true);
    if (await isFocused(target)) return;
  }
  throw new Error(`Tab does not lead to ${target}`);
}
async function pick(page: Page, select: Locator, option: string): Promise<void> {
  await tabTo(page, select);
  await page.keyboard.press('Enter');
  const wanted = page.getByRole('option', { name: option, exact: true });
  await wanted.waitFor();
  for (let step = 0; step < MOST_TABS && !(await isFocused(wanted)); step++) await page.keyboard.press('ArrowDown');
  await page.keyboard.press('Enter');
  await wanted.waitFor({ state: 'hidden' });
}

/** A folder outside of what is shared. */
async function makeMusic(): Promise<string> {
  const folder = join(await temporaryFolder(), 'music');
  await mkdir(folder);
  await makeSound(join(folder, 'song.mp3'));
  await writeFile(join(folder, 'notes.txt'), 'some notes');
  await writeFile(join(folder, '.secret'), 'hidden');
  return folder;
}

const select = (page: Page, label: string): Locator => page.getByRole('combobox', { name: label });
const row = (page: Page, text: string): Locator => page.getByRole('row').filter({ hasText: text });
const settingOf = async (world: PageWorld, wanted: string) =>
  (await world.user.query('settings', {})).find(({ key }) => key === wanted)?.value;

async function answerByKeyboard(page: Page, folder: string): Promise<void> {
  await page.getByRole('heading', { name: en.welcome.title }).waitFor();
  await expect.poll(() => isFocused(page.getByRole('heading', { name: en.welcome.title }))).toBe(true);
  await pick(page, select(page, en.welcome.language), 'العربية');
  await expect.poll(() => page.locator('html').getAttribute('dir')).toBe('rtl');
  await page.getByRole('heading', { name: ar.welcome.title }).waitFor();
  await pick(page, select(page, ar.welcome.theme), ar.welcome.themes.dark);
  await page.locator('.v-theme--dark').first().waitFor();
  await expectAccessible(page);
  await keepScreenshot(page, 'welcome-arabic-dark');
  await pick(page, select(page, ar.welcome.language), 'English');
  await expect.poll(() => page.locator('html').getAttribute('dir')).toBe('ltr');
  await pick(page, select(page, en.welcome.theme), en.welcome.themes.light);

  await tabTo(page, page.getByLabel(en.welcome.name.label));
  await page.keyboard.type('Ada');
  await tabTo(page, page.getByLabel(en.welcome.folders.path));
  await page.keyboard.type('/nowhere');
  await page.keyboard.press('Enter');
  await page.keyboard.type(folder);
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByLabel(en.welcome.folders.downloads));
  await page.keyboard.press('Space');
  await pick(page, select(page, en.welcome.limits.upload), '500 kB/s');
  await expectAccessible(page);
  await keepScreenshot(page, 'welcome-light');
  // A folder that is none keeps the questions open, and says why.
  await tabTo(page, page.getByRole('button', { name: en.welcome.start }));
  await page.keyboard.press('Enter');
  await page.getByText('/nowhere is not a folder').waitFor();
  await tabTo(page, page.getByRole('button', { name: 'Do not share /nowhere' }));
  await page.keyboard.press('Enter');
  await tabTo(page, page.getByRole('button', { name: en.welcome.start }));
  await page.keyboard.press('Enter');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => isFocused(page.locator('main'))).toBe(true);
}

async function editTitle(page: Page, title: string): Promise<void> {
  await row(page, 'song.mp3').click();
  await page.getByRole('button', { name: en.library.edit.open }).click();
  await page.getByLabel(en.library.fields.title, { exact: true }).fill(title);
  await page.getByRole('button', { name: en.common.actions.save }).click();
  await row(page, title).waitFor();
  await page.getByText(en.library.details.edited).waitFor();
}

async function stopAndShareAgain(page: Page): Promise<void> {
  await row(page, 'notes.txt').click();
  await page.getByRole('button', { name: 'Stop sharing this file' }).click();
  await row(page, 'notes.txt').waitFor({ state: 'detached' });
  await page.getByRole('button', { name: '1 file kept back' }).click();
  const dialog = page.getByRole('dialog');
  await row(page, 'notes.txt').click();
  await expectAccessible(page);
  await dialog.getByRole('button', { name: en.library.hidden.again }).click();
  await dialog.getByText(en.library.hidden.none).waitFor();
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'detached' });
  await row(page, 'notes.txt').waitFor();
}

test('the first start by keyboard, then a library: tags, edits, one file kept back, all kept over a restart', async () => {
  const [world, folder] = await Promise.all([PageWorld.start([], { asksAtFirst: true }), makeMusic()]);
  const { page, watch, context } = await world.open(browser, {
    permissions: ['clipboard-read', 'clipboard-write'],
    reducedMotion: 'reduce',
  });
  await answerByKeyboard(page, folder);
  expect(await settingOf(world, 'peer.name')).toBe('Ada');
  expect(await settingOf(world, 'downloads.share')).toBe(false);
  expect(await settingOf(world, 'upload.rate')).toBe(500_000);
  // The dialog closes before the peer has heard of it.
  await expect.poll(() => settingOf(world, 'page.welcomed')).toBe(true);

  await page.keyboard.press('Control+3');
  for (const tag of ['A Song', 'The Band']) await row(page, 'song.mp3').getByText(tag).waitFor();
  await row(page, 'notes.txt').waitFor();
  await page.getByText('Left out: 1 hidden').waitFor();
  await page.keyboard.press('Control+f');
  await page.keyboard.type('band');
  await row(page, 'notes.txt').waitFor({ state: 'detached' });
  await row(page, 'song.mp3').waitFor();
  await page.getByRole('button', { name: /clear/i }).click();
  await row(page, 'notes.txt').waitFor();

  await editTitle(page, 'A <b>Better</b> Song');
  await page.getByRole('button', { name: en.library.actions.copyMagnet }).click();
  await page.getByText(en.common.copied).waitFor();
  const magnet = parseMagnet(await page.evaluate(() => navigator.clipboard.readText()));
  expect(magnet).toMatchObject({ name: 'song.mp3', sources: [{ nodeId: world.user.node }] });
  const [saved] = await Promise.all([
    page.waitForEvent('download'),
    page.getByRole('button', { name: en.library.actions.export }).click(),
  ]);
  expect(saved.suggestedFilename()).toBe('shoal-library.meta4');
  await expectAccessible(page);
  await keepScreenshot(page, 'library-light');
  await row(page, 'notes.txt').click();
  await page.getByRole('grid').press('Enter');
  await page.getByRole('dialog').getByText('some notes').waitFor();
  await page.keyboard.press('Escape');
  await page.getByRole('dialog').waitFor({ state: 'detached' });
  await expect.poll(() => isFocused(page.getByRole('grid'))).toBe(true);
  await stopAndShareAgain(page);
  watch.expectNone();
  await context.close();

  await world.user.client.command('settings.set', { key: 'page.language', value: 'ar' });
  await world.user.client.command('settings.set', { key: 'page.theme', value: 'dark' });
  await world.restartUser();
  const again = await world.open(browser, { reducedMotion: 'reduce' });
  await again.page.locator('a[href="#/library"]').click();
  await expect.poll(() => again.page.locator('html').getAttribute('dir')).toBe('rtl');
  await again.page.locator('.v-theme--dark').first().waitFor();
  await row(again.page, 'A <b>Better</b> Song').click();
  expect(await again.page.getByRole('dialog').count()).toBe(0);
  await expectAccessible(again.page);
  await keepScreenshot(again.page, 'library-arabic-dark');
  again.watch.expectNone();
});

const LONGEST = `${'long name '.repeat(25)}x.txt`;
const HOSTILE = {
  '<img src=x onerror="document.title=\'run\'">.txt': `<img src=x onerror="document.title='run'">.txt`,
  'photo\u202Egpj.exe': 'photo⟨202E⟩gpj.exe',
  'صورة \u2067قديمة.txt': 'صورة ⟨2067⟩قديمة.txt',
  [LONGEST]: LONGEST,
};

test('names full of HTML, overrides of direction and of the greatest length are text and break nothing', async () => {
  expect(new TextEncoder().encode(LONGEST).length).toBe(255);
  const world = await PageWorld.start([]);
  for (const name of Object.keys(HOSTILE)) await writeFile(join(world.user.shared, name), `of ${name}`);
  await world.user.untilShared(Object.keys(HOSTILE).length);
  const { page, watch } = await world.open(browser);
  await page.locator('a[href="#/library"]').click();
  for (const shown of Object.values(HOSTILE)) {
    await row(page, shown).getByText(shown, { exact: true }).first().click();
    await page.getByRole('complementary').getByRole('heading', { name: shown }).waitFor();
  }
  expect(await page.locator('[role="grid"] img, aside img').count()).toBe(0);
  expect(await page.title()).not.toBe('run');
  const heights = await page
    .locator('[role="grid"] .body [role="row"]')
    .evaluateAll((rows) => rows.map((element) => element.getBoundingClientRect().height));
  expect(new Set(heights)).toEqual(new Set([38]));
  const overflow = await page.evaluate(() =>
    [document.documentElement, ...document.querySelectorAll('aside')].map((box) => box.scrollWidth - box.clientWidth),
  );
  expect(overflow).toEqual([0, 0]);
  await expectAccessible(page);
  await keepScreenshot(page, 'library-hostile-names');

  // A folder leaves after a question only.
  await page.getByRole('button', { name: `Stop sharing the folder ${world.user.shared}` }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: en.library.remove.action }).click();
  await until('no folder is shared', async () =>
    (await world.user.query('shares', {})).every(({ files }) => files === 0),
  );
  watch.expectNone();
});
