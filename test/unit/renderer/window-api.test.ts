import { expect, test } from 'vitest';
import type { FaceEvents, FaceRequest } from '../../../src-main/contract/requests.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { type Bridge, openWindowApi } from '../../../src-renderer/api/window-api.ts';

const ID = '0000000a' as DownloadView['id'];

/** The preload's side, spoken by the test. */
function scriptBridge() {
  const heard: FaceRequest[] = [];
  let tell: (events: FaceEvents) => void = () => undefined;
  const refused = async () => {
    throw { code: 'file.missing', params: { path: '/x' } };
  };
  const bridge: Bridge = {
    version: '1.2.3',
    request: async (request) => {
      heard.push(request);
      if (request.name === 'download.pause') {
        return { id: request.id, ok: false, error: { code: 'download.unknown', params: { id: ID } } };
      }
      return { id: request.id, ok: true, value: { files: 7 } };
    },
    onEvents: (listener) => {
      tell = listener;
      return () => undefined;
    },
    shell: {
      platform: 'linux',
      chooseFolder: async () => '/music',
      pathOfDropped: () => '/dropped',
      openFile: refused,
      reveal: refused,
      startDrag: refused,
    },
  };
  return { bridge, heard, tell: (events: FaceEvents) => tell(events) };
}

test('a window is connected from the beginning; answers and errors come as those of the web face', async () => {
  const { bridge } = scriptBridge();
  const api = openWindowApi(bridge);
  expect(api.connection.value).toBe('open');
  expect(await api.query('status', {})).toEqual({ files: 7 });
  await expect(api.command('download.pause', { id: ID })).rejects.toMatchObject({
    name: 'AppError',
    code: 'download.unknown',
  });
});

test('events come in batches, and the engine hears who listens', async () => {
  const { bridge, heard, tell } = scriptBridge();
  const api = openWindowApi(bridge);
  const batches: unknown[] = [];
  const off = api.on('role', (events) => batches.push(events));
  tell({ events: [{ name: 'role', data: { role: 'leaf' } }] });
  off();
  expect(batches).toEqual([[{ role: 'leaf' }]]);
  expect(heard.map(({ kind, name }) => `${kind} ${name}`)).toEqual(['on role', 'off role']);
});

test('what the desktop refuses comes as AppError, though plain values cross its border', async () => {
  const api = openWindowApi(scriptBridge().bridge);
  expect(await api.shell?.chooseFolder()).toBe('/music');
  await expect(api.shell?.reveal({ kind: 'download', id: ID })).rejects.toMatchObject({
    name: 'AppError',
    code: 'file.missing',
    params: { path: '/x' },
  });
});

test('previews come from a scheme of their own', () => {
  const api = openWindowApi(scriptBridge().bridge);
  expect(api.mediaUrl({ kind: 'download', id: ID })).toBe('shoal-media://app/media/download/0000000a');
});
