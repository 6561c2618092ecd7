import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Browser, Locator, Page } from 'playwright-core';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { parseTarget } from '../../src-main/contract/address.ts';
import { formatMagnet } from '../../src-main/contract/magnet.ts';
import ar from '../../src-renderer/i18n/ar/index.ts';
import { CHROMIUM, openBrowser } from '../support/browser.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { expectAccessible, keepScreenshot } from '../support/page-checks.ts';
import { openPageOf, PageWorld } from '../support/page-world.ts';
import { EVIL_DRAWING, EVIL_PAGE, makeSilence, PICTURE, PROGRAM } from '../support/preview-files.ts';
import { ELF } from '../support/programs.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

const MIB = 2 ** 20;
const LINE = 'All fish of the reef, by name and colour. ';
const textOf = (bytes: number) => Buffer.alloc(bytes, LINE);
const rateOf = (bytes: number) => ['--set', `upload.rate=${bytes}`];
const WEB = ['--web', '127.0.0.1:0'];
/** Longer than any step here takes on a busy machine. */
const PATIENCE = { timeout: 15_000 };

let browser: Browser;
beforeAll(async () => {
  browser = await openBrowser();
});
afterAll(() => browser.close());

async function magnetsOf(peers: readonly LivePeer[]): Promise<string[]> {
  const [{ files } = { files: [] }] = await Promise.all(peers.map((peer) => peer.query('shares.files', {})));
  const sources = peers.flatMap(({ invitation }) => parseTarget(invitation) ?? []);
  return files.map(({ hash, size, name }) => formatMagnet({ hash, size, name, sources }));
}
async function openTransfers(page: Page): Promise<void> {
  await page.locator('a[href="#/transfers"]').click();
  page.setDefaultTimeout(15_000);
  await page.getByRole('tab', { name: 'Downloads' }).waitFor();
}
async function addLinks(page: Page, links: readonly string[]): Promise<void> {
  await page.getByRole('button', { name: 'Add a link or list' }).first().click();
  await page.getByLabel('Magnet link or hash').fill(links.join('\n'));
  await page.getByRole('button', { name: 'Add', exact: true }).click();
  await page.getByText(links.length > 1 ? `${links.length} downloads added` : 'Download added: ').waitFor();
}
const list = (page: Page): Locator => page.getByRole('grid', { name: 'Downloads' });
const rowOf = (page: Page, name: string): Locator => list(page).getByRole('row').filter({ hasText: name });
const action = (page: Page, name: string): Locator =>
  page.getByRole('toolbar', { name: 'Chosen download' }).getByRole('button', { name, exact: true });
const placesOf = async (peer: LivePeer) =>
  [...(await peer.query('downloads', {}))].sort((a, b) => a.place - b.place).map(({ name }) => name);

async function expectPreview(page: Page, name: string, shown: (dialog: Locator) => Promise<void>): Promise<void> {
  await rowOf(page, name).click();
  await expect.poll(() => action(page, 'Preview').isEnabled(), PATIENCE).toBe(true);
  await action(page, 'Preview').click();
  const dialog = page.getByRole('dialog', { name: `Preview of ${name}` });
  await shown(dialog);
  await page.keyboard.press('Escape');
  await dialog.waitFor({ state: 'hidden' });
}

describe.skipIf(!requireTool(CHROMIUM))('transfers', () => {
  it('goes on when a source dies, after a pause, and is previewed meanwhile', async () => {
    const text = textOf(24 * MIB);
    const files = { 'fish names.txt': text };
    // So slow that it is not over before it was looked at.
    const user = ['--set', `download.rate=${MIB}`];
    const world = await PageWorld.start([files, files, files], { sharers: rateOf(MIB), user });
    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await page.getByText('Nothing is being downloaded.').waitFor();
    await addLinks(page, await magnetsOf(world.sharers));

    await rowOf(page, 'fish names.txt').click();
    await rowOf(page, 'fish names.txt').getByText('3 of 3').waitFor(PATIENCE);
    await expect.poll(() => page.getByRole('grid', { name: 'Sources' }).getByText('sending').count(), PATIENCE).toBe(3);
    await page.getByRole('img', { name: /of 24 chunks are here and checked, [1-9]/ }).waitFor(PATIENCE);
    await expectPreview(page, 'fish names.txt', async (dialog) => {
      await dialog.getByRole('region').getByText(LINE.trim()).waitFor(PATIENCE);
      expect((await world.user.download()).state).toBe('downloading');
    });
    await keepScreenshot(page, 'transfers-downloads');
    await action(page, 'Pause').click();
    await list(page).getByRole('gridcell', { name: 'Paused' }).waitFor(PATIENCE);
    await expectPreview(page, 'fish names.txt', async (dialog) => {
      await dialog.getByText('The first 262.1 kB of the file.').waitFor(PATIENCE);
      await expectAccessible(page);
      await keepScreenshot(page, 'transfers-preview');
    });
    await expectAccessible(page);
    await world.sharers[0]?.kill();
    await world.user.client.command('settings.set', { key: 'download.rate', value: 0 });
    await action(page, 'Resume').click();
    await page.getByRole('grid', { name: 'Sources' }).getByText('not reachable').waitFor(PATIENCE);
    await list(page).getByRole('gridcell', { name: 'Complete' }).waitFor({ timeout: 30_000 });
    expect((await readFile(join(world.user.downloads, 'fish names.txt'))).equals(text)).toBe(true);
    watch.expectNone();
  });

  it('is brought to another folder while it runs, and ends there', async () => {
    const user = ['--set', `download.rate=${MIB}`];
    const world = await PageWorld.start([{ 'fish names.txt': textOf(6 * MIB) }], { user });
    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await addLinks(page, await magnetsOf(world.sharers));
    await rowOf(page, 'fish names.txt').click();
    await world.user.untilDownload('a part', ({ done }) => done >= MIB);
    const button = page.getByRole('button', { name: 'Move to another folder…' });
    await button.click();
    const dialog = page.getByRole('dialog', { name: 'Move to another folder' });
    const field = dialog.getByLabel('Folder');
    expect(await field.inputValue()).toBe(world.user.downloads);
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-relocate');
    await field.fill('not a whole path');
    await dialog.getByRole('button', { name: 'Move' }).click();
    await dialog.getByText('it is not the whole path of a folder').waitFor(PATIENCE);
    const folder = await temporaryFolder();
    await field.fill(folder);
    await dialog.getByRole('button', { name: 'Move' }).click();
    await page.getByText(`fish names.txt is in ${folder} now.`).waitFor(PATIENCE);
    await dialog.waitFor({ state: 'hidden' });
    const details = page.getByRole('region', { name: 'Chosen download' });
    await details.getByText(join(folder, 'fish names.txt')).waitFor(PATIENCE);
    await world.user.client.command('settings.set', { key: 'download.rate', value: 0 });
    await list(page).getByRole('gridcell', { name: 'Complete' }).waitFor({ timeout: 30_000 });
    await button.waitFor({ state: 'hidden' });
    expect((await readFile(join(folder, 'fish names.txt'))).equals(textOf(6 * MIB))).toBe(true);
    watch.expectNone();
  });

  it('says until when a source is banned that sent wrong bytes, and lets it be tried again', async () => {
    const world = await PageWorld.start([]);
    const liar = await LivePeer.make({ 'wrong.bin': textOf(8 * MIB) });
    await liar.startLying(0, '--supernode', 'never');
    await liar.untilShared(1);
    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await addLinks(page, await magnetsOf([liar]));
    await rowOf(page, 'wrong.bin').click();
    const sources = page.getByRole('grid', { name: 'Sources' });
    await sources.getByText('banned until ').waitFor(PATIENCE);
    const details = page.getByRole('region', { name: 'Chosen download' });
    await details.getByText('The first ban ends ').waitFor(PATIENCE);
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-banned');
    const [{ bannedUntilMs: first } = { bannedUntilMs: 0 }] = (await world.user.download()).sources;
    await sources.getByRole('button', { name: `Try again: ${liar.node.slice(0, 12)}` }).click();
    await world.user.untilDownload(
      'the longer ban',
      ({ sources: [source] }) => (source?.bannedUntilMs ?? 0) > (first ?? 0) + 3_600_000,
    );
    watch.expectNone();
  });

  it('shows the place in a queue, and to the sender who waits', async () => {
    const world = await PageWorld.start([{ 'long film.bin': textOf(8 * MIB) }], {
      sharers: [...WEB, ...rateOf(MIB / 2), '--set', 'upload.slots=1'],
    });
    const [sharer] = world.sharers;
    if (!sharer) throw new Error('no sharer');
    const magnets = await magnetsOf([sharer]);
    const other = await (await LivePeer.make()).start(
      '--supernode',
      'never',
      '--bootstrap',
      world.supernode.invitation,
    );
    const [film] = (await sharer.query('shares.files', {})).files;
    if (!film) throw new Error('no film');
    await other.client.command('download.add', {
      hash: film.hash,
      size: film.size,
      sources: [{ target: sharer.invitation }],
    });
    await until('the slot is taken', async () =>
      (await sharer.query('uploads', {})).some((one) => one.state === 'active'),
    );

    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await addLinks(page, magnets);
    await rowOf(page, 'long film.bin').click();
    // Who loads it too is a source as well.
    const source = page
      .getByRole('grid', { name: 'Sources' })
      .getByRole('row')
      .filter({ hasText: sharer.node.slice(0, 12) });
    await source.getByText('in its queue').waitFor(PATIENCE);
    await source.getByRole('gridcell', { name: '1', exact: true }).waitFor(PATIENCE);
    await source.getByRole('combobox').selectOption('never');
    await world.user.untilDownload(
      'the source is left out',
      ({ sources }) => sources.find(({ node }) => node === sharer.node)?.use === 'never',
    );
    await source.getByRole('combobox').selectOption('auto');
    await world.user.untilDownload(
      'the source counts again',
      ({ sources }) => sources.find(({ node }) => node === sharer.node)?.use === 'auto',
    );

    const sender = await openPageOf(sharer, browser);
    await openTransfers(sender.page);
    await sender.page.getByRole('tab', { name: 'Uploads' }).click();
    const uploads = sender.page.getByRole('grid', { name: 'Uploads' });
    await uploads.getByText('Sending').waitFor(PATIENCE);
    await uploads.getByText('Waiting').waitFor(PATIENCE);
    await expectAccessible(sender.page);
    await keepScreenshot(sender.page, 'transfers-uploads');
    watch.expectNone();
    sender.watch.expectNone();
  });

  it('runs nothing of what it shows, and does not offer a program', async () => {
    const files = {
      'drawing.svg': EVIL_DRAWING,
      'page.html': EVIL_PAGE,
      'holiday.jpg': PROGRAM,
      'dot.png': PICTURE,
      'silence.wav': makeSilence(),
    };
    const world = await PageWorld.start([files]);
    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await addLinks(page, await magnetsOf(world.sharers));
    await expect.poll(() => list(page).getByText('Complete').count(), PATIENCE).toBe(5);

    await expectPreview(page, 'drawing.svg', (dialog) => dialog.getByText(EVIL_DRAWING).waitFor(PATIENCE));
    await expectPreview(page, 'page.html', (dialog) => dialog.getByText('window.hacked').waitFor(PATIENCE));
    await expectPreview(page, 'dot.png', async (dialog) => {
      const image = dialog.getByRole('img', { name: 'Picture dot.png' });
      await expect.poll(() => image.evaluate((shown) => (shown as HTMLImageElement).naturalWidth), PATIENCE).toBe(1);
    });
    await expectPreview(page, 'silence.wav', async (dialog) => {
      const sound = dialog.locator('audio');
      await expect.poll(() => sound.evaluate((shown) => (shown as HTMLAudioElement).readyState), PATIENCE).toBe(4);
      await expectAccessible(page);
    });
    const program = (await world.user.query('downloads', {})).find(({ name }) => name === 'holiday.jpg');
    const asked = { kind: 'download', id: program?.id ?? ('' as never) } as const;
    expect(await world.user.query('media.type', asked)).toEqual({ type: null, mayOpen: false });
    await rowOf(page, 'holiday.jpg').click();
    await page.getByRole('heading', { name: 'holiday.jpg' }).waitFor();
    // Asked for after the type: the answers come in this order.
    await page.getByRole('img', { name: /^1 of 1 chunks are here and checked/ }).waitFor();
    expect(await action(page, 'Preview').isEnabled()).toBe(false);
    await rowOf(page, 'holiday.jpg').dblclick();
    // Another one's preview opens, and nothing else had.
    await expectPreview(page, 'drawing.svg', async () => expect(await page.getByRole('dialog').count()).toBe(1));
    expect(await page.evaluate(() => 'hacked' in window)).toBe(false);

    await page.getByRole('tab', { name: 'History' }).click();
    await expect.poll(() => page.getByRole('grid', { name: 'History' }).getByText('Complete').count()).toBe(5);
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-history');
    watch.expectNone();
  });

  it('warns of a program that is called a song, and fetches it when its user says so', async () => {
    const world = await PageWorld.start([{ 'song.mp3': ELF, 'honest.txt': LINE }]);
    const { page, watch } = await world.open(browser);
    await openTransfers(page);
    await addLinks(page, await magnetsOf(world.sharers));
    const row = rowOf(page, 'song.mp3');
    await row.getByText('Paused: Its first bytes are those of a program').waitFor(PATIENCE);
    await rowOf(page, 'honest.txt').getByText('Complete').waitFor(PATIENCE);
    const warning = 'By its bytes it is: Software. Its name says something else.';
    const marks = list(page).getByRole('img', { name: warning });
    await row.getByRole('img', { name: warning }).waitFor();
    expect(await marks.count()).toBe(1);
    await row.click();
    await page.getByRole('region', { name: 'Chosen download' }).getByText(warning).waitFor();
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-disguised');
    expect(await page.getByRole('button', { name: 'Resume all' }).isEnabled()).toBe(false);
    await action(page, 'Resume').click();
    await row.getByText('Complete').waitFor(PATIENCE);
    expect(await marks.count()).toBe(1);
    watch.expectNone();
  });

  it('orders, filters, cancels, exports and takes what is dropped, by keys where there are keys', async () => {
    const world = await PageWorld.start([]);
    const { page, watch } = await world.open(browser, { colorScheme: 'dark' });
    await openTransfers(page);
    const links = ['first', 'second', 'third'].map((name, at) => {
      const hash = String(at + 1).repeat(64);
      return `magnet:?xt=urn:tree:sha256:${hash}&dn=${name}&xl=${5 * MIB}`;
    });
    await addLinks(page, links);
    await rowOf(page, 'third').click();
    await page.keyboard.press('Alt+ArrowUp');
    await expect.poll(() => placesOf(world.user)).toEqual(['first', 'third', 'second']);
    await page.keyboard.press('Alt+Home');
    await expect.poll(() => placesOf(world.user)).toEqual(['third', 'first', 'second']);

    await page.keyboard.press('Control+f');
    await page.keyboard.type('sec');
    await rowOf(page, 'first').waitFor({ state: 'hidden' });
    await rowOf(page, 'second').click();
    await expect.poll(() => action(page, 'Cancel download').isEnabled()).toBe(true);
    await page.keyboard.press('Control+f');
    await page.keyboard.type('ond of nothing');
    await page.getByText('No download is called that').waitFor();
    // What nobody sees is not acted on.
    expect(await action(page, 'Cancel download').isEnabled()).toBe(false);
    await page.keyboard.press('Control+f');
    await page.keyboard.press('Control+a');
    await page.keyboard.type('sec');
    await rowOf(page, 'second').click();
    await page.keyboard.press('Delete');
    await page.getByText('second was cancelled.').waitFor();
    await page.getByRole('button', { name: 'Download again' }).click();
    // The cancelled one goes with the next batch of events.
    await expect.poll(() => rowOf(page, 'second').count(), PATIENCE).toBe(1);
    await page.keyboard.press('Control+f');
    await page.keyboard.press('Delete');

    const saving = page.waitForEvent('download');
    await page.getByRole('button', { name: 'Export list' }).click();
    const xml = await readFile(await (await saving).path(), 'utf8');
    expect(xml).toContain('third');
    await list(page).getByText('first').waitFor();
    await page.evaluate((text) => {
      const dataTransfer = new DataTransfer();
      dataTransfer.setData('text/plain', text);
      const at = document.querySelector('#transfers-pane');
      at?.dispatchEvent(new DragEvent('drop', { dataTransfer, bubbles: true, cancelable: true }));
    }, '4'.repeat(64));
    await rowOf(page, '4444').waitFor();

    await page.getByRole('button', { name: 'Pause all' }).click();
    await expect.poll(() => list(page).getByText('Paused').count()).toBe(4);
    await rowOf(page, 'third').click();
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-dark');
    await world.user.client.command('settings.set', { key: 'page.language', value: 'ar' });
    await page.reload();
    await page.getByText(ar.transfers.tabs.uploads).waitFor();
    await page.getByText('second').click();
    await page.getByText(ar.transfers.details.noSources).waitFor();
    // Nothing of it is here: what it is may still turn out.
    const preview = page.getByRole('button', { name: ar.transfers.actions.preview, exact: true });
    await expect.poll(() => preview.isEnabled(), PATIENCE).toBe(true);
    await expectAccessible(page);
    await keepScreenshot(page, 'transfers-arabic');
    watch.expectNone();
  });
});
