import { expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash, NodeId } from '../../../src-main/contract/ids.ts';
import type { NewDownload } from '../../../src-main/engine/download/new-download.ts';
import { DownloadWorld, makeFile } from '../../support/download-world.ts';

const NODE = 'c'.repeat(64) as NodeId;
const numbered = (count: number): NewDownload[] =>
  Array.from({ length: count }, (_, index) => ({
    hash: index.toString(16).padStart(64, '0') as ContentHash,
    size: 1000,
    name: `file ${index}`,
    sources: [{ nodeId: NODE, addresses: [{ host: '10.0.9.9', port: 1214 }] }],
    given: [{ address: { host: '10.0.9.8', port: 1214 }, nodeId: undefined }],
  }));

test('many are added in one step, in their order, and kept with their sources', async () => {
  const world = await DownloadWorld.start();
  const { transact } = world.database;
  let steps = 0;
  world.database.transact = (statements) => {
    steps++;
    return transact.call(world.database, statements);
  };
  const ids = await world.downloads.addAll(numbered(50));
  expect(steps).toBe(1);
  expect(world.downloads.list().map(({ id, place, name }) => [id, place, name])).toEqual(
    ids.map((id, index) => [id, index + 1, `file ${index}`]),
  );
  await world.kill();
  expect(world.downloads.list().map(({ id }) => id)).toEqual(ids);
  expect(world.downloads.list().every(({ sources }) => sources[0]?.node === NODE)).toBe(true);
  expect(world.trusted).toContain('10.0.9.8:1214');
});

test('what the user blocks is refused in its place, and neither resumed nor tried again', async () => {
  const world = await DownloadWorld.start();
  const [first, second] = numbered(2) as [NewDownload, NewDownload];
  const id = await world.downloads.add(first);
  if (first.hash) world.rules.set(first.hash, `hash:${first.hash}`);
  world.rules.set('third.bin', 'name:*third*');
  world.applyRules();
  const outcomes = await world.downloads.addAll([first, second, { ...second, size: 7, name: 'third.bin' }]);
  expect(outcomes).toMatchObject([
    { code: 'content.blocked', params: { rule: `hash:${first.hash}` } },
    expect.stringMatching(/^[0-9a-f]{8}$/),
    { code: 'content.blocked', params: { rule: 'name:*third*' } },
  ]);
  const blocked = { code: 'content.blocked' };
  await expect(world.downloads.add(first)).rejects.toMatchObject(blocked);
  await expect(world.downloads.resume(id)).rejects.toMatchObject(blocked);
  await expect(world.downloads.retry(id)).rejects.toMatchObject(blocked);
});

test('only as many run at once as may, of many that are added together', async () => {
  const world = await DownloadWorld.start();
  world.set({ 'download.running': 2 });
  const files = [1, 2, 3, 4].map((seed) => makeFile(2 ** 20, seed));
  const wanted = files.map(async (file, index) => {
    const { found } = await world.source(file, 100_000);
    return { hash: file.hash, size: file.bytes.length, name: `${index}`, sources: [found] };
  });
  await world.downloads.addAll(await Promise.all(wanted));
  await world.clock.advance(3000);
  const states = world.downloads.list().map(({ state }) => state);
  expect(states).toEqual(['downloading', 'downloading', 'queued', 'queued']);
});

test('what is on its way, comes twice or is too large is told in its place, and holds up no other', async () => {
  const world = await DownloadWorld.start();
  const [first, second, third] = numbered(3) as [NewDownload, NewDownload, NewDownload];
  const id = await world.downloads.add(first);
  const [exists, added, twice, large] = await world.downloads.addAll([
    first,
    second,
    second,
    { ...third, size: 2 ** 60 },
  ]);
  expect(exists).toMatchObject({ code: 'download.exists', params: { id } });
  expect(twice).toMatchObject({ code: 'download.exists', params: { id: added } });
  expect(large).toMatchObject({ code: 'input.invalid' });
  expect(world.downloads.list().map((download) => download.id)).toEqual([id, added]);
});

test('the same file asked for twice at the same moment is added once', async () => {
  const world = await DownloadWorld.start();
  const [wanted] = numbered(1) as [NewDownload];
  const outcomes = await Promise.allSettled([world.downloads.add(wanted), world.downloads.add(wanted)]);
  expect(outcomes.map(({ status }) => status)).toEqual(['fulfilled', 'rejected']);
  expect(world.downloads.list().length).toBe(1);
});

test('none is added when they cannot be kept', async () => {
  const world = await DownloadWorld.start();
  const { transact } = world.database;
  world.database.transact = async () => {
    throw new AppError('disk.full', { path: '/data', needed: 'space' });
  };
  await expect(world.downloads.addAll(numbered(5))).rejects.toMatchObject({ code: 'disk.full' });
  world.database.transact = transact.bind(world.database);
  await world.clock.advance(5000);
  expect(world.downloads.list()).toEqual([]);
  expect(world.events).toEqual([]);
  await world.kill();
  expect(world.downloads.list()).toEqual([]);
});

test('what is on its way is given the sources that come with it a second time, which are kept', async () => {
  const world = await DownloadWorld.start();
  const [first] = numbered(1) as [NewDownload];
  await world.downloads.add({ ...first, sources: [], given: [] });
  const named = { address: { host: '10.0.9.7', port: 1214 }, nodeId: 'd'.repeat(64) as NodeId };
  const address = { address: { host: '10.0.9.6', port: 1214 }, nodeId: undefined };
  await expect(world.downloads.add({ ...first, given: [named, address] })).rejects.toMatchObject({
    code: 'download.exists',
  });
  const nodes = () => world.downloads.list().flatMap(({ sources }) => sources.map(({ node }) => node));
  expect(nodes().sort()).toEqual([NODE, named.nodeId].sort());
  await world.clock.advance(2000);
  world.trusted.length = 0;
  await world.kill();
  expect(nodes().sort()).toEqual([NODE, named.nodeId].sort());
  // Of one without a key the address is.
  expect(world.trusted).toContain('10.0.9.6:1214');
});

test('links that name ever more sources for one file fill no memory', async () => {
  const world = await DownloadWorld.start();
  const [first] = numbered(1) as [NewDownload];
  await world.downloads.add(first);
  const givenBy = (link: number) =>
    Array.from({ length: 50 }, (_, at) => ({
      ...{ address: { host: `10.1.${link}.${at + 1}`, port: 1214 }, nodeId: undefined },
    }));
  for (let link = 0; link < 10; link++) {
    await expect(world.downloads.add({ ...first, given: givenBy(link) })).rejects.toThrow(AppError);
  }
  expect(new Set(world.trusted).size).toBe(200);
});
