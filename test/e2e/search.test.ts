import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { PageWorld } from '../support/page-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

/** What is in them, and how they are shown: marks that would turn the text around have a sign each. */
const HOSTILE = {
  'reef <img src=x onerror="document.title=1">.txt': 'reef <img src=x onerror="document.title=1">.txt',
  'reef \u202Egpj.exe': 'reef ⟨202E⟩gpj.exe',
  [`reef ${'long '.repeat(48)}.txt`]: `reef ${'long '.repeat(48)}.txt`,
};
/** Found by the second wave alone. */
const FAR = 'reef far away.txt';
const PLAIN = ['reef notes.txt', 'reef map.png', 'reef sounds.flac'];

const grid = (page: Page) => page.getByRole('grid');
const shownRows = (page: Page) => grid(page).locator('.body [role="row"]');
const details = (page: Page) => page.getByRole('complementary', { name: 'Chosen file' });

/** A second supernode, linked with the first, and a peer on it: what that shares takes another wave. */
async function startFar(supernode: LivePeer, file: string): Promise<void> {
  const small = { key: 'overlay.merge-children', value: 0 } as const;
  await supernode.client.command('settings.set', small);
  const stay = ['--set', 'overlay.merge-children=0'];
  const second = await LivePeer.make();
  await second.start('--supernode', 'always', '--bootstrap', supernode.invitation, ...stay);
  await supernode.untilStatus('a neighbour', ({ neighbours }) => neighbours === 1);
  const far = await LivePeer.make({ [file]: 'far away' });
  await far.start('--supernode', 'never', '--bootstrap', second.invitation, '--set', 'overlay.pings=1');
  await second.untilStatus('a child', ({ children }) => children === 1);
  await far.untilShared(1);
}

async function search(page: Page, words: string, rows: number): Promise<void> {
  await page.getByRole('searchbox').fill(words);
  await page.keyboard.press('Enter');
  await page.getByText('Every known supernode was asked.').waitFor();
  await expect.poll(() => shownRows(page).count()).toBe(rows);
}

test('results are narrowed, explained, kept, exported and browsed, whatever their names are', async () => {
  const near = [...PLAIN, ...Object.keys(HOSTILE)];
  const names = [...near, FAR];
  const shared = Object.fromEntries(near.map((name) => [name, `the text of ${name}`]));
  const world = await PageWorld.start([shared, { 'other.txt': 'of the user too' }]);
  await writeFile(join(world.user.shared, 'mine.txt'), `the text of ${PLAIN[0]}`);
  await world.user.untilShared(1);
  await startFar(world.supernode, FAR);
  await until('all is indexed', async () => {
    const lines = (await world.sharers[0]?.shoal('search', 'reef', '--all')) ?? [];
    return new Set(lines.flatMap(({ event, hash }) => (event === 'hit' ? [hash] : []))).size === names.length;
  });
  const { page, watch } = await world.open(browser, { colorScheme: 'dark' });
  await page.getByRole('searchbox').waitFor();
  await expectAccessible(page);
  await keepScreenshot(page, 'search-start-dark');

  // The one that turns the order of its letters to look like a picture is left out until it is asked for.
  await search(page, 'reef', names.length - 1);
  await expectAccessible(page);
  await page.getByRole('button', { name: '1 suspect result hidden' }).click();
  await page.getByRole('button', { name: 'Hide suspect results' }).waitFor();
  await expect.poll(() => shownRows(page).count()).toBe(names.length);
  await page.getByRole('row', { name: /gpj/ }).click();
  await details(page)
    .getByText(/Suspect: 9\d%/)
    .waitFor();
  await details(page).getByText('The name poses as something else, but ends in .exe as a program.').waitFor();
  await expectAccessible(page);
  await keepScreenshot(page, 'search-suspect-dark');
  await page.getByText('2 supernodes asked').waitFor();
  expect(await page.locator('.waves li').allTextContents()).toEqual(['01/1', '11/1']);
  await page.getByRole('row', { name: /reef notes/ }).click();
  await details(page).getByText('Why it ranks where it does').waitFor();
  await grid(page).getByText('In your library').waitFor();
  for (const shown of Object.values(HOSTILE)) await grid(page).getByText(shown.trim()).waitFor();
  expect(await page.locator('[role="grid"] img, aside img').count()).toBe(0);
  expect(await page.title()).not.toBe('1');
  const heights = await shownRows(page).evaluateAll((rows) => rows.map((row) => row.getBoundingClientRect().height));
  expect(new Set(heights).size).toBe(1);
  await expectAccessible(page);
  await keepScreenshot(page, 'search-dark');

  // What is typed stays while a search brings news.
  await page.getByRole('searchbox').fill('the next one');
  await page.getByRole('button', { name: 'Search further' }).click();
  await page.getByText('Every known supernode was asked.').waitFor();
  expect(await page.getByRole('searchbox').inputValue()).toBe('the next one');

  await page.getByRole('row', { name: /gpj/ }).click();
  await details(page).getByRole('button', { name: 'Download to…' }).click();
  const toPath = page.getByRole('dialog', { name: 'Download to…' });
  await expect.poll(() => toPath.getByLabel('Name of the file').inputValue()).toBe('reef _gpj.exe');
  await toPath.getByLabel('Name of the file').fill('..\\x.exe');
  await toPath.getByLabel('Folder', { exact: true }).fill('C:\\in');
  await toPath.getByRole('button', { name: 'Download' }).click();
  await toPath.getByText('This cannot be the name of a file on every system.').waitFor();
  await page.keyboard.press('Escape');
  await toPath.waitFor({ state: 'hidden' });

  await page.getByRole('textbox', { name: 'Filter' }).fill('nothing of this');
  await page.getByText('No result fits the filter.').waitFor();
  await page.getByRole('button', { name: 'Show all' }).last().click();
  await details(page).getByText('Choose a file to see what is known of it.').waitFor();

  await page.getByRole('textbox', { name: 'Filter' }).fill('map');
  await expect.poll(() => shownRows(page).count()).toBe(1);
  await page.getByText(`1 of ${names.length} shown`).waitFor();
  await page.getByRole('textbox', { name: 'Filter' }).fill('');
  const facets = page.getByRole('complementary', { name: 'Narrow down' });
  await facets.getByText('Audio').click();
  await expect.poll(() => shownRows(page).count()).toBe(1);
  await grid(page).getByText('reef sounds.flac').waitFor();
  await page.getByRole('button', { name: 'Show all' }).click();
  await expect.poll(() => shownRows(page).count()).toBe(names.length);

  await page.getByRole('button', { name: 'Save this search' }).click();
  await page.getByRole('menuitem', { name: /^Save and watch/ }).click();
  await page.getByText('The search is saved and watched.').waitFor();
  expect(await world.user.query('saved', {})).toMatchObject([{ words: 'reef', watch: true }]);

  const saving = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export as a list (.meta4)' }).click();
  await page.getByRole('menuitem', { name: 'All that is shown' }).click();
  const saved = await saving;
  expect(saved.suggestedFilename()).toBe('reef.meta4');
  const list = await world.user.client.command('list.import', { xml: await readFile(await saved.path(), 'utf8') });
  // One is in the user's library already.
  expect(list.added).toHaveLength(names.length - 1);

  await grid(page).getByText('reef map.png').click();
  await details(page)
    .getByRole('button', { name: /^Browse what/ })
    .click();
  await page.getByRole('heading', { name: /^Files of/ }).waitFor();
  await expect.poll(() => shownRows(page).count()).toBe(near.length);
  await expectAccessible(page);
  await keepScreenshot(page, 'search-browse-dark');

  await page.reload();
  // What was found stays with the peer.
  await page.getByRole('navigation', { name: 'Searches' }).getByRole('button', { name: 'reef', exact: true }).click();
  await expect.poll(() => shownRows(page).count()).toBe(names.length - 1);
  await page
    .getByRole('navigation', { name: 'Searches' })
    .getByRole('button', { name: /^Start/ })
    .click();
  await page.getByRole('button', { name: 'Run again: reef' }).waitFor();
  await expectAccessible(page);
  await keepScreenshot(page, 'search-saved-dark');
  await page.getByRole('button', { name: 'Remove: reef' }).click();
  await until('nothing is saved', async () => (await world.user.query('saved', {})).length === 0);
  watch.expectNone();
});
