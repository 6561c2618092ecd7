import { expect, test } from 'vitest';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import { type Overrides, SettingsFile } from '../../../src-main/headless/settings-file.ts';
import { MemoryFileSystem } from '../../../src-main/simulator/memory-file-system.ts';

const FOLDER = '/data';
const PATH = '/data/settings.json';

async function filesWith(text?: string): Promise<MemoryFileSystem> {
  const files = new MemoryFileSystem({ clock: { wallMs: () => 0 } });
  await files.makeFolder(FOLDER);
  if (text !== undefined) await files.writeSmall(PATH, new TextEncoder().encode(text));
  return files;
}

const open = (files: MemoryFileSystem, overrides: Overrides = {}) =>
  SettingsFile.open({ files, folder: FOLDER }, overrides);
const read = async (files: MemoryFileSystem, path = PATH) =>
  new TextDecoder().decode((await files.readSmall(path, 10_000)) ?? new Uint8Array());
const stored = (settings: object) => JSON.stringify({ version: 1, settings });

test('without a file all settings have their defaults, and none is written', async () => {
  const files = await filesWith();
  const { file, problems } = await open(files);
  expect(file.get()).toEqual(DEFAULT_SETTINGS);
  expect(problems).toEqual([]);
  expect(await files.stat(PATH)).toBeUndefined();
});

test('a value that was set is in force at once and in the next run', async () => {
  const files = await filesWith();
  const { file } = await open(files);
  expect(await file.set('upload.rate', '2MiB')).toEqual({ value: 2 ** 21, restartNeeded: false });
  expect(file.get()['upload.rate']).toBe(2 ** 21);
  expect((await open(files)).file.get()['upload.rate']).toBe(2 ** 21);
});

test('a setting that waits for a restart says so, unless it is what it was', async () => {
  const { file } = await open(await filesWith());
  expect((await file.set('peer.listen', '127.0.0.1:5')).restartNeeded).toBe(true);
  expect((await file.set('peer.listen', '127.0.0.1:5')).restartNeeded).toBe(false);
});

test('a value that cannot be is refused and changes nothing', async () => {
  const files = await filesWith();
  const { file } = await open(files);
  await expect(file.set('upload.queue', 0)).rejects.toMatchObject({ code: 'settings.invalid' });
  expect(file.get()).toEqual(DEFAULT_SETTINGS);
  expect(await files.stat(PATH)).toBeUndefined();
});

test('values of this run are not kept, and one that is set replaces them', async () => {
  const files = await filesWith(stored({ 'upload.slots': 7 }));
  const { file } = await open(files, { 'upload.slots': 9, 'upload.rate': 5 });
  expect(file.get()).toMatchObject({ 'upload.slots': 9, 'upload.rate': 5 });
  await file.set('upload.slots', 3);
  expect(file.get()).toMatchObject({ 'upload.slots': 3, 'upload.rate': 5 });
  expect((await open(files)).file.get()).toMatchObject({ 'upload.slots': 3, 'upload.rate': 0 });
});

test.each(['', '{', '[]', '{"version":1}', '{"version":"1","settings":{}}', 'null', '\0\0\0'])(
  'damaged contents %j fall back to defaults, kept aside',
  async (text) => {
    const files = await filesWith(text);
    const { file, problems } = await open(files);
    expect(file.get()).toEqual(DEFAULT_SETTINGS);
    expect(problems).toHaveLength(1);
    expect(problems[0]).toContain(`${PATH}.damaged-1`);
    expect(await read(files, `${PATH}.damaged-1`)).toBe(text);
    expect((await open(files)).problems).toEqual([]);
  },
);

test('a bad field falls back alone', async () => {
  const text = stored({ 'upload.slots': 7, 'upload.rate': 'fast', 'supernode.role': 'king', 'upload.queue': null });
  const files = await filesWith(text);
  const { file, problems } = await open(files);
  expect(file.get()).toEqual({ ...DEFAULT_SETTINGS, 'upload.slots': 7 });
  expect(problems.map((problem) => problem.split(' ')[0])).toEqual(['upload.rate', 'supernode.role', 'upload.queue']);
  expect((await open(files)).file.get()['upload.slots']).toBe(7);
});

test.each([
  [
    'peer.listen',
    ['', '127.0.0.1:0', '[::]:1214', 'my-host:1214'],
    ['nonsense', '1214', 'host:', '[::]', ':1214', 'a:70000'],
  ],
  ['peer.bind', ['', '10.8.0.2', 'fd00::2', 'fe80::1%tun0'], ['tun0', '10.8.0.2:1214', '[::1]', '10.8.0']],
] as const)('%s takes %j and refuses %j', async (key, good, bad) => {
  const { file } = await open(await filesWith());
  for (const value of good) expect((await file.set(key, value)).value).toBe(value);
  for (const value of bad) await expect(file.set(key, value)).rejects.toMatchObject({ code: 'settings.invalid' });
});

test('a stored address to listen on that cannot be is passed over, but not one to be bound to', async () => {
  const { file, problems } = await open(await filesWith(stored({ 'peer.listen': 'nonsense' })));
  expect(file.get()['peer.listen']).toBe('');
  expect(problems).toEqual([expect.stringContaining('peer.listen')]);
  const files = await filesWith(stored({ 'peer.bind': 'tun0' }));
  await expect(open(files)).rejects.toMatchObject({ code: 'settings.invalid', params: { key: 'peer.bind' } });
  expect(await read(files)).toBe(stored({ 'peer.bind': 'tun0' }));
});

test('a number that is too large is said to be so', async () => {
  const { file } = await open(await filesWith());
  await expect(file.set('download.rate', '3TiB')).rejects.toMatchObject({
    params: { why: expect.stringContaining('between') },
  });
});

test('a damaged file never replaces one kept earlier', async () => {
  const files = await filesWith('first');
  await open(files);
  await files.writeSmall(PATH, new TextEncoder().encode('second'));
  await open(files);
  expect(await read(files, `${PATH}.damaged-1`)).toBe('first');
  expect(await read(files, `${PATH}.damaged-2`)).toBe('second');
});

test('keys of another version stay in the file', async () => {
  const files = await filesWith(stored({ 'future.key': 5 }));
  const { file, problems } = await open(files);
  await file.set('upload.slots', 2);
  expect(problems).toEqual([]);
  expect(JSON.parse(await read(files)).settings).toEqual({ 'future.key': 5, 'upload.slots': 2 });
});

test('a number too large to be written again is told once', async () => {
  const files = await filesWith('{"version":1,"settings":{"future.knob":1e999}}');
  expect((await open(files)).problems).toHaveLength(1);
  expect((await open(files)).problems).toEqual([]);
});

test('a file of a newer format is refused and left alone', async () => {
  const text = JSON.stringify({ version: 2, settings: {} });
  const files = await filesWith(text);
  await expect(open(files)).rejects.toMatchObject({ code: 'data.newer' });
  expect(await read(files)).toBe(text);
});

test('changes at the same time are all kept', async () => {
  const files = await filesWith();
  const { file } = await open(files);
  await Promise.all([file.set('upload.slots', 2), file.set('upload.queue', 3), file.set('download.running', 4)]);
  expect((await open(files)).file.get()).toMatchObject({ 'upload.slots': 2, 'upload.queue': 3, 'download.running': 4 });
});

test('a change that cannot be stored is not in force', async () => {
  const files = await filesWith();
  const { file } = await open(files);
  files.faults.readOnly = true;
  await expect(file.set('upload.slots', 2)).rejects.toMatchObject({ code: 'disk.read-only' });
  expect(file.get()['upload.slots']).toBe(DEFAULT_SETTINGS['upload.slots']);
  files.faults.readOnly = false;
  await file.set('upload.queue', 3);
  expect((await open(files)).file.get()['upload.slots']).toBe(DEFAULT_SETTINGS['upload.slots']);
});
