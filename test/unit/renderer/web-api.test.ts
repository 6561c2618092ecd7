// @vitest-environment happy-dom
import { afterEach, beforeEach, expect, test, vi } from 'vitest';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { openWebApi } from '../../../src-renderer/api/web-api.ts';
import { PAGE_KEY, ScriptedSocket, scriptNetwork } from '../../support/scripted-socket.ts';

const TOKEN = 'ab'.repeat(32);
const LONG_MS = 60_000;

beforeEach(() => {
  vi.useFakeTimers();
  location.hash = '';
  localStorage.clear();
});
afterEach(() => {
  vi.useRealTimers();
  vi.unstubAllGlobals();
});

const settle = () => vi.advanceTimersByTimeAsync(0);
const socketAt = (index: number): ScriptedSocket => {
  const socket = ScriptedSocket.opened.at(index);
  if (!socket) throw new Error('the page opened no such socket');
  return socket;
};
async function openPage() {
  const network = scriptNetwork({ GET: 204, POST: 204 });
  const api = openWebApi();
  await settle();
  socketAt(0).open();
  return { api, network, socket: socketAt(0) };
}

test('the token of the address is exchanged once and leaves the address', async () => {
  location.hash = `#token=${TOKEN}`;
  const { network, socket } = await openPage();
  expect(network.asked).toEqual([{ method: 'POST', body: { token: TOKEN } }]);
  expect(location.hash).toBe('');
  expect(socket.url).toMatch(/^ws:\/\/.*\/api$/);
});

test('a used token does not lock out a browser that is known already', async () => {
  location.hash = `#token=${TOKEN}`;
  scriptNetwork({ GET: 204, POST: 403 });
  const api = openWebApi();
  await settle();
  socketAt(0).open();
  expect(api.connection.value).toBe('open');
});

test('an unknown browser is told so: what it asked fails, and nothing is tried again', async () => {
  const network = scriptNetwork({ GET: 403, POST: 403 });
  const api = openWebApi();
  const early = expect(api.query('status', {})).rejects.toMatchObject({ code: 'web.denied' });
  await settle();
  await early;
  expect(api.connection.value).toBe('denied');
  await expect(api.command('download.clear', {})).rejects.toMatchObject({ code: 'web.denied' });
  await vi.advanceTimersByTimeAsync(LONG_MS);
  expect(network.asked).toHaveLength(1);
  expect(ScriptedSocket.opened).toEqual([]);
});

/** As a browser tells of an address that is pasted into the tab, when the router has rewritten it already. */
const paste = (token: string) =>
  dispatchEvent(new HashChangeEvent('hashchange', { newURL: `${location.origin}/#token=${token}` }));

test('a new address that is pasted into the tab of an unknown browser lets it in', async () => {
  const network = scriptNetwork({ GET: 403, POST: 403 });
  const api = openWebApi();
  await settle();
  expect(api.connection.value).toBe('denied');
  network.answers.POST = 204;
  paste(TOKEN);
  await settle();
  socketAt(-1).open();
  expect(network.asked).toContainEqual({ method: 'POST', body: { token: TOKEN } });
  expect(api.connection.value).toBe('open');
});

test('an address that is pasted while the peer is away is used when it is there', async () => {
  const { api, network, socket } = await openPage();
  network.answers.GET = undefined;
  network.answers.POST = undefined;
  socket.break();
  paste(TOKEN);
  await vi.advanceTimersByTimeAsync(LONG_MS);
  network.answers.GET = 403;
  network.answers.POST = 204;
  await vi.advanceTimersByTimeAsync(10_000);
  socketAt(-1).open();
  expect(api.connection.value).toBe('open');
});

test('answers find their questions in any order, errors arrive as AppError', async () => {
  const { api, socket } = await openPage();
  const status = api.query('status', {});
  const paused = api.command('download.pause', { id: '0000000a' as DownloadView['id'] });
  const [first, second] = socket.heard;
  expect([first, second]).toMatchObject([
    { kind: 'query', name: 'status', input: {} },
    { kind: 'command', name: 'download.pause', input: { id: '0000000a' } },
  ]);
  socket.say({ id: second?.id ?? -1, ok: false, error: { code: 'download.unknown', params: { id: '0000000a' } } });
  socket.say({ id: first?.id ?? -1, ok: true, value: { files: 3 } });
  await expect(paused).rejects.toMatchObject({ code: 'download.unknown', params: { id: '0000000a' } });
  expect(await status).toEqual({ files: 3 });
});

test('what is asked before the first connection waits for it', async () => {
  scriptNetwork({ GET: 204, POST: 204 });
  const api = openWebApi();
  const status = api.query('status', {});
  await settle();
  const socket = socketAt(0);
  expect(socket.heard).toEqual([]);
  socket.open();
  socket.say({ id: socket.heard[0]?.id ?? -1, ok: true, value: { files: 1 } });
  expect(await status).toEqual({ files: 1 });
});

test('events reach their listeners a batch at a time; the peer hears of the first and the last listener only', async () => {
  const { api, socket } = await openPage();
  const heard: unknown[] = [];
  const offFirst = api.on('role', (events) => heard.push(events));
  const offSecond = api.on('role', () => undefined);
  socket.say({
    events: [
      { name: 'role', data: { role: 'leaf' } },
      { name: 'library', data: { files: 1, bytes: 2 } },
      { name: 'role', data: { role: 'supernode' } },
    ],
  });
  expect(heard).toEqual([[{ role: 'leaf' }, { role: 'supernode' }]]);
  offFirst();
  offSecond();
  expect(socket.heard.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['on role', 'off role']);
});

test('a lost connection fails what waits, is opened again ever more slowly, and listens again', async () => {
  const { api, network, socket } = await openPage();
  api.on('role', () => undefined);
  const asked = expect(api.query('status', {})).rejects.toMatchObject({ code: 'control.closed' });
  network.answers.GET = undefined;
  socket.break();
  await asked;
  expect(api.connection.value).toBe('lost');

  const before = network.asked.length;
  await vi.advanceTimersByTimeAsync(LONG_MS);
  // 0.5, 1, 2, 4, 8 s, then every 10 s.
  expect(network.asked.length - before).toBe(9);

  network.answers.GET = 204;
  await vi.advanceTimersByTimeAsync(10_000);
  const again = socketAt(-1);
  again.open();
  expect(api.connection.value).toBe('open');
  expect(again.heard).toMatchObject([{ kind: 'on', name: 'role' }]);
});

test('a command given while the peer is away fails at once and never runs later', async () => {
  const { api, socket } = await openPage();
  socket.break();
  await expect(api.command('download.clear', {})).rejects.toMatchObject({ code: 'control.closed' });
  await vi.advanceTimersByTimeAsync(500);
  const again = socketAt(-1);
  again.open();
  expect(again.heard).toEqual([]);
});

test('what waited for a first connection that failed is not sent by the next one', async () => {
  scriptNetwork({ GET: 204, POST: 204 });
  const api = openWebApi();
  const asked = expect(api.command('download.clear', {})).rejects.toMatchObject({ code: 'control.closed' });
  await settle();
  socketAt(0).break();
  await asked;
  await vi.advanceTimersByTimeAsync(500);
  socketAt(1).open();
  expect(socketAt(1).heard).toEqual([]);
});

test('previews come from the peer itself', async () => {
  const { api } = await openPage();
  expect(api.mediaUrl({ kind: 'download', id: '0000000a' as DownloadView['id'] })).toBe('/media/download/0000000a');
});

test('the key that came for the token is kept for this origin, and said by every page of it', async () => {
  location.hash = `#token=${TOKEN}`;
  const { socket } = await openPage();
  expect(socket.protocols).toEqual(['shoal', PAGE_KEY]);
  // A second tab, or the same one loaded again.
  const { socket: next, network } = await openPage();
  expect([network.keys, next.protocols]).toEqual([[PAGE_KEY], ['shoal', PAGE_KEY]]);
});
