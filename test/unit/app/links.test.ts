import { writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { expect, test } from 'vitest';
import { openLinks } from '../../../src-main/app/links.ts';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import type { WebUrl } from '../../../src-main/contract/web-url.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HASH = 'ab'.repeat(32);
const LOCAL = { id: '0123abcd' as DownloadId, url: 'http://10.0.0.1/f' as WebUrl };
const LINK = `magnet:?xt=urn:tree:sha256:${HASH}&dn=a%20name&xl=7&xs=198.51.100.7:1214`;

type Words = readonly string[] | ((folder: string) => readonly string[]);

async function open(given: Words, reply: () => never = (() => ({ id: 'd1', hash: HASH })) as () => never) {
  const folder = await temporaryFolder();
  await writeFile(join(folder, 'list.meta4'), '<metalink/>');
  const words = typeof given === 'function' ? given(folder) : given;
  const api = new ScriptedEngine({ commands: { 'download.add': reply } });
  const [lists, troubles]: [string[], string[]] = [[], []];
  const local = await openLinks(
    {
      api,
      files: new NodeFileSystem(),
      addList: async (xml) => {
        lists.push(xml);
        return { added: [], known: 0, underWay: [], skipped: 0, local: [LOCAL] };
      },
      onTrouble: ({ message }) => void troubles.push(message),
    },
    words,
    folder,
  );
  return { local, calls: api.calls, lists, troubles };
}

test('a magnet link is a download with all that it says', async () => {
  const { calls } = await open(['--flag', LINK, '/some/folder']);
  const input = { hash: HASH, name: 'a name', size: 7, sources: [{ target: '198.51.100.7:1214' }] };
  expect(calls).toEqual([{ name: 'download.add', input }]);
});

test('web servers of a link are sources, and of those in a local network the user is to be asked', async () => {
  const [near, far] = ['http://192.168.1.1/f', 'https://mirror.example/f'];
  const { calls, local } = await open([`${LINK}&ws=${encodeURIComponent(near)}&ws=${encodeURIComponent(far)}`]);
  expect(calls).toMatchObject([{ input: { web: [{ url: near }, { url: far }] } }]);
  expect(local).toEqual([{ id: 'd1', url: near }]);
});

test('a list is read from where the words were said, and one that is missing is told of', async () => {
  const { lists, troubles, local } = await open(['list.meta4', 'missing.META4']);
  expect(local).toEqual([LOCAL]);
  expect(lists).toEqual(['<metalink/>']);
  expect(troubles).toEqual([expect.stringContaining('missing.META4 is not there')]);
});

test('a list may be said as a URL of a file of this machine', async () => {
  const { lists, troubles } = await open((folder) => [
    `${pathToFileURL(folder)}/list.meta4`,
    'file://elsewhere/list.meta4',
  ]);
  expect(lists).toEqual(['<metalink/>']);
  expect(troubles).toEqual([expect.stringContaining('file://elsewhere/list.meta4 is not there')]);
});

test('a link of another network is told of', async () => {
  const { calls, troubles } = await open(['magnet:?xt=urn:btih:0123']);
  expect(calls).toEqual([]);
  expect(troubles).toHaveLength(1);
});

test('a link to what is downloaded already is no trouble, any other failure is', async () => {
  const failWith = (error: AppError) => () => {
    throw error;
  };
  expect((await open([LINK], failWith(new AppError('download.exists', { id: 'd1' })))).troubles).toEqual([]);
  expect((await open([LINK], failWith(new AppError('disk.denied', { path: '/x' })))).troubles).toHaveLength(1);
});

test('words that are neither link nor list are nothing', async () => {
  expect(await open(['song.mp3', '--list.meta4', 'https://example.invalid/'])).toMatchObject({
    calls: [],
  });
});
