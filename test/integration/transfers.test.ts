import { existsSync } from 'node:fs';
import { rename, writeFile } from 'node:fs/promises';
import { expect, test } from 'vitest';
import type { NodeId } from '../../src-main/contract/ids.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** What the page of transfers asks of a real peer that downloads from real ones. */

const MIB = 2 ** 20;
const SIZE = 12 * MIB;
const BYTES = seededBytes(SIZE, 31);
const NAME = 'chosen.bin';

async function startSource(): Promise<LivePeer> {
  const peer = await LivePeer.make({ [NAME]: BYTES });
  await peer.start('--supernode', 'never', '--set', `upload.rate=${MIB}`);
  await peer.untilShared(1);
  return peer;
}

test('a download is looked into, steered by hand, and remembered', async () => {
  const sources = await Promise.all([startSource(), startSource()]);
  const [first, second] = sources as [LivePeer, LivePeer];
  const [shared] = await first.shoal('share', 'files');
  const from = sources.map(({ invitation }) => `&xs=${encodeURIComponent(invitation)}`).join('');
  const magnet = `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=${NAME}&xl=${SIZE}${from}`;
  const peer = await (await LivePeer.make()).start('--supernode', 'never');
  const startedMs = Date.now();
  await peer.shoal('get', magnet);
  const activeNodes = async () =>
    (await peer.download()).sources.filter(({ state }) => state === 'active').map(({ node }) => node);
  await until('both are active', async () => (await activeNodes()).length === 2);

  const { id, addedMs } = await peer.download();
  expect(addedMs).toBeGreaterThanOrEqual(startedMs - 1000);
  const { chunks, asked } = await peer.query('download.chunks', { id });
  expect(chunks).toBe(12);
  expect(new Set(asked.map(({ node }) => node))).toEqual(new Set([first.node, second.node]));
  const sending = (await first.query('uploads', {})).find(({ state }) => state === 'active');
  expect(sending).toMatchObject({ id: `${peer.node}/${shared?.hash}`, size: SIZE });
  expect(sending?.to).toBeGreaterThan(sending?.from ?? SIZE);

  await peer.client.command('download.source', { id, node: first.node as NodeId, use: 'never' });
  expect(await activeNodes()).not.toContain(first.node);
  await peer.client.command('download.source', { id, node: first.node as NodeId, use: 'auto' });
  await peer.client.command('download.set', { id, maxSources: 1, rate: 50 * MIB });
  await until('one is active', async () => (await activeNodes()).length === 1);
  await peer.kill();
  await peer.start('--supernode', 'never');
  expect(await peer.download()).toMatchObject({ maxSources: 1, rateLimit: 50 * MIB, addedMs, place: 1 });
  await expect(peer.client.command('download.discard', { id })).rejects.toMatchObject({ code: 'download.not-done' });
  await peer.client.command('download.set', { id, maxSources: null });
  await peer.shoal('retry', id);
  await peer.untilDownload('the end', ({ state }) => state === 'done');
  expect(await peer.query('download.chunks', { id })).toMatchObject({ verified: '//A=', asked: [] });

  // Somebody else's file in its place is left alone; its own goes, and the list with it.
  const { path } = await peer.download();
  const file = path as string;
  await rename(file, `${file}.kept`);
  await writeFile(file, 'another');
  await expect(peer.client.command('download.discard', { id })).rejects.toMatchObject({
    code: 'download.file-changed',
  });
  await rename(`${file}.kept`, file);
  await peer.shoal('discard', id);
  expect(existsSync(file)).toBe(false);
  expect(await peer.query('downloads', {})).toEqual([]);
  await peer.stop();
  await peer.start('--supernode', 'never');
  expect(await peer.shoal('history')).toMatchObject([{ name: NAME, outcome: 'done', size: SIZE, bytes: SIZE }]);
  await peer.client.command('settings.set', { key: 'download.history', value: 0 });
  expect(await peer.query('history', {})).toEqual({ entries: [], next: null });
  expect(await peer.client.command('history.clear', {})).toEqual({ cleared: 0 });
  await expect(peer.query('history', { limit: 501 })).rejects.toMatchObject({ code: 'input.invalid' });
  await expect(peer.client.command('download.set', { id, rate: -1 })).rejects.toMatchObject({ code: 'input.invalid' });
});
