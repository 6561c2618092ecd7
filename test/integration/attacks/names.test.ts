import { once } from 'node:events';
import { lstat, mkdir, readdir, readFile, writeFile } from 'node:fs/promises';
import { type IncomingMessage, Agent as PlainAgent, request as plainRequest } from 'node:http';
import { Agent, type RequestOptions, request } from 'node:https';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { parseAddress } from '../../../src-main/contract/address.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import { parseMagnet } from '../../../src-main/contract/magnet.ts';
import { safeName } from '../../../src-main/contract/safe-name.ts';
import { publish } from '../../../src-main/engine/download/finish.ts';
import { decodeFilesBatch } from '../../../src-main/engine/wire/files-batch.ts';
import { decodeMetalink, encodeMetalink } from '../../../src-main/engine/wire/metalink.ts';
import { decodeMessage } from '../../../src-main/engine/wire/session-message.ts';
import { decodeSharesPage } from '../../../src-main/engine/wire/shares-page.ts';
import { encodeAttribute } from '../../../src-main/engine/wire/xml.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { inParallel } from '../../support/attacks/in-parallel.ts';
import { evilNames } from '../../support/evil-names.ts';
import { LivePeer } from '../../support/live-peer.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

/** A thousand names that lead somewhere else, in every field that can carry one, and what then lies where on the disk. */

const NAMES = evilNames(1000);
/** Fetched from another peer for real, each as a file of its own. */
const FETCHED = 100;
const AT_ONCE = 20;
const HASH = 'ab'.repeat(32) as ContentHash;
const CANARY = 'what nobody may see or change';

/** What strangers can name a file by: each decoder gives the name as it goes on, or nothing when it refuses. */
const FIELDS: Readonly<Record<string, (name: string) => string | undefined>> = {
  'magnet, encoded': (name) =>
    parseMagnet(`magnet:?xt=urn:tree:sha256:${HASH}&dn=${encodeURIComponent(name.toWellFormed())}`)?.name,
  'magnet, as it is': (name) => parseMagnet(`magnet:?xt=urn:tree:sha256:${HASH}&dn=${name}`)?.name,
  metalink: (name) => firstOfList(encodeMetalink([{ hash: HASH, size: 3, name, sources: [], web: [] }]).xml),
  'metalink, as it is': (name) =>
    firstOfList(
      encodeMetalink([{ hash: HASH, size: 3, name: 'x', sources: [], web: [] }]).xml.replace(
        'name="x"',
        () => `name="${name}"`,
      ),
    ),
  upload: (name) => {
    const batch = decodeFilesBatch(`<files>${fileElement(encodeAttribute('name', name))}</files>`);
    return batch.ok ? batch.batch.added[0]?.name : undefined;
  },
  'browse, as it is': (name) => {
    const shares = decodeSharesPage(`<shares>${fileElement(` name="${name}"`)}</shares>`);
    return shares.ok ? shares.page.files[0]?.name : undefined;
  },
  hit: (name) => {
    const hit = { hash: HASH, size: 3, name, type: 'other', extracted: {}, sources: [{ nodeId: HASH, addresses: [] }] };
    const decoded = decodeMessage(JSON.stringify({ type: 'hits', id: 'ab'.repeat(16), hits: [hit], more: false }));
    return decoded.ok && decoded.message.type === 'hits' ? decoded.message.hits[0]?.name : undefined;
  },
};

const fileElement = (name: string) => `<file hash="${HASH}" size="3" type="other"${name}/>`;

function firstOfList(xml: string): string | undefined {
  const list = decodeMetalink(xml);
  return list.ok ? list.files[0]?.name : undefined;
}

/** A folder for downloads, with something on each side of it that is not to be touched. */
async function makeSurroundings() {
  const root = await temporaryFolder();
  const folder = join(root, 'home', 'downloads');
  await mkdir(folder, { recursive: true });
  const canaries = [join(root, 'secret.txt'), join(root, 'home', 'secret.txt')];
  for (const path of canaries) await writeFile(path, CANARY);
  return { root, folder, canaries };
}

test('of a download, in any field, are files in its folder and nowhere else', async () => {
  const { root, folder, canaries } = await makeSurroundings();
  const files = new NodeFileSystem();
  const decoded: Record<string, number> = {};
  let wanted = 0;
  const seen = new Set<string>();
  await inParallel(NAMES.length, AT_ONCE, async (nth) => {
    for (const [field, decode] of Object.entries(FIELDS)) {
      const name = decode(NAMES[nth] ?? '');
      if (name === undefined) continue;
      decoded[field] = (decoded[field] ?? 0) + 1;
      const safe = safeName(name, HASH);
      if (seen.has(safe)) continue;
      seen.add(safe);
      const part = join(folder, `${wanted++}.part`);
      await writeFile(part, 'x');
      const path = await publish(files, part, join(folder, safe), {
        origin: undefined,
        intend: async () => undefined,
        intended: undefined,
        signal: new AbortController().signal,
      });
      await files.remove(part);
      expect(join(path, '..')).toBe(folder);
    }
  });
  for (const field of Object.keys(FIELDS)) expect(decoded[field], field).toBeGreaterThan(200);
  expect(await readdir(folder)).toHaveLength(wanted);
  expect((await readdir(root)).sort()).toEqual(['home', 'secret.txt']);
  expect((await readdir(join(root, 'home'))).sort()).toEqual(['downloads', 'secret.txt']);
  for (const name of await readdir(folder)) {
    expect(name).not.toMatch(/[/\\:*?"<>|\p{Cc}\p{Cf}]|^\.|[. ]$/u);
    expect((await lstat(join(folder, name))).isFile()).toBe(true);
  }
  for (const path of canaries) expect(await readFile(path, 'utf8')).toBe(CANARY);
});

/** What a server on this machine answers for each of some paths, asked as they are. */
async function askAll(paths: readonly string[], ask: (path: string) => ReturnType<typeof request>) {
  const answers: (readonly [path: string, status: number, body: string])[] = [];
  await inParallel(paths.length, 8, async (nth) => {
    const path = paths[nth] ?? '/';
    const asked = ask(path);
    asked.end();
    const [answer] = (await once(asked, 'response')) as [IncomingMessage];
    const pieces: Buffer[] = [];
    for await (const piece of answer) pieces.push(piece as Buffer);
    answers.push([path, answer.statusCode ?? 0, Buffer.concat(pieces).toString('latin1')]);
  });
  return answers;
}

test('in a path give nothing but what is shared, to peers and to the page', async () => {
  const peer = await LivePeer.make({ 'reef.txt': 'shared' });
  for (const folder of [peer.downloads, join(peer.shared, '..')]) await writeFile(join(folder, 'secret.txt'), CANARY);
  await peer.start('--supernode', 'always', '--web', '127.0.0.1:0', '--set', 'downloads.share=off');
  await peer.untilShared(1);
  const [file] = (await peer.query('shares.files', {})).files;
  const spelled = [
    ...new Set(NAMES.flatMap((name) => [encodeURIComponent(name.toWellFormed()), encodeURI(name.toWellFormed())])),
  ];

  const agent = new Agent({ keepAlive: true, maxSockets: 8, rejectUnauthorized: false });
  const toPeer = (path: string) => request({ ...parseAddress(peer.listen), agent, path } as RequestOptions);
  const ofPeer = await askAll(
    spelled.flatMap((name, at) => [[`/content/${name}`, `/content/${file?.hash}/${name}`, `/${name}`][at % 3] ?? '']),
    toPeer,
  );
  const { origin, host, hash } = new URL(peer.web);
  const signedIn = await fetch(`${origin}/session`, {
    ...{ method: 'POST', headers: { Origin: origin, 'Content-Type': 'application/json' } },
    body: JSON.stringify({ token: hash.replace('#token=', '') }),
  });
  const Cookie = String(signedIn.headers.get('set-cookie')).split(';')[0] ?? '';
  const plain = new PlainAgent({ keepAlive: true, maxSockets: 8 });
  const toPage = (path: string) =>
    plainRequest({ ...parseAddress(host), agent: plain, path, headers: { Cookie, Host: host } } as RequestOptions);
  const ofPage = await askAll(
    spelled.map(
      (name, at) => [`/${name}`, `/media/shared/${name}`, `/media/download/${name}`, `/assets/${name}`][at % 4] ?? '',
    ),
    toPage,
  );
  agent.destroy();
  plain.destroy();
  expect(Math.min(ofPeer.length, ofPage.length)).toBeGreaterThanOrEqual(NAMES.length);
  for (const [path, status, body] of [...ofPeer, ...ofPage]) {
    const isPage = status === 200 && body.startsWith('<!doctype html>');
    expect([path, isPage || [400, 403, 404].includes(status)]).toEqual([path, true]);
    expect([path, body.includes(CANARY), body.includes('root:')]).toEqual([path, false, false]);
  }
  expect(ofPeer.filter(([, status]) => status === 200)).toEqual([]);
  expect(peer.process.err).not.toMatch(/ error /);
});

test('of files that are fetched from another peer are files in the download folder and nowhere else', async () => {
  const some = NAMES.slice(0, FETCHED);
  const source = await LivePeer.make(Object.fromEntries(some.map((_, at) => [`${at}.txt`, `file ${at}`])));
  const peer = await LivePeer.make();
  await Promise.all([
    source.start('--supernode', 'never'),
    peer.start('--supernode', 'never', '--set', 'download.running=50', '--set', 'downloads.share=off'),
  ]);
  await source.untilShared(FETCHED);
  const { files } = await source.query('shares.files', { limit: FETCHED });
  expect(files).toHaveLength(FETCHED);
  const sources = [{ target: source.invitation }];
  await inParallel(FETCHED / 2, AT_ONCE, async (nth) => {
    const { hash, size } = files[nth] ?? { hash: HASH };
    await peer.client.command('download.add', { hash, ...(size && { size }), name: some[nth] ?? '', sources });
  });
  const listed = files.slice(FETCHED / 2).map(({ hash, size }, at) => ({
    ...{ hash, size, name: some[FETCHED / 2 + at] ?? '', web: [] },
    sources: [{ nodeId: source.node, address: parseAddress(source.listen) }] as never,
  }));
  await peer.client.command('list.import', { xml: encodeMetalink(listed).xml });
  await expect.poll(async () => (await peer.query('status', {})).downloads, { timeout: 40_000 }).toBe(0);
  const made = (await readdir(peer.downloads)).filter((name) => name !== '.shoal-parts');
  expect(made).toHaveLength(FETCHED);
  for (const name of made) expect((await lstat(join(peer.downloads, name))).isFile()).toBe(true);
  expect((await readdir(join(peer.downloads, '..'))).sort()).toEqual(['data', 'downloads', 'shared']);
});
