import { chmod, chown, lstat, mkdir, readdir, stat, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { getAttribute } from '@napi-rs/xattr';
import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { startBuiltPeer } from '../support/peer-process.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';

const SONG = { 'song.mp3': Buffer.from('not much of a song') };
const permissions = async (path: string) => (await lstat(path)).mode & 0o7777;

/** Path below `folder`: its permissions, in octal. */
async function modesIn(folder: string): Promise<Record<string, string>> {
  const found: Record<string, string> = {};
  for (const name of await readdir(folder)) found[name] = (await permissions(join(folder, name))).toString(8);
  return found;
}

async function fetchUnder(mask: string, ...words: string[]) {
  const seed = await (await LivePeer.make(SONG)).start('--supernode', 'always');
  await seed.untilShared(1);
  const [{ hash } = {}] = await seed.shoal('share', 'files');
  const peer = await (await LivePeer.make()).startUnder(
    mask,
    '--supernode',
    'never',
    '--bootstrap',
    seed.listen,
    ...words,
  );
  await peer.shoal('get', String(hash), '--from', seed.invitation, '--wait');
  const { path } = await peer.download();
  return { peer, path, hash: String(hash) };
}

test.each([
  ['000', '666'],
  ['077', '600'],
])(
  'with the mask %s all in the data folder is for its user alone, and a download is an ordinary file that cannot be run',
  async (mask, download) => {
    const { peer, path, hash } = await fetchUnder(mask);
    const modes = await modesIn(peer.data);
    expect(Object.keys(modes)).toEqual(
      expect.arrayContaining([
        'control.json',
        'identity-key.pem',
        'lock',
        'shoal.db',
        'shoal.db-wal',
        'shoal.log',
        'token',
      ]),
    );
    expect(new Set(Object.values(modes))).toEqual(new Set(['600']));
    expect((await permissions(peer.data)).toString(8)).toBe('700');
    expect((await permissions(path)).toString(8)).toBe(download);
    expect(String(await getAttribute(path, 'user.xdg.origin.url'))).toBe(`magnet:?xt=urn:tree:sha256:${hash}&xl=18`);
  },
);

test('the origin of a download is not noted when the user does not want it', async () => {
  const { path } = await fetchUnder('022', '--set', 'downloads.origin=off');
  expect((await permissions(path)).toString(8)).toBe('644');
  expect(await getAttribute(path, 'user.xdg.origin.url')).toBeNull();
});

test('what was open to others is closed at the next start, and the log says so', async () => {
  const peer = await (await LivePeer.make()).start();
  await peer.stop();
  await chmod(peer.data, 0o755);
  await chmod(join(peer.data, 'identity-key.pem'), 0o644);
  await peer.start();
  expect((await permissions(peer.data)).toString(8)).toBe('700');
  expect(new Set(Object.values(await modesIn(peer.data)))).toEqual(new Set(['600']));
  await until(
    'both are told',
    () => peer.process.err.includes('0700 again') && /identity-key\.pem had a mode/.test(peer.process.err),
  );
});

test.runIf(process.getuid?.() === 0)('a data folder or a key of another user is refused with one line', async () => {
  const folder = await temporaryFolder();
  for (const wrong of ['identity-key.pem', '.']) {
    const data = join(folder, wrong === '.' ? 'a' : 'b');
    await mkdir(data, { mode: 0o700 });
    await writeFile(join(data, 'identity-key.pem'), 'x', { mode: 0o600 });
    await chown(join(data, wrong), 12_345, 12_345);
    const refused = startBuiltPeer(data);
    expect(await refused.status).toBe(1);
    expect(refused.err.trim().split('\n')).toHaveLength(1);
    expect(refused.err).toContain('belongs to another user (uid 12345, this is 0)');
    expect((await stat(data)).uid).toBe(wrong === '.' ? 12_345 : 0);
  }
});
