import { readdir, readFile } from 'node:fs/promises';
import { join } from 'node:path';
import { strToU8, zipSync } from 'fflate';
import { expect, test } from 'vitest';
import { LivePeer, until } from '../support/live-peer.ts';
import { DOCX, makeFilm, makePicture, makeSound, PDF } from '../support/media.ts';
import { ELF, WINDOWS_PROGRAM } from '../support/programs.ts';
import { seededBytes } from '../support/sha256.ts';
import { temporaryFolder } from '../support/temporary-folder.ts';
import { requireTool } from '../support/tools.ts';

/** Real peers, one of which shares programs under the names of songs, and files that are what their names say. */

const MIB = 2 ** 20;
const LEAF = ['--supernode', 'never'];
const zip = (parts: Readonly<Record<string, string>>) =>
  zipSync(Object.fromEntries(Object.entries(parts).map(([name, text]) => [name, strToU8(text)])));

/** Three chunks of a program. */
function program(beginning: Uint8Array): Uint8Array {
  const bytes = seededBytes(3 * MIB - 5, beginning.length);
  bytes.set(beginning);
  return bytes;
}

/** Sound, film and picture that a real program made. */
async function makeMedia(): Promise<Readonly<Record<string, Uint8Array>>> {
  if (!requireTool('ffmpeg', ['-version'])) return {};
  const folder = await temporaryFolder();
  const makers = { 'a.mp3': makeSound, 'b.flac': makeSound, 'c.mkv': makeFilm, 'd.jpg': makePicture };
  const made = Object.entries(makers).map(async ([name, make]) => {
    await make(join(folder, name));
    return [name, await readFile(join(folder, name))] as const;
  });
  return Object.fromEntries(await Promise.all(made));
}

const HONEST = {
  'e.pdf': PDF,
  'f.zip': zip({ readme: 'words' }),
  'g.txt': 'MZ is how this text begins',
  'h.docx': zip(DOCX),
  'i.apk': zip({ 'AndroidManifest.xml': 'a', 'classes.dex': 'b' }),
  'j.jar': zip({ 'META-INF/MANIFEST.MF': 'Manifest-Version: 1.0' }),
  'k.svg': '<svg xmlns="http://www.w3.org/2000/svg"/>',
  'l.exe': WINDOWS_PROGRAM,
  tool: ELF,
};
const SONG = program(ELF);

async function startSource(): Promise<LivePeer> {
  const files = { ...HONEST, ...(await makeMedia()), 'song.mp3': SONG };
  const peer = await (await LivePeer.make(files)).start(...LEAF);
  await peer.untilShared(Object.keys(files).length);
  return peer;
}

async function magnetsOf(source: LivePeer): Promise<ReadonlyMap<string, string>> {
  const { files } = await source.query('shares.files', {});
  const from = encodeURIComponent(source.invitation);
  return new Map(
    files.map(({ hash, name, size }) => [
      name,
      `magnet:?xt=urn:tree:sha256:${hash}&dn=${encodeURIComponent(name)}&xl=${size}&xs=${from}`,
    ]),
  );
}

test('a program under the name of a song waits for its user, over a restart too; honest files come unasked', async () => {
  const [source, peer] = await Promise.all([startSource(), LivePeer.make().then((one) => one.start(...LEAF))]);
  const links = await magnetsOf(source);
  const seen: unknown[] = [];
  peer.client.on('download.progress', ({ name, state, found }) => {
    if (state === 'paused' || found !== null) seen.push([name, state, found]);
  });
  for (const link of links.values()) await peer.shoal('get', link);
  const asked = { name: 'song.mp3', state: 'paused', reason: 'download.disguised', found: 'software' };
  const song = async () => (await peer.query('downloads', {})).find(({ name }) => name === asked.name);
  await until('all have come but one', async () => {
    const states = (await peer.query('downloads', {})).map(({ state }) => state);
    return states.filter((state) => state === 'done').length === links.size - 1 && states.includes('paused');
  });
  expect(seen.filter((one) => Array.isArray(one) && one[0] !== asked.name)).toEqual([]);
  expect(await song()).toMatchObject(asked);
  expect(await readdir(peer.downloads)).not.toContain(asked.name);

  await peer.kill();
  await peer.start(...LEAF);
  const listed = await peer.shoal('downloads');
  expect(listed.filter(({ found }) => found !== null)).toMatchObject([asked]);
  const id = (await song())?.id ?? '';
  await peer.shoal('resume', id);
  const done = await until('the end', async () => {
    const now = await song();
    return now?.state === 'done' ? now : undefined;
  });
  expect(done).toMatchObject({ reason: null, found: 'software', path: join(peer.downloads, asked.name) });
  expect(Buffer.compare(await readFile(done.path), SONG)).toBe(0);
});
