import { readdir, readFile, rename, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { NodeFileSystem } from '../../src-main/platform/node-file-system.ts';
import { canMountExfat, mountExfat } from '../support/exfat-disk.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

/** A USB stick: names without regard to case, no hard links, no sparse files, no owners or modes. */

const MIB = 2 ** 20;
const SIZE = 6 * MIB;
const LEAF = ['--supernode', 'never', '--set', 'overlay.alone-after=3600000', '--set', 'library.check=300'];

const isWhole = async (path: string, bytes: Uint8Array) => Buffer.compare(await readFile(path), bytes) === 0;
const visibleNames = async (folder: string) => {
  const names = (await readdir(folder)).filter((name) => !name.startsWith('.'));
  return names.map((name) => name.toLowerCase()).sort();
};

describe.skipIf(!canMountExfat())('on a disk with exFAT', () => {
  test('names that differ in case only are two files, each whole, after a kill too', async () => {
    const lower = seededBytes(SIZE, 91);
    const upper = seededBytes(SIZE, 92);
    const source = await LivePeer.make({ 'tide.bin': lower, 'TIDE.bin': upper });
    await source.start(...LEAF, '--set', `upload.rate=${4 * MIB}`);
    await source.untilShared(2);
    const peer = await LivePeer.make();
    await mountExfat(peer.downloads, 64);
    await peer.start(...LEAF);
    for (const { hash, name } of await source.shoal('share', 'files')) {
      const words = `dn=${name}&xl=${SIZE}&xs=${encodeURIComponent(source.invitation)}`;
      await peer.shoal('get', `magnet:?xt=urn:tree:sha256:${hash}&${words}`);
    }
    await until('a part', async () => (await peer.shoal('downloads')).some(({ done }) => Number(done) >= MIB));
    await peer.kill();
    await peer.start(...LEAF);
    await source.client.command('settings.set', { key: 'upload.rate', value: 0 });
    await until('the end', async () => (await peer.shoal('downloads')).every(({ state }) => state === 'done'));
    expect(await visibleNames(peer.downloads)).toEqual(['tide (2).bin', 'tide.bin']);
    const found = await peer.shoal('downloads');
    for (const { path, name } of found)
      expect(await isWhole(String(path), name === 'tide.bin' ? lower : upper)).toBe(true);
    await peer.untilShared(2);
  });

  test('a shared file that is written differently stays one file', async () => {
    const peer = await LivePeer.make();
    await mountExfat(peer.shared, 64);
    await writeFile(join(peer.shared, 'Reef.txt'), 'coral '.repeat(1000));
    await peer.start(...LEAF);
    await peer.untilShared(1);
    await rename(join(peer.shared, 'Reef.txt'), join(peer.shared, 'REEF.TXT'));
    await until('the new name alone', async () => {
      const names = (await peer.shoal('share', 'files')).map(({ name }) => name);
      return names.length === 1 && names[0] === 'REEF.TXT';
    });
  });

  test('files are known to be numbered anew, by name and open, and those of an ordinary disk not to be', async () => {
    const [stick, ordinary] = [await temporaryFolder(), await temporaryFolder()];
    await mountExfat(stick, 8);
    const files = new NodeFileSystem();
    const looks = [stick, ordinary].map(async (folder) => {
      const path = join(folder, 'reef.txt');
      await writeFile(path, 'coral');
      const handle = await files.openRead(path);
      const stats = [await files.stat(path), await files.statLink(path), await handle?.stat()];
      await handle?.close();
      return stats.map((stat) => stat?.isRenumbered ?? false);
    });
    expect(await Promise.all(looks)).toEqual([
      [true, true, true],
      [false, false, false],
    ]);
  });
});
