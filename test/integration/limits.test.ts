import { expect, test } from 'vitest';
import type { SettingKey } from '../../src-main/contract/settings.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { canPlayNetworkManager, NetworkManager } from '../support/network-manager.ts';
import { seededBytes } from '../support/sha256.ts';

/** Limits of real peers, changed while they are at work. */
const MIB = 2 ** 20;
const SIZE = 96 * MIB;
const WINDOW_MS = 10_000;
const PRECISION = 0.03;

async function startPair(): Promise<{ source: LivePeer; peer: LivePeer }> {
  const source = await LivePeer.make({ 'long.bin': seededBytes(SIZE, 41) });
  await source.start('--supernode', 'never');
  await source.untilShared(1);
  const [shared] = await source.shoal('share', 'files');
  const peer = await (await LivePeer.make()).start('--supernode', 'never');
  const target = encodeURIComponent(source.invitation);
  await set(source, 'upload.rate', 4 * MIB);
  await peer.shoal('get', `magnet:?xt=urn:tree:sha256:${shared?.hash}&dn=long.bin&xl=${SIZE}&xs=${target}`);
  await peer.untilDownload('the first bytes', ({ done }) => done >= 2 * MIB);
  return { source, peer };
}

const set = (peer: LivePeer, key: SettingKey, value: string | number | boolean) =>
  peer.client.command('settings.set', { key, value });

/** Bytes a second that went through a peer in ten seconds. */
async function measured(peer: LivePeer, direction: 'up' | 'down'): Promise<number> {
  const look = async () => ({ atMs: performance.now(), bytes: (await peer.query('traffic', {})).totals[direction] });
  const first = await look();
  await new Promise((resolve) => setTimeout(resolve, WINDOW_MS));
  const last = await look();
  return ((last.bytes - first.bytes) / (last.atMs - first.atMs)) * 1000;
}

test('limits are kept to 3 % over ten seconds in both directions, and hold from the moment they are set', async () => {
  const { source, peer } = await startPair();
  await set(source, 'limits.schedule', 'down=none up=3MiB');
  const up = await measured(source, 'up');
  await set(source, 'limits.schedule', '');
  await set(source, 'upload.rate', 0);
  await set(peer, 'download.rate', 2 * MIB);
  // What the system had buffered before comes at the new pace too.
  const down = await measured(peer, 'down');
  console.log(
    `up ${((100 * up) / (3 * MIB)).toFixed(2)} %, down ${((100 * down) / (2 * MIB)).toFixed(2)} % of the limit`,
  );
  expect(Math.abs(up / (3 * MIB) - 1)).toBeLessThan(PRECISION);
  expect(Math.abs(down / (2 * MIB) - 1)).toBeLessThan(PRECISION);
});

test('a pause holds everything, whoever makes it, and goes on by itself when it is over', async () => {
  const { source, peer } = await startPair();
  await set(source, 'upload.paused', true);
  await until('it waits', async () => (await peer.download()).sources[0]?.state === 'queued');
  expect(await source.query('status', {})).toMatchObject({
    uploads: 0,
    uploadSlots: { slots: 0 },
    limits: { up: { rate: 0, why: 'paused' }, next: null },
  });
  const { done } = await peer.download();
  expect(done % MIB).toBe(0);
  await set(source, 'upload.paused', false);
  await set(peer, 'limits.schedule', 'down=pause');
  await peer.untilDownload('it is held', ({ state }) => state === 'queued');
  await peer.shoal('retry', (await peer.download()).id);
  expect((await peer.download()).done).toBe(done);
  await set(source, 'upload.rate', 0);
  await set(peer, 'limits.schedule', '');
  await peer.untilDownload('the end', ({ state }) => state === 'done');
});

test.skipIf(!canPlayNetworkManager())(
  'less is used on a line that is paid by the byte, if the user wants it',
  async () => {
    const manager = await NetworkManager.start();
    manager.say(1);
    const peer = await (await LivePeer.make()).start('--supernode', 'never', '--set', 'upload.rate=4000000');
    const up = async () => (await peer.query('status', {})).limits.up;
    expect(await up()).toMatchObject({ rate: 4_000_000, why: 'setting' });
    await set(peer, 'limits.quiet', 'battery');
    await until('it to be quiet', async () => (await up()).why === 'quiet');
    expect(await up()).toMatchObject({ rate: 1_000_000 });
    await set(peer, 'limits.quiet', 'busy');
    expect(await up()).toMatchObject({ rate: 4_000_000, why: 'setting' });
  },
);
