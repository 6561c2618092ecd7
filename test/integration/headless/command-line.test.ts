import { readFile, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import type { Descriptor } from '../../../src-main/contract/descriptor.ts';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { ContentHash } from '../../../src-main/contract/ids.ts';
import type { StatusView } from '../../../src-main/contract/outputs.ts';
import { SIMULATOR } from '../../../src-main/simulator/simulator.ts';
import { linesOf, runCommand, serveEngine, serveMortalEngine, startCommand } from '../../support/command-line.ts';
import {
  DOWNLOAD,
  HASH,
  NODE,
  OTHER_SEARCH,
  RESULT,
  SEARCH,
  SOURCES,
  STATUS,
} from '../../support/command-line-views.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

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
    [['status', '--data', '']],
    [['share', 'add', '']],
    [['share', 'remove', '']],
    [['get', '']],
    [['get', HASH, '--output', '']],
    [['import', '']],
    [['hash', '']],
    [['relocate', DOWNLOAD, '']],
    [['block', 'import', '']],
    [['export', 'library', '--output', '']],
    [['simulate', 'steady', '--report', '']],
    [['peer', '--share', '']],
    [['browse', '']],
  ])('2 for wrong usage: %j', async (words) => {
    const { status, out, err } = await runCommand(words);
    expect(status).toBe(2);
    expect(out).toBe('');
    expect(err).toMatch(words.includes('') ? /^shoal: .* It is empty\. \(see .*\)\n$/ : /./);
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

  test('a mistyped command is told in one line with what may be meant, also when its help is asked', async () => {
    const err = `shoal: unknown command 'serach' (Did you mean search?) (see "shoal --help")\n`;
    expect(await runCommand(['serach', 'foo'])).toEqual(expect.objectContaining({ status: 2, out: '', err }));
    const help = await runCommand(['help', 'foo']);
    expect(help).toMatchObject({ status: 2, out: '', err: `shoal: unknown command 'foo' (see "shoal --help")\n` });
    expect(await runCommand(['help', 'search'])).toMatchObject({
      status: 0,
      out: expect.stringContaining('shoal search'),
    });
    expect((await runCommand(['help'])).status).toBe(0);
  });

  test.each(['x', 'ab', 'abcdef', 'host'])('2 and what it may be for browse %j', async (target) => {
    const { status, err } = await runCommand(['browse', target]);
    expect([status, err]).toEqual([2, expect.stringContaining('It is a NodeId')]);
  });

  test('4 for a peer or an address that nothing is held against', async () => {
    const error = new AppError('input.unknown', { what: 'x', why: 'nothing is held against it' });
    const engine = new ScriptedEngine({ commands: { 'strikes.forgive': () => Promise.reject(error) } });
    expect((await runCommand(['forgive', 'x', '--data', await serveEngine(engine)])).status).toBe(4);
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
    const { out: help } = await runCommand(['simulate', '--help']);
    for (const name of SIMULATOR.scenarios) expect(help.split(/[\s,;]+/)).toContain(name);
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
      expect({ status, out }).toEqual({ status: 1, out: '' });
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

  test.each([
    ['search.over-budget', 1, 'too many searches'],
    ['search.query-invalid', 2, 'cannot be asked'],
    ['internal', 1, 'internal error'],
    ['search.no-supernode', 1, 'no supernode answers'],
  ] as const)('%s ends it with %i, and is told', async (error, expected, why) => {
    const engine: ScriptedEngine = new ScriptedEngine({
      commands: {
        'search.start': () => {
          engine.emit('search.end', { id: SEARCH, reason: 'stopped', results: 0, error });
          return { id: SEARCH };
        },
      },
    });
    const { status, lines, err } = await runCommand(['search', 'x', '--json', '--data', await serveEngine(engine)]);
    expect(status).toBe(expected);
    expect(lines()).toEqual([{ event: 'end', reason: 'stopped', results: 0, hidden: 0, error }]);
    expect(err).toMatch(/^shoal: .*\n$/);
    expect(err).toContain(why);
    expect(err).not.toContain('?');
  });

  test('that no supernode has answered is said, and only then', async () => {
    const ended = (reason: 'timeout' | 'exhausted', isAnswered: boolean) => {
      const engine: ScriptedEngine = new ScriptedEngine({
        commands: {
          'search.start': () => {
            const wave = { wave: 1, asked: 1, answered: 1, results: 0, askedTotal: 1 };
            if (isAnswered) engine.emit('search.wave', { id: SEARCH, ...wave });
            engine.emit('search.end', { id: SEARCH, reason, results: 0 });
            return { id: SEARCH };
          },
        },
      });
      return serveEngine(engine);
    };
    const alone = await runCommand(['search', 'x', '--json', '--data', await ended('timeout', false)]);
    expect(alone).toMatchObject({ status: 0, err: expect.stringMatching(/^shoal: no supernode has answered: .*\n$/) });
    expect(alone.lines()).toEqual([{ event: 'end', reason: 'timeout', results: 0, hidden: 0 }]);
    for (const data of [await ended('timeout', true), await ended('exhausted', false)])
      expect(await runCommand(['search', 'x', '--data', data])).toMatchObject({ status: 0, err: '' });
  });

  test('votes that nobody could be asked for are said to be such', async () => {
    const counts = { good: 0, fake: 0, broken: 0, malware: 0, mislabelled: 0 };
    const opinion = { hash: HASH, size: 7, score: 0, known: 0, unknown: 0, counts, own: null, isPublic: false };
    const parent = { node: NODE, address: '127.0.0.1:1', rttMs: 1 };
    const votes = async (status: Partial<StatusView>) => {
      const engine = new ScriptedEngine({ queries: { votes: opinion, status: { ...STATUS, ...status } } });
      const words = ['votes', HASH, '--size', '7', '--wait', '0.01', '--json', '--data', await serveEngine(engine)];
      return runCommand(words);
    };
    const alone = await votes({});
    expect(alone).toMatchObject({ status: 0, err: expect.stringContaining('no supernode has answered') });
    expect(alone.lines()).toEqual([opinion]);
    for (const answered of [{ parent }, { role: 'supernode' }] as const)
      expect(await votes(answered)).toMatchObject({ status: 0, err: '' });
  });

  test('a peer that goes while it searches ends it with 3 and one line', async () => {
    const engine = new ScriptedEngine({ commands: { 'search.start': { id: SEARCH } } });
    const { data, stop } = await serveMortalEngine(engine);
    const running = startCommand(['search', 'blue', '--data', data]);
    await expect.poll(() => engine.calls.length).toBe(1);
    await stop();
    expect(await running.status).toBe(3);
    expect(running.out()).toBe('');
    expect(running.err()).toBe(`shoal: the peer on ${data} ended before it answered\n`);
  });

  test('a peer that goes while a size is looked for ends it with 3, not as a size that nobody knows', async () => {
    const queries = { downloads: [], history: { entries: [], next: null, total: 0 } };
    const engine = new ScriptedEngine({ queries, commands: { 'search.start': { id: SEARCH } } });
    const { data, stop } = await serveMortalEngine(engine);
    const running = startCommand(['votes', 'a'.repeat(64), '--data', data]);
    await expect.poll(() => engine.calls.length).toBe(3);
    await stop();
    expect(await running.status).toBe(3);
    expect(running.err()).toBe(`shoal: the peer on ${data} ended before it answered\n`);
  });

  test('one result is not many', async () => {
    const { out } = await runCommand(['search', 'blue', '--data', await serveEngine(searching())]);
    expect(out).toContain('7 of 8 supernodes answered, 1 result\n1 result (exhausted)\n');
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

describe('browse', () => {
  const FILE: Descriptor = { hash: HASH, size: 2048, name: 'a.ogg', type: 'audio', extracted: {} };
  const page = (files: readonly Descriptor[], next: ContentHash | null) => ({ node: NODE, files, blocked: [], next });

  test('reads on while there is more, and ends with a page that has nothing, wherever that one leads', async () => {
    const pages = [page([FILE], HASH), page([FILE], HASH)];
    const none = () => (engine.calls.length > 9 ? Promise.reject(new AppError('internal')) : page([], HASH));
    const engine: ScriptedEngine = new ScriptedEngine({ queries: { browse: () => pages.shift() ?? none() } });
    const { status, lines } = await runCommand([
      'browse',
      '127.0.0.1:99',
      '--json',
      '--data',
      await serveEngine(engine),
    ]);
    expect(status).toBe(0);
    expect(lines()).toHaveLength(2);
    expect(engine.calls.map(({ input }) => input)).toEqual([
      { target: '127.0.0.1:99' },
      { target: '127.0.0.1:99', after: HASH },
      { target: '127.0.0.1:99', after: HASH },
    ]);
  });
});
