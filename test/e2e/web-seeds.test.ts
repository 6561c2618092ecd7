import { createHash } from 'node:crypto';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { LivePeer } from '../support/live-peer.ts';
import { NginxMirror } from '../support/nginx-mirror.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { openPageOf } from '../support/page-world.ts';
import { seededBytes } from '../support/sha256.ts';
import { requireTool } from '../support/tools.ts';

const MIB = 2 ** 20;
const NAME = 'tide.bin';
const BYTES = seededBytes(6 * MIB, 3);
/** Longer than any step here takes on a busy machine. */
const PATIENCE = { timeout: 15_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

describe.skipIf(!requireTool(CHROMIUM) || !requireTool('nginx', ['-v']))('web servers as sources', () => {
  it('of a list are asked in a local network only when the user says so, in the dialog or later', async () => {
    const mirror = await NginxMirror.start({ [NAME]: BYTES }, 4 * MIB);
    const user = await (await LivePeer.make()).start('--supernode', 'never', '--web', '127.0.0.1:0');
    const { page, watch } = await openPageOf(user, browser);
    page.setDefaultTimeout(15_000);
    await page.locator('a[href="#/transfers"]').click();
    await page.getByRole('button', { name: 'Add a link or list' }).first().click();
    const xml = `<metalink xmlns="urn:ietf:params:xml:ns:metalink"><file name="${NAME}"><size>${BYTES.length}</size>
      <hash type="sha-256">${createHash('sha256').update(BYTES).digest('hex')}</hash>
      <url>${mirror.url(NAME)}</url><url>http://mirror.example:25/${NAME}</url></file></metalink>`;
    const list = { name: 'tide.meta4', mimeType: 'application/metalink4+xml', buffer: Buffer.from(xml) };
    await page.locator('input[type=file]').setInputFiles(list);
    const question = page.getByRole('alertdialog').filter({ hasText: '127.0.0.1 lies in a local network' });
    await question.waitFor(PATIENCE);
    await expectAccessible(page);
    await keepScreenshot(page, 'web-seeds-question');
    await question.getByRole('button', { name: 'Cancel' }).click();
    await question.waitFor({ state: 'hidden' });

    const row = page.getByRole('grid', { name: 'Downloads' }).getByRole('row').filter({ hasText: NAME });
    await row.click();
    const sources = page.getByRole('grid', { name: 'Sources' });
    const refused = sources.getByRole('row').filter({ hasText: mirror.url(NAME) });
    await refused.getByText('local network').waitFor(PATIENCE);
    await sources
      .getByRole('row')
      .filter({ hasText: 'mirror.example' })
      .getByText('may not be asked')
      .waitFor(PATIENCE);
    await expectAccessible(page);
    await keepScreenshot(page, 'web-seeds-sources');
    await refused.getByRole('button', { name: 'Allow 127.0.0.1' }).click();
    await question.getByRole('button', { name: 'Allow' }).click();
    await row.getByText('Complete').waitFor({ timeout: 30_000 });
    expect((await readFile(join(user.downloads, NAME))).equals(BYTES)).toBe(true);
    watch.expectNone();
  });
});
