import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { DownloadId } from '../../../src-main/contract/ids.ts';
import { MAX_LIST_BYTES } from '../../../src-main/contract/lists.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import type { WebUrl } from '../../../src-main/contract/web-url.ts';
import { runCommand, serveEngine, startCommand } from '../../support/command-line.ts';
import { DOWNLOAD, HASH, NODE, PROGRESS } from '../../support/command-line-views.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

describe('get', () => {
  const added = { 'download.add': { id: DOWNLOAD, hash: HASH } };

  test('adds a download and ends', async () => {
    const engine = new ScriptedEngine({ commands: added, queries: { downloads: [] } });
    const data = await serveEngine(engine);
    const words = ['get', HASH, '--output', 'sub/../x.bin', '--sources', '3', '--from', NODE];
    const { status, lines } = await runCommand([...words, '--json', '--data', data], '/caller');
    expect(status).toBe(0);
    expect(lines()).toEqual([{ event: 'added', id: DOWNLOAD, hash: HASH }]);
    expect(engine.calls[0]?.input).toEqual({ hash: HASH, output: '/caller/x.bin', maxSources: 3, only: NODE });
  });

  test('a magnet brings size, name and sources', async () => {
    const engine = new ScriptedEngine({ commands: added, queries: { downloads: [] } });
    const source = `shoal://${NODE}@127.0.0.1:99`;
    const magnet = `magnet:?xt=urn:tree:sha256:${HASH}&dn=a%20b&xl=7&xs=${encodeURIComponent(source)}`;
    await runCommand(['get', magnet, '--data', await serveEngine(engine)]);
    expect(engine.calls[0]?.input).toEqual({ hash: HASH, name: 'a b', size: 7, sources: [{ target: source }] });
  });

  test('a magnet may name web servers, which may lie in a local network only when the user says so', async () => {
    const engine = new ScriptedEngine({ commands: added, queries: { downloads: [] } });
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
      queries: { downloads: [] },
      commands: {
        'list.import': () => {
          engine.emit('download.done', { id: second, path: '/b' });
          engine.emit('download.failed', { id: first, code: 'content.changed' });
          return {
            added: [
              { id: first, hash: null, name: 'a' },
              { id: second, hash: HASH, name: 'b' },
            ],
            ...{ known: 1, underWay: [], skipped: 2, local },
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
    const empty = { added: [], known: 0, underWay: [], skipped: 3, local: [] };
    const engine = new ScriptedEngine({ commands: { 'list.import': empty } });
    const data = await serveEngine(engine);
    const folder = await temporaryFolder();
    const missing = await runCommand(['get', 'none.meta4', '--data', data], folder);
    expect([missing.status, missing.err]).toEqual([4, expect.stringContaining('none.meta4')]);
    await writeFile(join(folder, 'x'), '<metalink/>');
    const nothing = await runCommand(['get', 'x', '--data', data], folder);
    expect([nothing.status, nothing.err]).toEqual([2, expect.stringContaining('nothing in it')]);
    const from = await runCommand(['get', 'x', '--from', NODE, '--data', data], folder);
    expect(from.status).toBe(2);
  });

  test('--wait prints progress and done, of this download only', async () => {
    const engine: ScriptedEngine = new ScriptedEngine({
      queries: { downloads: [] },
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
      queries: { downloads: [] },
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
      queries: { downloads: [] },
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
      '--timeout',
      '60',
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
    const engine = new ScriptedEngine({ commands: added, queries: { downloads: [] } });
    const running = startCommand(['get', HASH, '--wait', '--data', await serveEngine(engine)]);
    await expect
      .poll(() => {
        running.interrupt();
        return running.err();
      })
      .toContain('goes on');
    expect(await running.status).toBe(1);
    expect(engine.calls.map(({ name }) => name)).toEqual(['download.add', 'downloads']);
  });

  test('--timeout ends the waiting, not the download', async () => {
    const engine = new ScriptedEngine({ commands: added, queries: { downloads: [] } });
    const words = ['get', HASH, '--wait', '--timeout', '0.05', '--data', await serveEngine(engine)];
    const { status, err } = await runCommand(words);
    expect(status).toBe(1);
    expect(err).toContain('goes on');
    expect(engine.calls.map(({ name }) => name)).toEqual(['download.add', 'downloads']);
  });

  describe('--wait of what is on its way already', () => {
    const exists = () => Promise.reject(new AppError('download.exists', { id: DOWNLOAD }));
    const done = (engine: ScriptedEngine) => () => {
      engine.emit('download.done', { id: DOWNLOAD, path: '/d/a.bin' });
      return [PROGRESS];
    };

    test('waits for it, and says that it was', async () => {
      const engine: ScriptedEngine = new ScriptedEngine({
        commands: { 'download.add': exists },
        queries: { downloads: () => done(engine)() },
      });
      const data = await serveEngine(engine);
      const { status, lines, err } = await runCommand(['get', HASH, '--wait', '--json', '--data', data]);
      expect(status).toBe(0);
      expect(err).toContain(`already being downloaded as ${DOWNLOAD}`);
      expect(lines()).toEqual([{ event: 'done', path: '/d/a.bin' }]);
      expect(await runCommand(['get', HASH, '--data', data])).toMatchObject({ status: 1, out: '' });
    });

    test('waits for those of a list too', async () => {
      const outcome = { added: [], known: 2, underWay: [DOWNLOAD], skipped: 0, local: [] };
      const engine: ScriptedEngine = new ScriptedEngine({
        commands: { 'list.import': outcome },
        queries: { downloads: () => done(engine)() },
      });
      const folder = await temporaryFolder();
      await writeFile(join(folder, 'x.meta4'), '<metalink/>');
      const words = ['get', 'x.meta4', '--json', '--data', await serveEngine(engine)];
      const { status, lines } = await runCommand([...words, '--wait'], folder);
      expect(status).toBe(0);
      expect(lines()).toEqual([
        { event: 'end', added: 0, known: 2, skipped: 0 },
        { event: 'done', path: '/d/a.bin' },
      ]);
      expect((await runCommand(words, folder)).lines()).toHaveLength(1);
    });
  });

  describe('--wait of what waits for the user only', () => {
    const held = (change: Partial<DownloadView>): DownloadView => ({ ...PROGRESS, state: 'paused', ...change });
    const serve = (download: DownloadView) =>
      serveEngine(new ScriptedEngine({ commands: added, queries: { downloads: [download] } }));

    test.each([
      [{ reason: 'download.disguised', found: 'software' } as const, `"shoal resume ${DOWNLOAD}" has it go on`],
      [{}, `"shoal resume ${DOWNLOAD}" has it go on`],
      [{ reason: 'content.blocked', blockedBy: 'name:*a*' } as const, '"shoal block remove RULE" has it go on'],
    ])('ends with 1 and says how it goes on: %j', async (change, how) => {
      const { status, err } = await runCommand(['get', HASH, '--wait', '--data', await serve(held(change))]);
      expect(status).toBe(1);
      expect(err).toContain(`waits for you: ${how}`);
      expect(err).not.toContain('the download goes on');
    });

    test('waits for the user as long as --timeout says', async () => {
      const words = ['get', HASH, '--wait', '--timeout', '0.05', '--data', await serve(held({}))];
      const { status, err } = await runCommand(words);
      expect(status).toBe(1);
      expect(err).toMatch(/not complete in time\n.*waits for you: "shoal resume/);
    });

    test('waits on where the pause ends by itself', async () => {
      const engine: ScriptedEngine = new ScriptedEngine({
        commands: added,
        queries: {
          downloads: () => {
            engine.emit('download.progress', held({ reason: 'disk.full' }));
            engine.emit('download.done', { id: DOWNLOAD, path: '/d/a.bin' });
            return [];
          },
        },
      });
      expect((await runCommand(['get', HASH, '--wait', '--data', await serveEngine(engine)])).status).toBe(0);
    });
  });
});

describe('lists of files', () => {
  const LIST = { xml: '<metalink/>\n', files: 3, left: 0 };

  test('are imported from a file, and each download is named', async () => {
    const added = [{ id: DOWNLOAD, hash: HASH, name: 'a\u001B.bin' }];
    const engine = new ScriptedEngine({
      commands: { 'list.import': { added, known: 2, underWay: [], skipped: 1, local: [] } },
    });
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
    const wrong = { long: 2, none: 4, '.': 2 };
    for (const words of [['import'], ['block', 'import']])
      for (const [name, expected] of Object.entries(wrong)) {
        const { status, err } = await runCommand([...words, name, '--data', data], folder);
        expect([words, name, status, err.split('\n').length]).toEqual([words, name, expected, 2]);
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
    const unwritten = await runCommand(nowhere, folder);
    expect(unwritten).toMatchObject({
      status: 1,
      err: expect.stringContaining('cannot be written: the folder is not'),
    });
  });
});
