import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash, DownloadId, NodeId, SavedId, SearchId } from '../../../src-main/contract/ids.ts';
import { MAX_LIST_BYTES } from '../../../src-main/contract/lists.ts';
import type { StatusView } from '../../../src-main/contract/outputs.ts';
import { CLEAN } from '../../../src-main/contract/pollution.ts';
import type { SearchResult } from '../../../src-main/contract/search.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import type { WebUrl } from '../../../src-main/contract/web-url.ts';
import { linesOf, runCommand, serveEngine, startCommand } from '../../support/command-line.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const HASH = 'ab'.repeat(32) as ContentHash;
const NODE = 'cd'.repeat(32) as NodeId;
const DOWNLOAD = '0123abcd' as DownloadId;
const SEARCH = '5'.repeat(32) as SearchId;
const OTHER_SEARCH = '6'.repeat(32) as SearchId;

const STATUS: StatusView = {
  node: NODE,
  name: 'me',
  uptimeMs: 1000,
  listen: '127.0.0.1:1214',
  invitations: [],
  role: 'leaf',
  parent: null,
  children: 0,
  neighbours: 0,
  files: 3,
  bytes: 4096,
  downloads: 0,
  uploads: 0,
  uploadSlots: { slots: 4, used: 0, waiting: 0, isAutomatic: true },
  downRate: 0,
  upRate: 0,
  limits: {
    up: { rate: 204_800, why: 'schedule' },
    down: { rate: 0, why: 'none' },
    next: { inMs: 3_600_000, up: { rate: 0, why: 'schedule-pause' }, down: { rate: 0, why: 'none' } },
    line: { up: null, down: null },
  },
  reachability: 'unknown',
  reach: {
    tests: [],
    mapping: { state: 'not-needed', protocol: null, router: null, host: null, port: null },
    outside: [],
  },
  worlds: 'unchecked',
  relay: { isVolunteer: true, pairs: 2, bytes: 3 * 2 ** 20, dayBytes: 2 ** 20, perDay: 2 ** 31 },
  election: [],
};

const RESULT: SearchResult = {
  hash: HASH,
  size: 2048,
  name: 'blue\u001B[2J.ogg',
  otherNames: [],
  type: 'audio',
  extracted: {},
  sources: [{ nodeId: NODE, addresses: [] }],
  wave: 1,
  namedBy: [],
  rank: { nameMatch: 1, availability: 1, agreement: 1, total: 1 },
  pollution: CLEAN,
};

/** What is printed of the source above, which said nothing of itself. */
const SOURCES = { sources: 1, freeSlots: 0, estimateSeconds: null };

const PROGRESS: DownloadView = {
  id: DOWNLOAD,
  hash: HASH,
  name: 'a.bin',
  size: 1000,
  done: 500,
  state: 'downloading',
  reason: null,
  blockedBy: null,
  rate: 100,
  etaSeconds: 5,
  path: '/d/a.bin',
  sources: [
    {
      node: NODE,
      address: '127.0.0.1:1',
      state: 'active',
      reason: null,
      bannedUntilMs: null,
      onTrial: false,
      rate: 100,
      bytes: 500,
      held: null,
      queue: null,
      use: 'auto',
      way: 'direct',
      ways: [{ way: 'direct', reason: null }],
    },
    {
      node: NODE,
      address: '127.0.0.1:2',
      state: 'banned',
      reason: 'content.bad-bytes',
      bannedUntilMs: 1_800_000_000_000,
      onTrial: false,
      rate: 0,
      bytes: 0,
      held: null,
      queue: null,
      use: 'auto',
      way: null,
      ways: [],
    },
  ],
  maxSources: null,
  found: null,
  rateLimit: 0,
  place: 1,
  addedMs: 0,
};

describe('status', () => {
  test('prints one object as JSON, options before or after the command', async () => {
    const data = await serveEngine(new ScriptedEngine({ queries: { status: STATUS } }));
    const after = await runCommand(['status', '--json', '--data', data]);
    const before = await runCommand(['--json', '--data', data, 'status']);
    expect(after).toMatchObject({ status: 0, err: '' });
    expect(after.lines()).toEqual([STATUS]);
    expect(before.out).toBe(after.out);
  });

  test('prints text for people', async () => {
    const data = await serveEngine(new ScriptedEngine({ queries: { status: STATUS } }));
    const { out } = await runCommand(['status', '--data', data]);
    expect(out).toMatch(/^parent +none$/m);
    expect(out).toContain('3 files, 4.0 KiB');
    expect(out).toMatch(/^carried for others +3\.0 MiB, in 24 h 1\.0 MiB of at most 2\.0 GiB, 2 pairs now$/m);
  });
});

describe('exit statuses', () => {
  test('3 and one line when no peer runs', async () => {
    const data = await temporaryFolder();
    const { status, out, err } = await runCommand(['status', '--data', data]);
    expect({ status, out, err }).toEqual({
      status: 3,
      out: '',
      err: `shoal: no peer runs on ${data}: start one with "shoal peer"\n`,
    });
  });

  test.each([
    [[]],
    [['frobnicate']],
    [['get']],
    [['get', 'not-a-hash']],
    [['get', HASH, '--sources', '0']],
    [['get', HASH, '--timeout', '5']],
    [['search', 'x', '--limt', '5']],
    [['peer', '--web', 'nowhere']],
    [['peer', '--set', 'no.such=1']],
    [['peer', '--listen', 'nowhere']],
    [['peer', '--bootstrap', 'nowhere']],
    [['peer', '--supernode', 'perhaps']],
    [['settings', 'a', 'b', 'c']],
  ])('2 for wrong usage: %j', async (words) => {
    const { status, out, err } = await runCommand(words);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).not.toBe('');
  });

  test.each([
    ['4', ['pause', DOWNLOAD], new AppError('download.unknown', { id: DOWNLOAD })],
    ['1', ['pause', DOWNLOAD], new AppError('disk.full', { path: '/d', needed: '1' })],
    ['4', ['pause', 'nonsense'], new AppError('internal', { why: 'must not be asked' })],
  ])('%s for %j when the engine says %s', async (status, words, error) => {
    const engine = new ScriptedEngine({ commands: { 'download.pause': () => Promise.reject(error) } });
    const data = await serveEngine(engine);
    expect((await runCommand([...words, '--data', data])).status).toBe(Number(status));
  });

  test('0 for help of every command, with an example', async () => {
    const names =
      'peer status search get downloads uploads history verdict votes identity pause resume retry cancel move clear share settings saved supernodes browse stop hash demo';
    for (const name of names.split(' ')) {
      const { status, out, err } = await runCommand([name, '--help']);
      expect({ name, status, err }).toEqual({ name, status: 0, err: '' });
      expect(out).toContain(`$ shoal ${name}`);
    }
  });

  test('simulate prints its figures with the seed, and says which scenarios there are', async () => {
    const played = await runCommand(['simulate', 'steady', '--peers', '5', '--hours', '0.01', '--seed', '7', '--json']);
    expect(played).toMatchObject({ status: 0, err: '' });
    expect(played.lines().at(-1)).toMatchObject({
      event: 'report',
      scenario: 'steady',
      peers: 5,
      hours: 0.01,
      seed: 7,
    });
    const unknown = await runCommand(['simulate', 'nothing']);
    expect(unknown).toMatchObject({ status: 2, err: expect.stringContaining('steady, halve') });
    expect((await runCommand(['simulate', 'steady', '--peers', '1'])).status).toBe(2);
  });

  test('simulate writes a page in place of what was there, and asks for a file that can be written before it plays', async () => {
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'page.html'), 'x'.repeat(1_000_000));
    const words = ['simulate', 'steady', '--peers', '30', '--hours', '0.1', '--report'];
    expect(await runCommand([...words, 'page.html'], folder)).toMatchObject({ status: 0, err: '' });
    const page = await readFile(join(folder, 'page.html'), 'utf8');
    expect(page).toMatch(/^<!doctype html>.*<svg.*<\/html>\n$/s);
    expect(page).not.toContain('xxx');
    for (const [name, why] of [
      ['no/page.html', 'the folder is not there'],
      ['.', 'that is a folder'],
    ] as const) {
      const { status, out, err } = await runCommand([...words, name], folder);
      expect({ status, out }).toEqual({ status: 2, out: '' });
      expect(err).toMatch(new RegExp(`^shoal: .*cannot be written: ${why}.*\n$`));
    }
    const unknown = await runCommand(['simulate', 'nothing', '--report', 'never.html'], folder);
    expect(unknown.status).toBe(2);
    await expect(readFile(join(folder, 'never.html'))).rejects.toThrow('ENOENT');
  });
});

describe('search', () => {
  const emitAll = (engine: ScriptedEngine) => {
    engine.emit('search.wave', { id: OTHER_SEARCH, wave: 9, asked: 9, answered: 9, results: 9, askedTotal: 9 });
    engine.emit('search.hit', { id: SEARCH, result: RESULT });
    engine.emit('search.wave', { id: SEARCH, wave: 1, asked: 8, answered: 7, results: 1, askedTotal: 8 });
    engine.emit('search.end', { id: SEARCH, reason: 'exhausted', results: 1 });
  };
  const searching = () => {
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'search.start': () => {
          emitAll(engine);
          return { id: SEARCH };
        },
      },
    });
    return engine;
  };

  test('prints hits, waves and the end of its own search, even those that came before its id', async () => {
    const engine = searching();
    const data = await serveEngine(engine);
    const words = ['search', 'blue', '-red', 'type:audio', '--limit', '5', '--timeout', '1.5', '--hop', '2'];
    const { status, lines } = await runCommand([...words, '--json', '--data', data]);
    expect(status).toBe(0);
    expect(lines()).toEqual([
      {
        event: 'hit',
        hash: HASH,
        name: RESULT.name,
        size: 2048,
        type: 'audio',
        ...SOURCES,
        wave: 1,
        pollution: 0,
        signs: [],
      },
      { event: 'wave', wave: 1, asked: 8, answered: 7, results: 1, askedTotal: 8 },
      { event: 'end', reason: 'exhausted', results: 1, hidden: 0 },
    ]);
    expect(engine.calls[0]).toEqual({
      name: 'search.start',
      input: { words: 'blue -red type:audio', limit: 5, timeoutMs: 1500, hops: 2 },
    });
  });

  test('text of strangers cannot drive the terminal', async () => {
    const data = await serveEngine(searching());
    const { out } = await runCommand(['search', 'blue', '--data', data]);
    expect(out).not.toContain('\u001B');
    expect(out).toContain('blue\uFFFD[2J.ogg');
  });

  test('a ContentHash is searched as such', async () => {
    const engine = searching();
    await runCommand(['search', HASH.toUpperCase(), '--data', await serveEngine(engine)]);
    expect(engine.calls[0]?.input).toEqual({ hash: HASH });
  });

  test('Ctrl-C stops it and its end is still printed', async () => {
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'search.start': { id: SEARCH },
        'search.stop': () => {
          engine.emit('search.end', { id: SEARCH, reason: 'stopped', results: 0 });
          return { id: SEARCH };
        },
      },
    });
    const running = startCommand(['search', 'blue', '--json', '--data', await serveEngine(engine)]);
    await expect.poll(() => engine.calls.length).toBe(1);
    await expect
      .poll(() => {
        running.interrupt();
        return running.out();
      })
      .not.toBe('');
    expect(await running.status).toBe(0);
    expect(linesOf(running.out())).toEqual([{ event: 'end', reason: 'stopped', results: 0, hidden: 0 }]);
  });
});

describe('get', () => {
  const added = { 'download.add': { id: DOWNLOAD, hash: HASH } };

  test('adds a download and ends', async () => {
    const engine = new ScriptedEngine({ commands: added });
    const data = await serveEngine(engine);
    const words = ['get', HASH, '--output', 'sub/../x.bin', '--sources', '3', '--from', NODE];
    const { status, lines } = await runCommand([...words, '--json', '--data', data], '/caller');
    expect(status).toBe(0);
    expect(lines()).toEqual([{ event: 'added', id: DOWNLOAD, hash: HASH }]);
    expect(engine.calls[0]?.input).toEqual({ hash: HASH, output: '/caller/x.bin', maxSources: 3, only: NODE });
  });

  test('a magnet brings size, name and sources', async () => {
    const engine = new ScriptedEngine({ commands: added });
    const source = `shoal://${NODE}@127.0.0.1:99`;
    const magnet = `magnet:?xt=urn:tree:sha256:${HASH}&dn=a%20b&xl=7&xs=${encodeURIComponent(source)}`;
    await runCommand(['get', magnet, '--data', await serveEngine(engine)]);
    expect(engine.calls[0]?.input).toEqual({ hash: HASH, name: 'a b', size: 7, sources: [{ target: source }] });
  });

  test('a magnet may name web servers, which may lie in a local network only when the user says so', async () => {
    const engine = new ScriptedEngine({ commands: added });
    const data = await serveEngine(engine);
    const urls = ['https://a.example/f', 'http://10.0.0.1/f'];
    const magnet = `magnet:?xt=urn:tree:sha256:${HASH}&${urls.map((url) => `ws=${encodeURIComponent(url)}`).join('&')}`;
    const { err } = await runCommand(['get', magnet, '--data', data]);
    expect(err).toContain('http://10.0.0.1/f lies in a local network');
    expect(err).not.toContain('a.example');
    expect(engine.calls[0]?.input).toEqual({ hash: HASH, web: urls.map((url) => ({ url })) });
    const allowed = await runCommand(['get', magnet, '--allow-local', '--data', data]);
    expect([allowed.err, engine.calls[1]?.input]).toEqual([
      '',
      { hash: HASH, web: urls.map((url) => ({ url, local: true })) },
    ]);
  });

  test('a list is taken as one: each of its files is named, and --wait waits for all of them', async () => {
    const [first, second] = ['00000001', '00000002'] as DownloadId[];
    if (!first || !second) throw new Error('no ids');
    const local = [{ id: first, url: 'http://10.0.0.1/f' as WebUrl }];
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'list.import': () => {
          engine.emit('download.done', { id: second, path: '/b' });
          engine.emit('download.failed', { id: first, code: 'content.changed' });
          return {
            added: [
              { id: first, hash: null, name: 'a' },
              { id: second, hash: HASH, name: 'b' },
            ],
            ...{ known: 1, skipped: 2, local },
          };
        },
      },
    });
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'x.meta4'), '<metalink/>');
    const words = ['get', 'x.meta4', '--wait', '--json', '--data', await serveEngine(engine)];
    const { status, lines, err } = await runCommand(words, folder);
    expect(status).toBe(1);
    expect(err).toContain('http://10.0.0.1/f lies in a local network');
    expect(lines()).toEqual([
      { event: 'added', id: first, hash: null, name: 'a' },
      { event: 'added', id: second, hash: HASH, name: 'b' },
      { event: 'end', added: 2, known: 1, skipped: 2 },
      { event: 'done', id: second, path: '/b' },
      { event: 'failed', id: first, code: 'content.changed' },
    ]);
  });

  test('a list that is not there, or with nothing in it to be fetched, is told', async () => {
    const empty = { added: [], known: 0, skipped: 3, local: [] };
    const engine = new ScriptedEngine({ commands: { 'list.import': empty } });
    const data = await serveEngine(engine);
    const folder = await temporaryFolder();
    const missing = await runCommand(['get', 'none.meta4', '--data', data], folder);
    expect([missing.status, missing.err]).toEqual([2, expect.stringContaining('none.meta4')]);
    await writeFile(join(folder, 'x'), '<metalink/>');
    const nothing = await runCommand(['get', 'x', '--data', data], folder);
    expect([nothing.status, nothing.err]).toEqual([2, expect.stringContaining('nothing in it')]);
    const from = await runCommand(['get', 'x', '--from', NODE, '--data', data], folder);
    expect(from.status).toBe(2);
  });

  test('--wait prints progress and done, of this download only', async () => {
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'download.add': () => {
          engine.emit('download.progress', { ...PROGRESS, id: 'ffffffff' as DownloadId });
          engine.emit('download.progress', PROGRESS);
          engine.emit('download.done', { id: DOWNLOAD, path: '/d/a.bin' });
          return added['download.add'];
        },
      },
    });
    const { status, lines } = await runCommand(['get', HASH, '--wait', '--json', '--data', await serveEngine(engine)]);
    expect(status).toBe(0);
    expect(lines()).toEqual([
      { event: 'added', id: DOWNLOAD, hash: HASH },
      { event: 'progress', done: 500, size: 1000, rate: 100, eta: 5, sources: 1, found: null },
      { event: 'done', path: '/d/a.bin' },
    ]);
  });

  test('--wait ends with 1 and the code when the download fails', async () => {
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'download.add': () => {
          engine.emit('download.failed', { id: DOWNLOAD, code: 'download.cancelled' });
          return added['download.add'];
        },
      },
    });
    const { status, lines, err } = await runCommand([
      'get',
      HASH,
      '--wait',
      '--json',
      '--data',
      await serveEngine(engine),
    ]);
    expect(status).toBe(1);
    expect(lines()).toContainEqual({ event: 'failed', code: 'download.cancelled' });
    expect(err).toContain('cancelled');
  });

  test('the list says what a file is by its bytes where its name says something else', async () => {
    const found = { ...PROGRESS, name: 'song.mp3', found: 'archive' } as const;
    const engine = new ScriptedEngine({ queries: { downloads: () => [PROGRESS, found] } });
    const { out } = await runCommand(['downloads', '--data', await serveEngine(engine)]);
    expect(out).toMatch(/a\.bin\n.*song\.mp3 {2}\(by its bytes an archive\)/);
  });

  test('--wait warns once of a file that is not what its name says, and says how to go on', async () => {
    const asked = {
      ...PROGRESS,
      name: 'song.mp3',
      state: 'paused',
      reason: 'download.disguised',
      found: 'software',
    } as const;
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'download.add': () => {
          engine.emit('download.progress', asked);
          engine.emit('download.progress', asked);
          engine.emit('download.done', { id: DOWNLOAD, path: '/d/song.mp3' });
          return added['download.add'];
        },
      },
    });
    const { status, err, lines } = await runCommand([
      'get',
      HASH,
      '--wait',
      '--json',
      '--data',
      await serveEngine(engine),
    ]);
    expect(status).toBe(0);
    expect(err.match(/warning: .*/g)).toEqual([
      `warning: song.mp3 is by its bytes a program; it is paused: "shoal resume ${DOWNLOAD}" or "shoal cancel ${DOWNLOAD}"`,
    ]);
    expect(lines()).toContainEqual(expect.objectContaining({ event: 'progress', found: 'software' }));
  });

  test('Ctrl-C leaves the download running and says so', async () => {
    const engine = new ScriptedEngine({ commands: added });
    const running = startCommand(['get', HASH, '--wait', '--data', await serveEngine(engine)]);
    await expect
      .poll(() => {
        running.interrupt();
        return running.err();
      })
      .toContain('goes on');
    expect(await running.status).toBe(1);
    expect(engine.calls.map(({ name }) => name)).toEqual(['download.add']);
  });

  test('--timeout ends the waiting, not the download', async () => {
    const engine = new ScriptedEngine({ commands: added });
    const words = ['get', HASH, '--wait', '--timeout', '0.05', '--data', await serveEngine(engine)];
    const { status, err } = await runCommand(words);
    expect(status).toBe(1);
    expect(err).toContain('goes on');
    expect(engine.calls).toHaveLength(1);
  });
});

describe('lists of files', () => {
  const LIST = { xml: '<metalink/>\n', files: 3, left: 0 };

  test('are imported from a file, and each download is named', async () => {
    const added = [{ id: DOWNLOAD, hash: HASH, name: 'a\u001B.bin' }];
    const engine = new ScriptedEngine({ commands: { 'list.import': { added, known: 2, skipped: 1, local: [] } } });
    const data = await serveEngine(engine);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'list.meta4'), '<metalink>ä</metalink>');
    const { status, lines } = await runCommand(['import', 'list.meta4', '--json', '--data', data], folder);
    expect(status).toBe(0);
    expect(engine.calls[0]).toEqual({ name: 'list.import', input: { xml: '<metalink>ä</metalink>' } });
    expect(lines()).toEqual([
      { event: 'added', ...added[0] },
      { event: 'end', added: 1, known: 2, skipped: 1 },
    ]);
    const { out } = await runCommand(['import', 'list.meta4', '--data', data], folder);
    expect(out).toBe(`download ${DOWNLOAD} added: a\uFFFD.bin\n1 added, 2 known already, 1 skipped\n`);
  });

  test('that are too long or not there are refused before the peer is asked', async () => {
    const engine = new ScriptedEngine();
    const data = await serveEngine(engine);
    const folder = await temporaryFolder();
    await writeFile(join(folder, 'long'), Buffer.alloc(MAX_LIST_BYTES + 1));
    for (const name of ['long', 'none', '.']) {
      const { status, err } = await runCommand(['import', name, '--data', data], folder);
      expect([status, err.split('\n').length]).toEqual([2, 2]);
    }
    expect(engine.calls).toEqual([]);
  });

  test('are exported to the screen or into a file, and it is said what did not fit', async () => {
    const engine = new ScriptedEngine({ queries: { 'list.export': { ...LIST, left: 7 } } });
    const data = await serveEngine(engine);
    const folder = await temporaryFolder();
    const shown = await runCommand(['export', 'library', '--data', data]);
    expect([shown.status, shown.out]).toEqual([0, '<metalink/>\n']);
    expect(shown.err).toContain('7 more files');
    const kept = await runCommand(['export', 'downloads', '--output', 'x.meta4', '--json', '--data', data], folder);
    expect(kept.lines()).toEqual([{ path: join(folder, 'x.meta4'), files: 3, left: 7 }]);
    expect(await readFile(join(folder, 'x.meta4'), 'utf8')).toBe(LIST.xml);
    expect(engine.calls.map(({ input }) => input)).toEqual([{ of: 'library' }, { of: 'downloads' }]);
    expect((await runCommand(['export', 'everything', '--data', data])).status).toBe(2);
    const nowhere = ['export', 'library', '--output', 'none/x', '--data', data];
    expect((await runCommand(nowhere, folder)).status).toBe(2);
  });
});

describe('lists', () => {
  test('are one object a line', async () => {
    const data = await serveEngine(new ScriptedEngine({ queries: { downloads: [PROGRESS, PROGRESS] } }));
    expect((await runCommand(['downloads', '--json', '--data', data])).lines()).toEqual([PROGRESS, PROGRESS]);
  });

  test('the sources of one tell until when one is banned, and it can be tried again by what it begins with', async () => {
    const other = '1f'.repeat(32) as NodeId;
    const [active, banned] = PROGRESS.sources;
    const sources = [active, { ...banned, node: other }];
    const waiting = { ...PROGRESS, sources, state: 'searching', reason: 'download.sources-banned' } as DownloadView;
    const engine = new ScriptedEngine({
      queries: { downloads: [waiting] },
      commands: { 'download.retry': { id: DOWNLOAD } },
    });
    const data = await serveEngine(engine);
    const all = await runCommand(['downloads', '--data', data]);
    expect(all.out).toContain('searching (download.sources-banned until 2027-01-15T08:00:00Z)');
    const one = await runCommand(['downloads', DOWNLOAD, '--data', data]);
    expect(one.out).toMatch(/^1f1f1f1f1f1f +banned until 2027-01-15T08:00:00Z \(content\.bad-bytes\) /m);
    expect((await runCommand(['downloads', 'ffffffff', '--data', data])).status).toBe(4);
    const retried = await runCommand(['retry', DOWNLOAD, '--source', '1F1F', '--json', '--data', data]);
    expect(retried.lines()).toEqual([{ id: DOWNLOAD, node: other }]);
    await runCommand(['retry', DOWNLOAD, '--data', data]);
    const asked = engine.calls.filter(({ name }) => name === 'download.retry').map(({ input }) => input);
    expect(asked).toEqual([{ id: DOWNLOAD, node: other }, { id: DOWNLOAD }]);
    const unknown = await runCommand(['retry', DOWNLOAD, '--source', 'ee', '--data', data]);
    expect(unknown).toMatchObject({ status: 2, err: expect.stringContaining('no source of this download begins so') });
  });

  test('an empty one prints no line as JSON and says so in text', async () => {
    const data = await serveEngine(new ScriptedEngine({ queries: { downloads: [] } }));
    expect((await runCommand(['downloads', '--json', '--data', data])).out).toBe('');
    expect((await runCommand(['downloads', '--data', data])).out).toBe('no downloads\n');
  });

  test('how downloads ended is told in words, and at most as much as was asked for', async () => {
    const entry = { id: 2, hash: HASH, name: 'a\u001B[2J', size: 1000, path: null, endedMs: 0, bytes: 5 } as const;
    const entries = [{ ...entry, outcome: 'failed', reason: 'internal' }] as const;
    const engine = new ScriptedEngine({ queries: { history: { entries, next: null } } });
    const data = await serveEngine(engine);
    expect((await runCommand(['history', '--limit', '900', '--json', '--data', data])).lines()).toEqual(entries);
    const { out } = await runCommand(['history', '--data', data]);
    expect(out).toContain('1970-01-01T00:00:00  failed (internal)');
    expect(out).not.toContain('\u001B');
    expect(engine.calls.map(({ input }) => input)).toEqual([{ limit: 500 }, { limit: 100 }]);
  });

  test('shared files are asked page by page', async () => {
    const file = {
      ...{ hash: HASH, name: 'a', path: '/s/a', size: 1, type: 'other' },
      ...{ extracted: { title: 'A' }, asked: 2, edited: false, blockedBy: null },
    };
    let page = 0;
    const engine = new ScriptedEngine({
      queries: { 'shares.files': () => ({ files: [file], next: ++page < 3 ? `after-${page}` : null }) },
    });
    const { lines } = await runCommand(['share', 'files', '--json', '--data', await serveEngine(engine)]);
    expect(lines()).toEqual([file, file, file]);
    expect(engine.calls.map(({ input }) => input)).toMatchObject([{}, { after: 'after-1' }, { after: 'after-2' }]);
  });

  test('addresses of supernodes are text', async () => {
    const supernode = {
      node: NODE,
      address: { host: '::1', port: 5 },
      state: 'parent',
      rttMs: 1,
      children: null,
    } as const;
    const data = await serveEngine(new ScriptedEngine({ queries: { supernodes: [supernode] } }));
    const { lines } = await runCommand(['supernodes', '--json', '--data', data]);
    expect(lines()).toEqual([{ ...supernode, address: '[::1]:5' }]);
  });
});

describe('share and settings', () => {
  test('a search is saved with its words, and one that nobody can have is not found', async () => {
    const id = '0123abcd' as SavedId;
    const view = { id, words: 'blue -red', watch: true, fresh: 2, lastRunMs: 0, results: 7 };
    const engine = new ScriptedEngine({
      commands: { 'saved.add': { id }, 'saved.remove': { id } },
      queries: { saved: [view] },
    });
    const data = await serveEngine(engine);
    await runCommand(['saved', 'add', 'blue', '-red', '--watch', '--data', data]);
    await runCommand(['saved', 'remove', id.toUpperCase(), '--data', data]);
    expect(engine.calls.map(({ input }) => input)).toEqual([{ words: 'blue -red', watch: true }, { id }]);
    const listed = await runCommand(['saved', 'list', '--data', data]);
    expect(listed.out).toContain(`${id}    2      7  1970-01-01T00:00:00.000Z  yes      blue -red`);
    expect((await runCommand(['saved', 'list', '--json', '--data', data])).lines()).toEqual([view]);
    expect((await runCommand(['saved', 'remove', 'nonsense', '--data', data])).status).toBe(4);
    expect((await runCommand(['saved', 'add', 'blue', '--wacth', '--data', data])).status).toBe(2);
  });

  test('a shared folder is meant from where the caller stands', async () => {
    const engine = new ScriptedEngine({ commands: { 'share.add': { path: '/caller/music' } } });
    const data = await serveEngine(engine);
    const { lines } = await runCommand(['share', 'add', 'music', '--json', '--data', data], '/caller');
    expect(engine.calls[0]?.input).toEqual({ path: '/caller/music' });
    expect(lines()).toEqual([{ path: '/caller/music' }]);
  });

  test('a change says whether a restart is needed', async () => {
    const answer = { key: 'peer.listen', value: '127.0.0.1:1', restartNeeded: true } as const;
    const data = await serveEngine(new ScriptedEngine({ commands: { 'settings.set': answer } }));
    const words = ['settings', 'peer.listen', '127.0.0.1:1', '--data', data];
    expect((await runCommand([...words, '--json'])).lines()).toEqual([answer]);
    expect((await runCommand(words)).out).toContain('started again');
  });

  test('an unknown setting ends with 4', async () => {
    const data = await serveEngine(new ScriptedEngine());
    const { status, err } = await runCommand(['settings', 'no.such', '--data', data]);
    expect(status).toBe(4);
    expect(err).toContain('no setting "no.such"');
  });
});
