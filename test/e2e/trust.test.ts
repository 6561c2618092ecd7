import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import { openBrowser } from '../support/browser.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { openPageOf } from '../support/page-world.ts';
import { seededBytes } from '../support/sha256.ts';

const MIB = 2 ** 20;
let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

it('who sent wrong bytes stands on the page with the reason, also after a restart, until it is forgiven', async () => {
  const liar = await (await LivePeer.make({ 'tide.bin': seededBytes(2 * MIB, 8) })).startLying(
    0,
    '--supernode',
    'never',
  );
  await liar.untilShared(1);
  const [file] = await liar.shoal('share', 'files');
  const peer = await (await LivePeer.make()).start('--supernode', 'never');
  await peer.shoal('get', String(file?.hash), '--from', liar.invitation);
  await until('a strike', async () => (await peer.shoal('strikes')).length > 0);
  await peer.stop();
  await peer.start('--supernode', 'never', '--web', '127.0.0.1:0');

  const { page, watch } = await openPageOf(peer, browser);
  await page.locator('a[href="#/network"]').click();
  const table = page.getByRole('grid', { name: 'Peers that misbehaved' });
  await table.getByText(liar.node.slice(0, 12)).waitFor();
  await table.getByText('sent bytes that do not match the hash').waitFor();
  await table.scrollIntoViewIfNeeded();
  await expectAccessible(page);
  await keepScreenshot(page, 'network-trust');
  await table.getByText(liar.node.slice(0, 12)).click();
  await page.getByRole('button', { name: 'Forgive' }).click();
  await page.getByText('Nobody misbehaved.').waitFor();
  expect(await peer.shoal('strikes')).toEqual([]);
  await expect(peer.shoal('forgive', liar.node)).rejects.toThrow('nothing is held against it');
  watch.expectNone();
});

it('the block list is changed on the page, and goes to a file and back', async () => {
  const peer = await (await LivePeer.make()).start('--supernode', 'never', '--web', '127.0.0.1:0');
  const { page, watch } = await openPageOf(peer, browser);
  await page.locator('a[href="#/network"]').click();
  const field = page.getByLabel(/^hash:/);
  await field.fill('name:*Key-Gen*');
  await field.press('Enter');
  const table = page.getByRole('grid', { name: 'Blocked' });
  await table.getByText('name:*key gen*').waitFor();
  await field.fill('nonsense');
  await field.press('Enter');
  await page.getByText('a rule is hash:HASH').waitFor();
  const saved = page.waitForEvent('download');
  await page.getByRole('button', { name: 'Export' }).click();
  const path = await (await saved).path();
  await table.getByText('name:*key gen*').click();
  await page.getByRole('button', { name: 'Remove', exact: true }).click();
  await page.getByText('Nothing is blocked.').waitFor();
  await page.locator('input[type=file]').setInputFiles(path);
  await page.getByText('1 rules added, 0 were there.').waitFor();
  await table.getByText('name:*key gen*').waitFor();
  expect(await peer.shoal('block', 'list')).toEqual([{ rule: 'name:*key gen*' }]);
  watch.expectNone();
});
