import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import type { ContentHash } from '../../src-main/contract/ids.ts';
import { LivePeer, until } from '../support/live-peer.ts';
import { seededBytes } from '../support/sha256.ts';

/** Real processes on loopback: what the owner of files says of them, as others see it. */

const MIB = 2 ** 20;
const WHOLE = 32 * MIB;

async function startPair(files: Readonly<Record<string, string | Uint8Array>>) {
  const supernode = await (await LivePeer.make()).start('--supernode', 'always');
  const leaf = ['--supernode', 'never', '--bootstrap', supernode.listen];
  const owner = await (await LivePeer.make(files)).start(...leaf);
  const other = await (await LivePeer.make()).start(...leaf);
  await owner.untilShared(Object.keys(files).length);
  return { owner, other, leaf };
}

const sharedBy = async (peer: LivePeer) => (await peer.query('shares.files', { order: 'name' })).files;
async function hashOf(peer: LivePeer, name: string): Promise<ContentHash> {
  const file = (await sharedBy(peer)).find((shared) => shared.name === name);
  if (!file) throw new Error(`${name} is not shared`);
  return file.hash;
}
const namesFound = async (peer: LivePeer, words: string) =>
  (await peer.shoal('search', words)).filter(({ event }) => event === 'hit').map(({ name }) => name);
const untilFound = (peer: LivePeer, words: string, names: readonly string[]) =>
  until(`${words} finds ${names.join()}`, async () => {
    const found = await namesFound(peer, words);
    return found.length === names.length && names.every((name) => found.includes(name));
  });

test('a file that is left out is found and served no longer, over a restart too, until it is shared again', async () => {
  const { owner, other, leaf } = await startPair({ 'reef one.bin': seededBytes(WHOLE, 1), 'reef two.txt': '2' });
  await untilFound(other, 'reef', ['reef one.bin', 'reef two.txt']);
  const hash = await hashOf(owner, 'reef one.bin');
  const path = join(owner.shared, 'reef one.bin');
  // It is on its way: slowly, so that it would go on for long after what sockets hold already.
  await other.client.command('settings.set', { key: 'download.rate', value: MIB });
  const { id } = await other.client.command('download.add', { hash, sources: [{ target: owner.invitation }] });
  await other.untilDownload('began', ({ sources }) => sources.some(({ state }) => state === 'active'));

  await owner.client.command('share.file', { path, shared: false });
  await untilFound(other, 'reef', ['reef two.txt']);
  const stopped = await other.untilDownload('its source is gone', ({ state }) => state === 'searching');
  expect(stopped).toMatchObject({ id, size: WHOLE });
  expect(stopped.done).toBeLessThan(WHOLE);
  expect((await sharedBy(owner)).map(({ name }) => name)).toEqual(['reef two.txt']);
  expect(await owner.query('shares.hidden', {})).toEqual([path]);
  expect((await readFile(path)).length).toBe(WHOLE);

  await owner.stop();
  await owner.start(...leaf);
  await owner.untilShared(1);
  expect(await owner.query('shares.hidden', {})).toEqual([path]);
  await until('it is counted', async () => (await owner.query('shares', {}))[0]?.left.byUser === 1);

  await owner.client.command('share.file', { path, shared: true });
  await owner.untilShared(2);
  await untilFound(other, 'reef', ['reef one.bin', 'reef two.txt']);
});

test('what the owner says of a file is what others find it by, and what they asked for is counted', async () => {
  const { owner, other } = await startPair({ 'track01.mp3': 'x'.repeat(1000) });
  await untilFound(other, 'track01', ['track01.mp3']);
  const hash = await hashOf(owner, 'track01.mp3');
  expect(await namesFound(other, 'coltrane')).toEqual([]);
  await owner.client.command('share.describe', { hash, fields: { artist: 'John Coltrane', year: 1958 } });
  await untilFound(other, 'coltrane', ['track01.mp3']);
  await other.shoal('get', hash, '--wait', '--timeout', '30');
  await until('it was counted', async () => (await sharedBy(owner))[0]?.asked === 1);
  expect(await sharedBy(owner)).toMatchObject([{ edited: true, extracted: { artist: 'John Coltrane' }, asked: 1 }]);
  await owner.client.command('share.describe', { hash, fields: null });
  await untilFound(other, 'coltrane', []);
  const bad = owner.client.command('share.describe', { hash, fields: { name: 'other' } as never });
  await expect(bad).rejects.toMatchObject({ code: 'input.invalid' });
});

test('a list that one peer exports is what another imports and downloads', async () => {
  const files = { 'one.txt': 'first', 'two.txt': 'second', 'three.bin': seededBytes(2 * MIB, 3) };
  const owner = await (await LivePeer.make(files)).start('--supernode', 'never');
  await owner.untilShared(3);
  // Nobody finds anything by searching here: the list is all that they have in common.
  const other = await (await LivePeer.make()).start('--supernode', 'never');
  const list = join(other.data, 'list.meta4');
  const [exported] = await owner.shoal('export', 'library', '--output', list);
  expect(exported).toEqual({ path: list, files: 3, left: 0 });
  const imported = await other.shoal('import', list);
  expect(imported.at(-1)).toEqual({ event: 'end', added: 3, known: 0, skipped: 0 });
  const again = await other.shoal('import', list);
  expect(again.at(-1)).toEqual({ event: 'end', added: 0, known: 3, skipped: 0 });
  await until('all came', async () => (await other.query('downloads', {})).every(({ state }) => state === 'done'));
  for (const [name, contents] of Object.entries(files))
    expect(await readFile(join(other.downloads, name))).toEqual(Buffer.from(contents));
  const { xml, files: count } = await other.query('list.export', { of: 'downloads' });
  expect(count).toBe(3);
  expect(xml).toContain(await hashOf(owner, 'three.bin'));
  const chosen = { hash: await hashOf(owner, 'one.txt'), size: 5, name: 'one.txt', sources: [owner.invitation] };
  const written = await other.query('list.write', { files: [chosen] });
  expect(written).toMatchObject({ files: 1, left: 0, xml: expect.stringContaining(owner.invitation) });
  const none = other.client.command('list.import', { xml: 'hello' });
  await expect(none).rejects.toMatchObject({ code: 'input.invalid' });
});
