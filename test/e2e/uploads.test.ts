import type { Browser, Page } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { openPageOf } from '../support/page-world.ts';
import { seededBytes } from '../support/sha256.ts';

/** The queue, its limits and the schedule, as the page of a peer that others load from shows them. */
const MIB = 2 ** 20;
const SIZE = 64 * MIB;

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

const go = (page: Page, name: string) => page.locator(`a[href="#/${name}"]`).click();

it('shows who is served and who waits and why, and lets the user hold, limit and plan it', {
  timeout: 90_000,
}, async () => {
  const source = await LivePeer.make({ 'reef.bin': seededBytes(SIZE, 51) });
  const limits = ['--set', `upload.rate=${MIB}`, '--set', 'upload.slots=1'];
  await source.start('--supernode', 'never', '--web', '127.0.0.1:0', ...limits);
  await source.untilShared(1);
  const [shared] = await source.shoal('share', 'files');
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=reef.bin&xl=${SIZE}&xs=${encodeURIComponent(source.invitation)}`;
  for (let at = 0; at < 2; at++) {
    // One of them alone knows of no other that it could swap with.
    const peer = await (await LivePeer.make()).start('--supernode', 'never', '--set', 'downloads.share=off');
    await peer.shoal('get', magnet);
    await peer.untilDownload(
      'it has begun',
      ({ state, sources }) => state === 'downloading' || sources[0]?.state === 'queued',
    );
  }

  const { page } = await openPageOf(source, browser);
  page.setDefaultTimeout(15_000);
  await go(page, 'transfers');
  await page.getByRole('tab', { name: 'Uploads' }).click();
  await page.getByText('1 of 1 slots in use, 1 waiting').waitFor();
  await keepScreenshot(page, 'uploads');
  await page.getByText(/^up 1(\.\d)? MB\/s, down no limit/).waitFor();
  const row = (state: string) =>
    page.getByRole('grid', { name: 'Uploads' }).getByRole('row').filter({ hasText: state });
  await row('Waiting').waitFor();
  await row('Sending').click();
  await page.getByText(/^Waited .*\. Credit 1: it gave .* and took .*\.$/).waitFor();
  await keepScreenshot(page, 'uploads');
  await expectAccessible(page);
  const chosen = page.getByRole('region', { name: 'Chosen upload' });
  await chosen.getByLabel('Rate limit, kB/s (0: none)').fill('300');
  await page.keyboard.press('Tab');
  const rates = async () => (await source.query('uploads', {})).map(({ rateLimit }) => rateLimit);
  await expect.poll(rates).toContain(300_000);

  await page.getByRole('button', { name: 'Pause all uploads' }).click();
  await page.getByText('up paused').waitFor();
  await expect
    .poll(async () => (await source.query('uploads', {})).every(({ state }) => state === 'queued'), { timeout: 20_000 })
    .toBe(true);
  await page.getByRole('button', { name: 'Resume uploads' }).click();

  await go(page, 'settings');
  await page.getByRole('navigation').getByText('Speed').click();
  const schedule = page.getByLabel('Weekly schedule', { exact: true });
  await schedule.fill('mon-fri 8-18 pause');
  await schedule.press('Enter');
  await page.getByText('“8-18” are no hours').first().waitFor();
  await schedule.fill('up=512KiB down=none; sat,sun pause');
  await schedule.press('Enter');
  await page.getByText('(schedule)').first().waitFor();
  await keepScreenshot(page, 'limits');
  await expectAccessible(page);
  expect(await source.query('status', {})).toMatchObject({ limits: { up: { rate: 512 * 1024, why: 'schedule' } } });
});
