import { mkdir, readFile, stat, writeFile } from 'node:fs/promises';
import { createConnection, type Socket } from 'node:net';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { expect, onTestFinished, test } from 'vitest';
import { AppError } from '../../../src-main/contract/errors.ts';
import type { SearchId } from '../../../src-main/contract/ids.ts';
import { MAX_LIST_BYTES } from '../../../src-main/contract/lists.ts';
import { ControlClient } from '../../../src-main/headless/control-client.ts';
import {
  MAX_REQUEST_BYTES,
  MAX_UNKNOWN_BYTES,
  MAX_WAITING_BYTES,
} from '../../../src-main/headless/control-protocol.ts';
import { ControlServer } from '../../../src-main/headless/control-server.ts';
import { openDataFolder } from '../../../src-main/headless/data-folder.ts';
import { takeLock } from '../../../src-main/platform/folder-lock.ts';
import { MemoryLogger } from '../../../src-main/simulator/memory-logger.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

const ID = 'a'.repeat(32) as SearchId;
const WEB_ADDRESS = 'http://127.0.0.1:1215/#token=0';
const WAVE = { id: ID, wave: 0, asked: 1, answered: 1, results: 0, askedTotal: 1 };

async function serve(engine: ScriptedEngine, path?: string) {
  const folder = await openDataFolder(path ?? (await temporaryFolder()), takeLock);
  const stopped = Promise.withResolvers<void>();
  const server = new ControlServer(
    { api: engine, logger: new MemoryLogger(), onStop: stopped.resolve, webAddress: () => WEB_ADDRESS },
    folder.control,
  );
  await server.start();
  onTestFinished(async () => {
    await server.stop();
    await folder.close();
  });
  return { folder, server, stopped: stopped.promise };
}

async function connect(path: string): Promise<ControlClient> {
  const client = await ControlClient.connect(path);
  onTestFinished(() => client.close());
  return client;
}

const rawConnection = (path: string): Promise<Socket> =>
  new Promise((resolve, reject) => {
    const socket = createConnection(path, () => resolve(socket));
    socket.on('error', reject);
    onTestFinished(() => void socket.destroy());
  });

test('commands and queries reach the engine, their answers the asker', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: [] }, commands: { 'share.add': { path: '/x' } } });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  expect(await client.query('downloads', {})).toEqual([]);
  expect(await client.command('share.add', { path: '/x' })).toEqual({ path: '/x' });
  expect(engine.calls).toEqual([
    { name: 'downloads', input: {} },
    { name: 'share.add', input: { path: '/x' } },
  ]);
});

test('an error of the engine arrives with its code and params', async () => {
  const engine = new ScriptedEngine({
    commands: {
      'download.clear': () => {
        throw new AppError('disk.full', { path: '/d', needed: '1 GiB' });
      },
    },
  });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  await expect(client.command('download.clear', {})).rejects.toMatchObject({
    code: 'disk.full',
    params: { path: '/d', needed: '1 GiB' },
  });
});

test('input that breaks its schema never reaches the engine', async () => {
  const engine = new ScriptedEngine();
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  await expect(client.command('share.add', { path: '' })).rejects.toMatchObject({ code: 'input.invalid' });
  expect(engine.calls).toEqual([]);
});

test('events come from the subscription on, before later answers, and end with it', async () => {
  const engine = new ScriptedEngine({
    commands: {
      'search.more': () => {
        engine.emit('search.wave', WAVE);
        return { id: ID };
      },
    },
  });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  const seen: unknown[] = [];
  const off = client.on('search.wave', (wave) => seen.push(wave));
  await client.command('search.more', { id: ID });
  expect(seen).toEqual([WAVE]);
  off();
  await client.command('search.more', { id: ID });
  expect(seen).toHaveLength(1);
});

test('a client that is gone leaves no listener', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: [] } });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  client.on('role', () => undefined);
  await client.query('downloads', {});
  expect(engine.listenerCount).toBe(1);
  await client.close();
  await expect.poll(() => engine.listenerCount).toBe(0);
});

test('a wrong token is refused before anything is done', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: [] } });
  const { folder } = await serve(engine);
  await writeFile(join(folder.path, 'token'), 'f'.repeat(64));
  const client = await connect(folder.path);
  await expect(client.query('downloads', {})).rejects.toMatchObject({ code: 'control.denied' });
  expect(engine.calls).toEqual([]);
});

test('a line above the cap ends the connection with a reason', async () => {
  const { folder } = await serve(new ScriptedEngine());
  const socket = await rawConnection(folder.control.path);
  socket.write(`${JSON.stringify({ token: folder.control.token })}\n${'x'.repeat(MAX_REQUEST_BYTES + 1)}`);
  const lines: string[] = [];
  for await (const line of createInterface({ input: socket })) lines.push(line);
  expect(lines).toHaveLength(1);
  expect(lines[0]).toContain('too long');
});

test('a list of 4 MiB arrives whole, however much of it is escaped', async () => {
  const added = { added: [], known: 0, underWay: [], skipped: 1, local: [] };
  const engine = new ScriptedEngine({ commands: { 'list.import': added } });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  const xml = '"'.repeat(MAX_LIST_BYTES);
  expect(await client.command('list.import', { xml })).toEqual(added);
  expect(engine.calls).toEqual([{ name: 'list.import', input: { xml } }]);
});

test('nobody sends much before the token', async () => {
  const { folder } = await serve(new ScriptedEngine());
  const socket = await rawConnection(folder.control.path);
  socket.write('x'.repeat(MAX_UNKNOWN_BYTES + 1));
  const lines: string[] = [];
  for await (const line of createInterface({ input: socket })) lines.push(line);
  expect(lines[0]).toContain('too long');
});

test('a line that is no request ends the connection with a reason', async () => {
  const { folder } = await serve(new ScriptedEngine());
  const socket = await rawConnection(folder.control.path);
  socket.write(`${JSON.stringify({ token: folder.control.token })}\n{"id":1,"kind":"command","name":"format.disk"}\n`);
  const lines: string[] = [];
  for await (const line of createInterface({ input: socket })) lines.push(line);
  expect(lines[0]).toContain('input.invalid');
});

test('a reader that does not read is cut off, and others are served on', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: [] } });
  const { folder } = await serve(engine);
  const socket = await rawConnection(folder.control.path);
  socket.pause();
  const name = 'n'.repeat(2 ** 20);
  const ended = new Promise<void>((resolve) => socket.once('close', () => resolve()));
  socket.write(
    `${JSON.stringify({ token: folder.control.token })}\n${JSON.stringify({ id: 1, kind: 'on', name: 'download.done' })}\n`,
  );
  await expect.poll(() => engine.listenerCount).toBe(1);
  const flood = Math.ceil(MAX_WAITING_BYTES / name.length) + 8;
  for (let i = 0; i < flood; i++) engine.emit('download.done', { id: '00000000' as never, path: name });
  socket.resume();
  await ended;
  await expect.poll(() => engine.listenerCount).toBe(0);
  expect(await (await connect(folder.path)).query('downloads', {})).toEqual([]);
});

test('waiting calls fail with a clear error when the peer ends', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: () => new Promise<never>(() => undefined) } });
  const { folder, server } = await serve(engine);
  const client = await connect(folder.path);
  const waiting = expect(client.query('downloads', {})).rejects.toMatchObject({ code: 'control.closed' });
  await expect.poll(() => engine.calls.length).toBe(1);
  await server.stop();
  await waiting;
  await expect(client.query('downloads', {})).rejects.toMatchObject({ code: 'control.closed' });
});

test('an answer or event of another shape is refused, and says what is wrong with it', async () => {
  const engine = new ScriptedEngine({ queries: { downloads: [{ id: 'none' }] as never, uploads: [] } });
  const { folder } = await serve(engine);
  const client = await connect(folder.path);
  await expect(client.query('downloads', {})).rejects.toMatchObject({
    code: 'control.malformed',
    message: expect.stringContaining('not a download id'),
  });
  expect(await client.query('uploads', {})).toEqual([]);
  client.on('search.wave', () => expect.unreachable());
  await client.query('uploads', {});
  engine.emit('search.wave', { ...WAVE, wave: -1 });
  await client.closed;
  await expect(client.query('uploads', {})).rejects.toMatchObject({ code: 'control.malformed' });
});

test('a client can ask the peer to end', async () => {
  const { folder, stopped } = await serve(new ScriptedEngine());
  await (await connect(folder.path)).stopPeer();
  await stopped;
});

test('without a running peer the client says so', async () => {
  const path = await temporaryFolder();
  await expect(ControlClient.connect(path)).rejects.toMatchObject({ code: 'control.not-running' });
});

test('files of a peer that was killed mean: none runs', async () => {
  const path = await temporaryFolder();
  await writeFile(join(path, 'token'), 'x');
  await writeFile(join(path, 'control.json'), JSON.stringify({ pid: 1, path: join(path, 'control.sock') }));
  await expect(ControlClient.connect(path)).rejects.toMatchObject({ code: 'control.not-running' });
});

test('token, socket and folder are for this user alone', async () => {
  const { folder } = await serve(new ScriptedEngine());
  const modes = async (path: string) => (await stat(path)).mode & 0o777;
  expect(await modes(folder.path)).toBe(0o700);
  expect(await modes(join(folder.path, 'token'))).toBe(0o600);
  expect(await modes(join(folder.path, 'control.json'))).toBe(0o600);
  expect(await modes(folder.control.path)).toBe(0o600);
  expect(JSON.parse(await readFile(join(folder.path, 'control.json'), 'utf8'))).toEqual({
    pid: process.pid,
    path: folder.control.path,
  });
});

test('a folder too deep for a socket gets one in a private place', async () => {
  const deep = join(await temporaryFolder(), 'd'.repeat(90), 'e'.repeat(90));
  await mkdir(deep, { recursive: true });
  const engine = new ScriptedEngine({ queries: { downloads: [] } });
  const { folder } = await serve(engine, deep);
  expect(folder.control.path.startsWith(deep)).toBe(false);
  expect((await stat(join(folder.control.path, '..'))).mode & 0o777).toBe(0o700);
  expect(await (await connect(deep)).query('downloads', {})).toEqual([]);
});
