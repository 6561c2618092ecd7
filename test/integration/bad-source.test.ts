import { createHash } from 'node:crypto';
import { readdir, readFile, stat, utimes, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { askPeer } from '../support/ask-peer.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** Sources whose bytes are not what they were hashed to be: files altered behind the back of an honest peer, and peers that lie. */

const MIB = 2 ** 20;
const HOUR_MS = 3_600_000;
const NAME = 'tide.bin';
const SIZE = 8 * MIB;
const BYTES = seededBytes(SIZE, 8);
/** One bit in the middle of every piece that is sent. */
const ALTERED = BYTES.map((byte, at) => (at % 4096 === 0 ? byte ^ 1 : byte));
const sha256 = (bytes: Uint8Array) => createHash('sha256').update(bytes).digest('hex');

/** Other bytes in the same file, of the same size and with the same time of change: only ctime tells. */
async function alterInPlace(path: string): Promise<void> {
  const { atime, mtime } = await stat(path);
  await writeFile(path, ALTERED, { flag: 'r+' });
  await utimes(path, atime, mtime);
}

async function startSource(...words: readonly string[]): Promise<LivePeer> {
  const peer = await LivePeer.make({ [NAME]: BYTES });
  await peer.start('--supernode', 'never', ...words);
  await peer.untilShared(1);
  return peer;
}
const hashOf = async (peer: LivePeer) =>
  (await peer.query('shares.files', {})).files.map(({ hash }) => hash).at(0) ?? '';
const magnet = (hash: string, sources: readonly LivePeer[]) =>
  `magnet:?xt=urn:tree:sha256:${hash}&dn=${NAME}&xl=${SIZE}${sources.map(({ invitation }) => `&xs=${encodeURIComponent(invitation)}`).join('')}`;

describe('a file that was altered in place, with its old size and time', () => {
  test('is not served under its old hash from the first request on, and is shared under the new one', async () => {
    const source = await startSource();
    const hash = await hashOf(source);
    const path = `/content/${hash}`;
    const before = await askPeer(source.listen, path);
    expect([before.status, sha256(before.body)]).toEqual([200, sha256(BYTES)]);
    await alterInPlace(join(source.shared, NAME));
    for (const what of [path, `${path}/tree`, `${path}/chunks`]) {
      expect((await askPeer(source.listen, what)).status, what).toBe(410);
    }
    await until('the new hash', async () => ![hash, ''].includes(await hashOf(source)));
    const after = await askPeer(source.listen, `/content/${await hashOf(source)}`);
    expect([after.status, sha256(after.body)]).toEqual([200, sha256(ALTERED)]);
    expect((await askPeer(source.listen, path)).status).toBe(410);
  });

  test('is noticed at the next start, when it was altered while the peer was off', async () => {
    const source = await startSource();
    const hash = await hashOf(source);
    await source.kill();
    await alterInPlace(join(source.shared, NAME));
    await source.start('--supernode', 'never');
    expect([404, 410]).toContain((await askPeer(source.listen, `/content/${hash}`)).status);
    await until('the new hash', async () => ![hash, ''].includes(await hashOf(source)));
  });

  test('harms nobody who is downloading it: the others have it', async () => {
    const rate = ['--set', `upload.rate=${MIB}`];
    const sources = [await startSource(...rate), await startSource(...rate)] as const;
    const [spoiled, honest] = sources;
    const downloader = await (await LivePeer.make()).start('--supernode', 'never');
    await downloader.shoal('get', magnet(await hashOf(honest), sources));
    await downloader.untilDownload('a part from both', (download) => download.sources.every(({ bytes }) => bytes > 0));
    await alterInPlace(join(spoiled.shared, NAME));
    await downloader.untilDownload('the cut', (download) =>
      download.sources.some(({ node, state }) => node === spoiled.node && state === 'unreachable'),
    );
    await honest.client.command('settings.set', { key: 'upload.rate', value: 0 });
    const { path, sources: seen } = await downloader.untilDownload('the end', ({ state }) => state === 'done');
    expect(sha256(await readFile(path))).toBe(sha256(BYTES));
    const wasCut = expect.stringMatching(/^(peer\.closed|content\.gone)$/);
    expect(seen.find(({ node }) => node === spoiled.node)).toMatchObject({ state: 'unreachable', reason: wasCut });
  });
});

describe('a source that lies', () => {
  test('spoils nothing and is named: the file comes whole from the others', async () => {
    const rate = ['--set', `upload.rate=${MIB}`];
    const honest = [await startSource(...rate), await startSource(...rate)];
    const liar = await LivePeer.make({ [NAME]: BYTES });
    await liar.startLying(1.5 * MIB, '--supernode', 'never', ...rate);
    await liar.untilShared(1);
    const downloader = await (await LivePeer.make()).start('--supernode', 'never');
    await downloader.shoal('get', magnet(await hashOf(liar), [...honest, liar]), '--wait');
    const { path, sources } = await downloader.download();
    expect(sha256(await readFile(path))).toBe(sha256(BYTES));
    const named = sources.filter(({ state }) => state === 'banned');
    expect(named).toMatchObject([{ node: liar.node, state: 'banned', reason: 'content.bad-bytes' }]);
  });

  test('is the only one: the download waits for an honest one and says why, with no file to be mistaken for it', async () => {
    const liar = await LivePeer.make({ [NAME]: BYTES });
    await liar.startLying(0, '--supernode', 'never');
    await liar.untilShared(1);
    const hash = await hashOf(liar);
    const downloader = await (await LivePeer.make()).start('--supernode', 'never');
    await downloader.shoal('get', magnet(hash, [liar]));
    const stuck = await downloader.untilDownload('the ban', ({ sources }) => sources[0]?.state === 'banned');
    expect(stuck.sources).toMatchObject([{ node: liar.node, reason: 'content.bad-bytes', bytes: 0 }]);
    expect(await readdir(downloader.downloads)).toEqual(['.shoal-parts']);
    await downloader.untilDownload('no source', ({ state, reason }) => state === 'searching' && reason !== null);
    // The ban outlives a restart.
    await downloader.stop();
    await downloader.start('--supernode', 'never');
    expect((await downloader.download()).sources).toMatchObject([{ node: liar.node, state: 'banned' }]);
    // The user may have it tried again: it lies again, and is banned for longer.
    const short = liar.node.slice(0, 12);
    const until = async () => (await downloader.download()).sources[0]?.bannedUntilMs ?? 0;
    const first = await until();
    expect(first - Date.now()).toBeLessThanOrEqual(HOUR_MS);
    expect(await downloader.shoal('downloads', stuck.id)).toMatchObject([{ node: liar.node, state: 'banned' }]);
    await downloader.shoal('retry', stuck.id, '--source', short);
    await downloader.untilDownload(
      'the longer ban',
      ({ sources }) => (sources[0]?.bannedUntilMs ?? 0) > first + 2 * HOUR_MS,
    );
    const honest = await startSource();
    await downloader.client.command('download.cancel', { id: stuck.id });
    await downloader.shoal('get', magnet(hash, [honest]), '--wait');
  });
});

test('sources that are slow on purpose hold neither the places of others nor the last chunks', async () => {
  const trickle = ['--set', 'upload.rate=2048'];
  const slow = [await startSource(...trickle), await startSource(...trickle)];
  const downloader = await (await LivePeer.make()).start('--supernode', 'never', '--set', 'download.sources=2');
  await downloader.shoal('get', magnet(await hashOf(slow[0] as LivePeer), slow));
  await downloader.untilDownload('both are at work', ({ sources }) => sources.every(({ state }) => state === 'active'));
  const fast = await startSource();
  // It is on its way already: the new source is used for it.
  const again = downloader.shoal('get', magnet(await hashOf(fast), [fast]));
  await expect(again).rejects.toThrow('it is given the sources named here');
  const { path, sources } = await downloader.untilDownload('the end', ({ state }) => state === 'done');
  expect(sha256(await readFile(path))).toBe(sha256(BYTES));
  expect(sources.find(({ node }) => node === fast.node)?.bytes).toBe(SIZE);
});
