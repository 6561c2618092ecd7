import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { openPageOf } from '../support/page-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const WEB = ['--web', '127.0.0.1:0'];
const setting = (page: Page, key: string) => page.locator(`[data-setting="${key}"]`);
const goTo = (page: Page, place: string) => page.locator(`a[href="#/${place}"]`).click();
const settingOf = async (peer: LivePeer, key: string) =>
  (await peer.query('settings', {})).find((view) => view.key === key)?.value;

async function choose(page: Page, key: string, choice: string): Promise<void> {
  await setting(page, key).locator('.v-field').click();
  await page.getByRole('option', { name: choice, exact: true }).click();
}

describe('network page', () => {
  it('shows the place of a supernode and of its child', async () => {
    const supernode = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const joined = ['--bootstrap', supernode.invitation];
    const other = await (await LivePeer.make()).start('--supernode', 'always', ...joined);
    const leaf = await LivePeer.make({ 'song.txt': 'la la la' });
    await leaf.start('--supernode', 'never', ...joined, ...WEB, '--set', 'peer.name=Ada <b>of</b> the sea');
    await leaf.untilStatus('a parent', ({ parent }) => parent !== null);
    await supernode.untilStatus('a child and a neighbour', ({ neighbours }) => neighbours === 1);

    const { page, watch } = await openPageOf(supernode, browser);
    await goTo(page, 'network');
    await expect.poll(() => page.locator('[data-role]').textContent()).toBe('Supernode');
    await page.getByText('Because you asked for it in the settings.').waitFor();
    await page.getByText(supernode.invitation).waitFor();
    await page.getByText('for other peers').waitFor();
    // A child, or one that keeps a warm place: the leaf chose between two supernodes.
    await page.getByRole('grid', { name: 'Children' }).getByText('Ada <b>of</b> the sea').waitFor();
    await page.getByRole('button', { name: /^Neighbours/ }).click();
    await page.getByRole('grid', { name: 'Neighbours' }).getByText(other.listen).waitFor();
    await page.getByRole('button', { name: /^Known supernodes/ }).click();
    await page.getByRole('grid', { name: 'Known supernodes' }).getByText(other.listen).waitFor();
    await expect.poll(() => page.locator('[data-peer]').count()).toBe(2);

    await page.getByRole('group', { name: /^Drawing/ }).focus();
    await page.keyboard.press('ArrowRight');
    await page.locator('.caption').getByText('Neighbour,').waitFor();
    await page.keyboard.press('ArrowRight');
    await page.locator('.caption').getByText('Ada <b>of</b> the sea').waitFor();

    await page.locator('canvas').waitFor();
    await page.getByRole('button', { name: '24 hours' }).click();
    await page.getByText('the first point comes after some minutes').waitFor();
    await page.getByRole('button', { name: '10 minutes' }).click();
    await page.locator('canvas').waitFor();
    await expectAccessible(page);
    await page.getByText('it carried 0 bytes: 0 bytes of at most 2.1 GB in the last 24 hours').waitFor();
    await keepScreenshot(page, 'network-supernode');

    const { page: leafPage, watch: leafWatch } = await openPageOf(leaf, browser, { colorScheme: 'dark' });
    await goTo(leafPage, 'network');
    await expect.poll(() => leafPage.locator('[data-role]').textContent()).toBe('Ordinary peer (leaf)');
    await leafPage.locator('[data-link="parent"]').waitFor();
    await leafPage.locator('[data-peer="parent"]').waitFor();
    await leafPage.locator('canvas').waitFor();
    await keepScreenshot(leafPage, 'network-leaf-dark');
    await leafPage.getByText('Others can connect to this peer.').waitFor();
    await expect.poll(() => leafPage.locator('[data-condition="allowed"]').textContent()).toContain('no');
    await leafPage.getByLabel('not met').first().waitFor();
    await leafPage.locator('[data-election]').scrollIntoViewIfNeeded();
    await expectAccessible(leafPage);
    await keepScreenshot(leafPage, 'network-leaf-election-dark');
    watch.expectNone();
    leafWatch.expectNone();
  });

  it('says what to do when nobody is there', async () => {
    const peer = await (await LivePeer.make()).start('--supernode', 'never', ...WEB);
    const { page, watch } = await openPageOf(peer, browser);
    await goTo(page, 'network');
    await page.getByText('No other peer is linked with this one yet').waitFor();
    await page.getByText('shoal peer --bootstrap HOST:PORT').waitFor();
    await expectAccessible(page);
    watch.expectNone();
  });
});

describe('settings page', () => {
  it('changes what is kept over a restart and in force', async () => {
    const peer = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const { page, watch } = await openPageOf(peer, browser);
    await goTo(page, 'settings');
    await page.locator('[data-section="slots"]').click();
    const slots = setting(page, 'upload.slots');
    await slots.getByRole('textbox').fill('1001');
    await slots.getByRole('textbox').press('Enter');
    await slots.getByText('It lies between 0 and 1,000.').waitFor();
    expect(await settingOf(peer, 'upload.slots')).toBe(0);
    await slots.getByRole('textbox').fill('7');
    await slots.getByRole('textbox').press('Enter');
    await expect.poll(async () => (await peer.query('network', {})).load.slots).toBe(7);
    await slots.getByText('Changed').waitFor();

    await page.locator('[data-section="speed"]').click();
    await setting(page, 'download.rate').getByRole('checkbox').uncheck();
    await setting(page, 'download.rate').getByRole('textbox').fill('2,5');
    await setting(page, 'download.rate').getByRole('textbox').press('Enter');
    await expect.poll(() => settingOf(peer, 'download.rate')).toBe(2_500_000);

    await page.locator('[data-section="network"]').click();
    await setting(page, 'peer.listen').getByRole('textbox').fill('127.0.0.1:0');
    await setting(page, 'peer.listen').getByRole('textbox').press('Enter');
    await page.getByText('Start Shoal again to put this into force: Address to listen on.').waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, 'settings-restart');
    watch.expectNone();

    await peer.stop();
    await peer.start('--supernode', 'always', ...WEB);
    expect((await peer.query('network', {})).load.slots).toBe(7);
    const again = await openPageOf(peer, browser);
    await goTo(again.page, 'settings');
    // The key is the page's own, once it is there.
    await again.page.locator('[data-setting]').first().waitFor();
    await again.page.keyboard.press('Control+f');
    await again.page.keyboard.type('uploads at once');
    const kept = setting(again.page, 'upload.slots');
    await expect.poll(() => kept.getByRole('textbox').inputValue()).toBe('7');
    await kept.getByRole('button', { name: /^Reset/ }).click();
    await expect.poll(() => settingOf(peer, 'upload.slots')).toBe(0);
    again.watch.expectNone();
  });

  it('shows at once what another page or the command line changed', async () => {
    const peer = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const [{ page }, other] = [await openPageOf(peer, browser), await openPageOf(peer, browser)];
    await goTo(page, 'transfers');
    await page.getByRole('tab', { name: 'Uploads' }).click();
    await page.getByRole('button', { name: 'Pause all uploads' }).waitFor();
    await peer.shoal('settings', 'upload.paused', 'on');
    await page.getByRole('button', { name: 'Resume uploads' }).click();
    await expect.poll(() => settingOf(peer, 'upload.paused')).toBe(false);

    await goTo(other.page, 'settings');
    await other.page.locator('[data-section="network"]').click();
    await setting(other.page, 'peer.listen').getByRole('textbox').fill('127.0.0.1:0');
    await setting(other.page, 'peer.listen').getByRole('textbox').press('Enter');
    await goTo(page, 'settings');
    await page.getByText('Start Shoal again to put this into force: Address to listen on.').waitFor();
    await page.locator('[data-section="network"]').click();
    expect(await setting(page, 'peer.listen').getByRole('textbox').inputValue()).toBe('127.0.0.1:0');
  });

  it('keeps a text that is refused, and what is being typed when the setting is changed elsewhere', async () => {
    const peer = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const { page } = await openPageOf(peer, browser);
    await goTo(page, 'settings');
    await page.locator('[data-section="speed"]').click();
    const schedule = setting(page, 'limits.schedule').getByRole('textbox');
    await schedule.fill('mon-fri 8-18 pause');
    await schedule.press('Enter');
    await page.getByText('“8-18” are no hours').first().waitFor();
    expect(await schedule.inputValue()).toBe('mon-fri 8-18 pause');
    await schedule.fill('mon-fri 8:00-18:00 pa');
    await peer.shoal('settings', 'limits.schedule', 'sun pause');
    await setting(page, 'limits.schedule').getByText('Changed').waitFor();
    expect(await schedule.inputValue()).toBe('mon-fri 8:00-18:00 pa');
    await schedule.pressSequentially('use');
    await schedule.press('Enter');
    await expect.poll(() => settingOf(peer, 'limits.schedule')).toBe('mon-fri 8:00-18:00 pause');
    await setting(page, 'limits.schedule')
      .getByText(/are no hours/)
      .waitFor({ state: 'detached' });
    await schedule.fill('nonsense');
    await schedule.press('Escape');
    expect(await schedule.inputValue()).toBe('mon-fri 8:00-18:00 pause');
  });

  it('turns the page to another language, direction and theme at once', async () => {
    const peer = await (await LivePeer.make()).start('--supernode', 'always', ...WEB);
    const { page, watch } = await openPageOf(peer, browser);
    await goTo(page, 'settings');
    await page.getByRole('heading', { name: 'Appearance' }).waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, 'settings');
    await choose(page, 'page.theme', 'Dark');
    await expect.poll(() => page.evaluate(() => document.documentElement.style.colorScheme)).toBe('dark');
    await expectAccessible(page);
    await keepScreenshot(page, 'settings-dark');
    await choose(page, 'page.language', 'Deutsch');
    await page.getByRole('heading', { name: 'Einstellungen' }).waitFor();
    await choose(page, 'page.language', 'العربية');
    await page.getByRole('heading', { name: 'الإعدادات' }).waitFor();
    expect(await page.evaluate(() => document.documentElement.dir)).toBe('rtl');
    await keepScreenshot(page, 'settings-arabic-dark');
    await goTo(page, 'network');
    await page.locator('[data-role]').waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, 'network-arabic-dark');

    await goTo(page, 'settings');
    await page.locator('[data-section="advanced"]').click();
    await setting(page, 'trust.ban').waitFor();
    await expectAccessible(page);
    await page.locator('[data-section="about"]').click();
    await page.locator('.about button').first().click();
    await page.getByRole('dialog').getByText('vuetify').first().waitFor();
    watch.expectNone();
  });
});
