import { once } from 'node:events';
import { rename, writeFile } from 'node:fs/promises';
import type { IncomingMessage } from 'node:http';
import { request } from 'node:https';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAddress } from '../../src-main/contract/address.ts';
import { askPeer } from '../support/ask-peer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** More than the system keeps on the way between two sockets. */
const SIZE = 64 * 2 ** 20;

test('a folder that is shared no more is not sent on, not to who has begun with a file of it and not to who comes back', async () => {
  const peer = await (await LivePeer.make({ 'diary.bin': seededBytes(SIZE, 1) })).start();
  await peer.untilShared(1);
  const [file] = await peer.shoal('share', 'files');
  const path = `/content/${file?.hash}`;
  const asked = request({ ...parseAddress(peer.listen), path, agent: false, rejectUnauthorized: false });
  asked.on('error', () => undefined).end();
  const [answer] = (await once(asked, 'response')) as [IncomingMessage];
  answer.on('error', () => undefined);
  await once(answer, 'readable');
  await peer.shoal('share', 'remove', peer.shared);
  expect((await askPeer(peer.listen, path)).status).toBe(410);
  let taken = 0;
  answer.on('data', (bytes: Buffer) => {
    taken += bytes.length;
  });
  await new Promise((resolve) => answer.once('close', resolve));
  expect([answer.statusCode, answer.complete]).toEqual([200, false]);
  expect(taken).toBeLessThan(SIZE / 2);
});

test('the download folder is shared no more when its setting is off, nor after it was removed, also by the next start', async () => {
  const peer = await LivePeer.make();
  await writeFile(join(peer.downloads, 'old.txt'), 'what I fetched');
  await peer.start();
  await peer.untilShared(1);
  const [file] = await peer.shoal('share', 'files');
  const isGiven = async () => (await askPeer(peer.listen, `/content/${file?.hash}`)).status;
  const folders = async () => (await peer.shoal('share', 'list')).map(({ path }) => path);
  expect(await isGiven()).toBe(200);
  await peer.shoal('settings', 'downloads.share', 'off');
  expect([await isGiven(), await folders()]).toEqual([410, [peer.shared]]);
  await peer.shoal('settings', 'downloads.share', 'on');
  await peer.untilShared(1);
  await peer.shoal('share', 'remove', peer.downloads);
  expect([await isGiven(), await folders()]).toEqual([410, [peer.shared]]);
  await peer.stop();
  await peer.start();
  expect(await folders()).toEqual([peer.shared]);
  expect(await peer.shoal('settings', 'downloads.share')).toMatchObject([{ value: false }]);
});

test('a file that is left out stays out on a real disk when it is renamed, while the peer runs and while it does not', async () => {
  const peer = await (await LivePeer.make({ 'diary.txt': 'secret', 'photo.txt': 'p' })).start();
  await peer.untilShared(2);
  const at = (name: string) => join(peer.shared, name);
  await peer.client.command('share.file', { path: at('diary.txt'), shared: false });
  await rename(at('diary.txt'), at('letters.txt'));
  await until('the entry followed', async () => (await peer.query('shares.hidden', {})).includes(at('letters.txt')));
  await peer.stop();
  await rename(at('letters.txt'), at('notes.txt'));
  await peer.start();
  await until('the entry followed', async () => (await peer.query('shares.hidden', {})).includes(at('notes.txt')));
  expect((await peer.shoal('share', 'files')).map(({ path }) => path)).toEqual([at('photo.txt')]);
});
