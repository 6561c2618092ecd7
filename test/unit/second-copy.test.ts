import { beforeEach, expect, test, vi } from 'vitest';
import type { ContentHash, DownloadId, NodeId, SavedId } from '../../src-main/contract/ids.ts';
import { fromUtf8, toUtf8 } from '../../src-main/contract/utf8.ts';
import { parseWebUrl } from '../../src-main/contract/web-url.ts';
import { toPieces } from '../../src-main/engine/content/file-check.ts';
import { SecondCopy } from '../../src-main/engine/second-copy.ts';
import { DownloadStore, type StoredDownload, type StoredSource } from '../../src-main/engine/store/download-store.ts';
import { LibraryStore } from '../../src-main/engine/store/library-store.ts';
import { migrate } from '../../src-main/engine/store/migrations.ts';
import { SavedStore } from '../../src-main/engine/store/saved-store.ts';
import { MIGRATIONS } from '../../src-main/engine/store/schema.ts';
import { Troubles } from '../../src-main/engine/troubles.ts';
import { MemoryDatabase } from '../../src-main/simulator/memory-database.ts';
import { MemoryFileSystem } from '../../src-main/simulator/memory-file-system.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { VirtualClock } from '../../src-main/simulator/virtual-clock.ts';

const FOLDER = '/data';
const PATH = `${FOLDER}/shares-and-downloads.json`;
const NODE = 'ab'.repeat(32) as NodeId;

let clock: VirtualClock;
let files: MemoryFileSystem;
let log: MemoryLogger;
beforeEach(async () => {
  clock = new VirtualClock();
  files = new MemoryFileSystem({ clock });
  log = new MemoryLogger();
  await files.makeFolder(FOLDER);
});

const download = (id: string, change: Partial<StoredDownload> = {}): StoredDownload => ({
  id: id as DownloadId,
  hash: 'cd'.repeat(32) as ContentHash,
  size: 7,
  name: 'a',
  output: undefined,
  folder: '/downloads',
  state: 'wanted',
  reason: null,
  place: 1,
  maxSources: undefined,
  only: undefined,
  finalPath: undefined,
  sizeGiven: false,
  rateLimit: 9,
  isAccepted: true,
  addedMs: 8,
  ...change,
});
const source: StoredSource = {
  nodeId: NODE,
  addresses: [{ host: '203.0.113.5', port: 1214 }],
  sizes: [7],
  namedBy: [],
  faults: { reason: 'content.bad-bytes', count: 2, ageMs: 5, keptMs: 9 },
  bytes: 3,
  avoided: true,
};

const never = (): never => {
  throw new Error('no URL');
};

/** A peer's lists on a database that is new, with what the copy brings back. */
async function startLife(limit: { readonly maxBytes?: number } = {}) {
  const database = new MemoryDatabase();
  const copy = new SecondCopy({ clock, files, troubles: new Troubles({ logger: log }), folder: FOLDER, ...limit });
  const firstRows = async () => (await copy.statements()) ?? [];
  await migrate(database, { migrations: MIGRATIONS, path: FOLDER, firstRows });
  const library = new LibraryStore(database, () => copy.touch());
  const downloads = new DownloadStore(database, () => copy.touch());
  const saved = new SavedStore(database, () => copy.touch());
  copy.start({ library, downloads, saved });
  return { copy, library, downloads, saved };
}

test('brings back what was left out of the shared folders, and what the user said of files', async () => {
  const { library } = await startLife();
  const hash = 'cd'.repeat(32) as ContentHash;
  await library.leftOut.add({ path: '/shared/diary.txt', identity: undefined, hash: undefined });
  await library.notes.setEdit(hash, { title: 'Mine', artist: null });
  await clock.advance(2000);
  const next = await startLife();
  expect(await next.library.leftOut.all()).toMatchObject([{ path: '/shared/diary.txt' }]);
  expect(await next.library.notes.edit(hash)).toEqual({ title: 'Mine', artist: null });
});

test('brings saved searches back, as if they had never been run', async () => {
  const { saved } = await startLife();
  const search = {
    id: '00000009' as SavedId,
    words: 'blue "train"',
    watch: true,
    fresh: 0,
    lastRunMs: null,
    results: 0,
  };
  await saved.save(search);
  await saved.ran({ ...search, fresh: 3, lastRunMs: 5, results: 4 }, ['cd'.repeat(32) as ContentHash]);
  await clock.advance(1000);
  const next = await startLife();
  expect(await next.saved.all()).toEqual([search]);
  await next.saved.remove(search.id);
  await clock.advance(1000);
  expect(await (await startLife()).saved.all()).toEqual([]);
});

test('brings shared folders and unfinished downloads back into an empty database, with their sources', async () => {
  const { library, downloads } = await startLife();
  const wanted = download('00000001', { output: '/o/a', maxSources: 3, only: NODE, size: undefined });
  const given = [{ address: { host: 'example.org', port: 1 } }, { address: { host: '::1', port: 2 }, nodeId: NODE }];
  await library.addFolder('/shared');
  await downloads.save(wanted);
  await downloads.saveSources(wanted.id, [source]);
  await downloads.saveGiven(wanted.id, given);
  await downloads.save(download('00000002', { state: 'failed', reason: 'internal' }));
  await downloads.save(download('00000003', { state: 'done', finalPath: '/downloads/a' }));
  // Killed a moment later: nothing is said.
  await clock.advance(1000);
  const next = await startLife();
  expect(await next.library.folders()).toEqual(['/shared']);
  expect(await next.downloads.all()).toEqual([wanted, download('00000002', { state: 'failed', reason: 'internal' })]);
  expect(await next.downloads.sources(wanted.id)).toEqual([source]);
  expect(await next.downloads.given(wanted.id)).toEqual([given[1], { ...given[0], nodeId: undefined }]);
});

test('brings back a ban that a copy of before bans had a term has for ever', async () => {
  const { downloads } = await startLife();
  const wanted = download('00000001');
  await downloads.save(wanted);
  await downloads.saveSources(wanted.id, [source]);
  await clock.advance(1000);
  const path = `${FOLDER}/shares-and-downloads.json`;
  const copy = JSON.parse(fromUtf8((await files.readSmall(path, 2 ** 20)) ?? new Uint8Array(0)));
  delete copy.downloads[0].sources[0].faults;
  copy.downloads[0].sources[0].banned = 'content.bad-tree';
  await files.writeSmall(path, toUtf8(JSON.stringify(copy)));
  const next = await startLife();
  const faults = { reason: 'content.bad-tree', count: 1, ageMs: 0, keptMs: null };
  expect(await next.downloads.sources(wanted.id)).toEqual([{ ...source, faults }]);
});

test('brings back a file that a list names by other hashes, with its web seeds and pieces', async () => {
  const { downloads } = await startLife();
  const pieces = toPieces(4, ['12'.repeat(32), '34'.repeat(32)], 7);
  const check = { sha256: '56'.repeat(32), ...(pieces ? { pieces } : {}) };
  const url = parseWebUrl('http://mirror.example/f?a=1');
  const seed = { url: url ?? never(), isLocalAllowed: true, faults: null, bytes: 5, avoided: false };
  const unnamed = download('00000001', { hash: undefined, only: seed.url });
  await downloads.add([{ download: unnamed, given: [], sources: [], webSeeds: [seed], check }]);
  await clock.advance(1000);
  const next = await startLife();
  expect(await next.downloads.all()).toEqual([unnamed]);
  expect(await next.downloads.webSeeds.of(unnamed.id)).toEqual([seed]);
  expect(await next.downloads.checks.of(unnamed.id)).toEqual(check);
});

test('follows what is removed, and writes what is due when it stops', async () => {
  const { copy, library, downloads } = await startLife();
  await library.addFolder('/shared');
  await downloads.save(download('00000001'));
  await clock.advance(1000);
  await library.removeFolder('/shared');
  await downloads.remove('00000001' as DownloadId);
  await copy.stop();
  expect(clock.pendingTimers).toBe(0);
  const next = await startLife();
  expect(await next.library.folders()).toEqual([]);
  expect(await next.downloads.all()).toEqual([]);
});

test('of a version that knew no limits of one download, nor sources chosen by hand, is read', async () => {
  const { rateLimit, addedMs, ...old } = download('00000001');
  const { avoided, ...oldSource } = source;
  const copy = { version: 1, folders: [], downloads: [{ ...old, given: [], sources: [oldSource] }] };
  await files.writeSmall(PATH, new TextEncoder().encode(JSON.stringify(copy)));
  const { downloads } = await startLife();
  expect(await downloads.all()).toEqual([{ ...old, rateLimit: 0, addedMs: undefined }]);
  expect(await downloads.sources(old.id)).toEqual([{ ...oldSource, avoided: false }]);
});

test('of more than fits holds all downloads with fewer sources, then without, then the first ones', async () => {
  const lives = async (maxBytes: number) => {
    const { copy, library, downloads } = await startLife({ maxBytes });
    await library.addFolder('/shared');
    for (const [at, id] of ['00000001', '00000002', '00000003'].entries()) {
      const sources = Array.from({ length: 30 }, (_, i) => ({ ...source, nodeId: `${i + 10}`.repeat(32) as NodeId }));
      await downloads.add([{ download: download(id, { place: at }), given: [], sources, webSeeds: [] }]);
    }
    await copy.stop();
    expect((await files.stat(PATH))?.size).toBeLessThanOrEqual(maxBytes);
    const next = await startLife({ maxBytes });
    const back = await next.downloads.all();
    expect(await next.library.folders()).toEqual(['/shared']);
    await next.copy.stop();
    await files.remove(PATH);
    return Promise.all(back.map(async ({ id }) => [id, (await next.downloads.sources(id)).length]));
  };
  const all = (sources: number) => [1, 2, 3].map((id) => [`0000000${id}`, sources]);
  expect(await lives(40_000)).toEqual(all(20));
  expect(await lives(10_000)).toEqual(all(5));
  expect(await lives(2000)).toEqual(all(0));
  expect(await lives(850)).toEqual(all(0).slice(0, 2));
});

test('that is long is written in slices, and less often', async () => {
  const { copy, downloads } = await startLife();
  const sleep = vi.spyOn(clock, 'sleep');
  const written = vi.spyOn(files, 'writeSmall');
  const rename = (name: string) => downloads.save(download('00000001', { name: name.repeat(10 * 2 ** 20) }));
  await rename('a');
  await clock.advance(1000);
  expect(written).toHaveBeenCalledTimes(1);
  expect(sleep).toHaveBeenCalled();
  await rename('b');
  await clock.advance(9000);
  expect(written).toHaveBeenCalledTimes(1);
  await clock.advance(2000);
  expect(written).toHaveBeenCalledTimes(2);
  await rename('c');
  // Without the clock going on.
  await copy.stop();
  expect(written).toHaveBeenCalledTimes(3);
});

test('that cannot be read is kept aside, and stops no start', async () => {
  await files.writeSmall(PATH, toUtf8('{"version":1,"folders":["/shared"],"downloads":[]}'));
  const { copy, library } = await startLife({ maxBytes: 40 });
  expect(await library.folders()).toEqual([]);
  expect(await files.stat(`${PATH}.damaged`)).toBeDefined();
  await copy.stop();
});

test('that is damaged itself is kept aside', async () => {
  await files.writeSmall(PATH, new TextEncoder().encode('{"version":1,"folders":["/sha'));
  const { library } = await startLife();
  expect(await library.folders()).toEqual([]);
  expect(await files.stat(`${PATH}.damaged`)).toBeDefined();
});

test.each([{ bytes: 1.5 }, { bytes: 1e300 }, { faults: { ...source.faults, ageMs: 0.5 } }])(
  'with %j, which the database would refuse at each start, is kept aside too',
  async (change) => {
    const changed = { ...download('00000001'), given: [], sources: [{ ...source, ...change }] };
    await files.writeSmall(PATH, toUtf8(JSON.stringify({ version: 1, folders: ['/shared'], downloads: [changed] })));
    const { downloads } = await startLife();
    expect(await downloads.all()).toEqual([]);
    expect(await files.stat(`${PATH}.damaged`)).toBeDefined();
  },
);

test('that cannot be written is tried again, and told once', async () => {
  const { library } = await startLife();
  const capacity = { write: files.writeSmall };
  files.writeSmall = () => Promise.reject(new Error('no'));
  await library.addFolder('/shared');
  await clock.advance(60_000);
  expect(log.lines.map(({ event }) => event)).toEqual(['the data folder cannot be used']);
  files.writeSmall = capacity.write;
  await clock.advance(10_000);
  expect(log.lines.map(({ event }) => event).at(-1)).toBe('the data folder can be used again');
  expect(await (await startLife()).library.folders()).toEqual(['/shared']);
});
