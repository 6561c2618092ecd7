import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer } from '../support/live-peer.ts';
import { openPageOf } from '../support/page-world.ts';

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

test('the tab of a peer that was started again takes the new address', async () => {
  const peer = await (await LivePeer.make()).start('--supernode', 'always', '--web', '127.0.0.1:0');
  const { page } = await openPageOf(peer, browser);
  await page.locator('a[href="#/network"]').click();
  await page.locator('[data-role]').waitFor();
  await peer.stop();
  await peer.start('--supernode', 'always', '--web', new URL(peer.web).host);
  await page.getByText('This browser is not known').waitFor();
  // The document stays: nothing but the fragment is another one.
  await page.evaluate(() => document.body.setAttribute('data-same', ''));
  await page.evaluate((address) => location.assign(address), peer.web);
  await page.getByText('This browser is not known').waitFor({ state: 'detached' });
  await page.locator('a[href="#/network"]').click();
  await page.locator('[data-role]').waitFor();
  expect(await page.locator('body[data-same]').count()).toBe(1);
  expect(page.url()).not.toContain('token');
  await page.goBack();
  expect(page.url()).not.toContain('token');
});
