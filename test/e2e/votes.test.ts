import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, expect, it } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { openBrowser } from '../support/browser.ts';
import { HostilePeer } from '../support/hostile-peer.ts';
import { until } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { PageWorld } from '../support/page-world.ts';
import { seededBytes } from '../support/sha256.ts';

/** What others say of a result, and what the user says of a download, on the page. */

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

it('shows what others say of a result, and asks once before the user tells others what a file is', {
  timeout: 150_000,
}, async () => {
  const world = await PageWorld.start(
    [{ 'reef one.bin': seededBytes(5000, 61), 'reef two.bin': seededBytes(6000, 62) }],
    {
      sharers: ['--set', 'votes.publish=on'],
    },
  );
  const [sharer] = world.sharers;
  if (!sharer) throw new Error('nobody shares');
  const files = await sharer.shoal('share', 'files');
  for (const { hash, size } of files) await sharer.shoal('verdict', String(hash), 'fake', '--size', String(size));

  const { page, watch } = await world.open(browser);
  page.setDefaultTimeout(15_000);
  await page.getByRole('searchbox').fill('reef');
  await page.keyboard.press('Enter');
  await page.getByRole('row').filter({ hasText: 'reef one' }).click();
  const votes = page.getByRole('region', { name: 'What it is, others say' });
  await votes.getByText('Of 1 voter, 0 with whom you agreed before.').waitFor();
  await votes.getByText('Undecided.').waitFor();
  await votes.getByRole('button', { name: 'Say what it is' }).click();
  await page.getByRole('menuitem', { name: 'Fake' }).click();
  const question = page.getByRole('alertdialog');
  await question.getByText(/it also tells them that you had this file/).waitFor();
  await keepScreenshot(page, 'votes-consent');
  await expectAccessible(page);
  await question.getByRole('button', { name: 'Keep it here' }).click();
  await votes.getByText('This stays on this machine.').waitFor();
  // What the user says of a file makes others known by it where other files are the question.
  await votes.getByText('Of 1 voter, 0 with whom you agreed before.').waitFor();
  await page.getByRole('row').filter({ hasText: 'reef two' }).click();
  await votes.getByText('Of 1 voter, 1 with whom you agreed before.').waitFor();
  await keepScreenshot(page, 'votes-result');
  await expectAccessible(page);
  const { hash, size } = files.find(({ name }) => name === 'reef one.bin') ?? {};
  expect(await world.user.query('votes', { hash: hash as ContentHash, size: Number(size) })).toMatchObject({
    ...{ own: 'fake', isPublic: false, known: 0, unknown: 1 },
  });

  // Of a download that has ended it is said there; nobody is asked again, and the settings let others hear it.
  await page.getByRole('row').filter({ hasText: 'reef two' }).dblclick();
  await page.locator('a[href="#/transfers"]').click();
  await world.user.untilDownload('it is done', ({ state }) => state === 'done');
  await world.user.client.command('settings.set', { key: 'votes.publish', value: true });
  await page.getByRole('row').filter({ hasText: 'reef two' }).click();
  await votes.getByText('Careful: it seems bad.').or(votes.getByText('Undecided.')).waitFor();
  await votes.getByRole('button', { name: 'Say what it is' }).click();
  await page.getByRole('menuitem', { name: 'Malware' }).click();
  await votes.getByText('Others can hear this.').waitFor();
  await votes.getByRole('button', { name: 'You say: Malware' }).waitFor();
  await keepScreenshot(page, 'votes-download');
  await expectAccessible(page);
  const second = files.find(({ name }) => name === 'reef two.bin')?.hash;
  const asker = await HostilePeer.make(world.supernode.listen);
  await until('others to be told', async () =>
    (await asker.ask(`/content/${second}/votes`)).body.toString().includes('"verdict":"malware"'),
  );

  // Whoever does not want to be known by that any more is another peer from the next start on.
  await page.locator('a[href="#/settings"]').click();
  await page.locator('[data-section="network"]').click();
  await page.getByRole('button', { name: 'New identity…' }).click();
  await page.getByRole('alertdialog').getByRole('button', { name: 'Make a new key' }).click();
  await page.getByText(/From the next start on this peer is [0-9a-f]{12}\./).waitFor();
  await keepScreenshot(page, 'identity');
  await expectAccessible(page);
  // It waits in the peer, not on this page.
  await page.locator('[data-section="speed"]').click();
  await page.locator('[data-section="network"]').click();
  await page.getByRole('button', { name: 'Keep the old one' }).click();
  await page.getByRole('button', { name: 'New identity…' }).waitFor();
  watch.expectNone();
});
