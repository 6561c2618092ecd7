import { describe, expect, test } from 'vitest';
import type { NodeId, SavedId } from '../../../src-main/contract/ids.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { runCommand, serveEngine } from '../../support/command-line.ts';
import { DOWNLOAD, HASH, NODE, PROGRESS } from '../../support/command-line-views.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';

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
    expect(unknown).toMatchObject({ status: 4, err: expect.stringContaining('no source of this download begins so') });
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
