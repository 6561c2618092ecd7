import { EventEmitter } from 'node:events';
import { beforeEach, expect, test, vi } from 'vitest';
import { Notifications } from '../../../src-main/app/notifications.ts';
import { PowerSave } from '../../../src-main/app/power-save.ts';
import { ar } from '../../../src-main/app/texts/ar.ts';
import { de } from '../../../src-main/app/texts/de.ts';
import { en } from '../../../src-main/app/texts/en.ts';
import { es } from '../../../src-main/app/texts/es.ts';
import type { Texts } from '../../../src-main/app/texts/texts-for.ts';
import { zh } from '../../../src-main/app/texts/zh.ts';
import { type TransferSums, TransferWatch } from '../../../src-main/app/transfer-watch.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';

const electron = await vi.hoisted(async () => {
  const { EventEmitter: Emitter } = await import('node:events');
  const shown: { title: string; body: string; emit(name: string): boolean }[] = [];
  const revealed: string[] = [];
  const awake = new Set<number>();
  class Notification extends Emitter {
    readonly title: string;
    readonly body: string;
    constructor({ title, body }: { readonly title: string; readonly body: string }) {
      super();
      this.title = title;
      this.body = body;
    }
    static isSupported = () => true;
    show(): void {
      shown.push(this);
    }
  }
  return {
    ...{ shown, revealed, awake, Notification },
    shell: { showItemInFolder: (path: string) => void revealed.push(path) },
    powerSaveBlocker: {
      start(type: string) {
        if (type !== 'prevent-app-suspension') throw new Error(type);
        awake.add(awake.size + 1);
        return awake.size;
      },
      stop: (id: number) => awake.delete(id),
    },
  };
});
vi.mock('electron', () => electron);
const { shown, revealed, awake } = electron;

const download = { id: 'd1', name: 'film', path: '/files/film', state: 'downloading', reason: null, rate: 5 } as never;
const changed = (change: Partial<DownloadView>): DownloadView => ({ ...(download as DownloadView), ...change });

beforeEach(() => {
  shown.length = 0;
  revealed.length = 0;
});

function startNotifications(texts: Texts = en) {
  const api = new ScriptedEngine({ queries: { downloads: () => [download] } });
  const windows: string[] = [];
  const notifications = new Notifications({
    ...{ api, texts: () => texts },
    onShow: () => windows.push('shown'),
    onTrouble: (error) => expect.fail(String(error)),
  });
  notifications.start();
  return { api, notifications, windows };
}

test('a finished download is told of, and a click shows its file', async () => {
  const { api, windows } = startNotifications();
  api.emit('download.done', { id: 'd1' as never, path: '/files/film' });
  await vi.waitFor(() => expect(shown).toHaveLength(1));
  expect(shown[0]).toMatchObject({ title: 'Download complete', body: 'film' });
  shown[0]?.emit('click');
  expect([revealed, windows]).toEqual([['/files/film'], []]);
});

test('a failed download is told of, and a click shows the window; a cancelled one is not', async () => {
  const { api, windows } = startNotifications();
  api.emit('download.failed', { id: 'd2' as never, code: 'download.cancelled' });
  api.emit('download.failed', { id: 'd1' as never, code: 'internal' });
  await vi.waitFor(() => expect(shown).toHaveLength(1));
  expect(shown[0]).toMatchObject({
    title: 'Download failed',
    body: expect.stringMatching(/^film: .+ended it \(internal\)/),
  });
  shown[0]?.emit('click');
  expect([revealed, windows]).toEqual([[], ['shown']]);
});

test('a download that waits for its disk is told of once, until it has gone on', async () => {
  const { api } = startNotifications();
  const waits = changed({ reason: 'disk.full' });
  for (const view of [waits, waits, changed({}), waits, changed({ reason: 'download.no-sources' })]) {
    api.emit('download.progress', view);
  }
  await vi.waitFor(() => expect(shown).toHaveLength(2));
  expect(shown[0]?.body).toBe(
    'film: no space is left for /files/film. Free some or choose another folder; it goes on by itself.',
  );
});

test('a program under another name is told of, for it waits for its user', async () => {
  const { api } = startNotifications();
  api.emit('download.progress', changed({ name: 'song.mp3', state: 'paused', reason: 'download.disguised' }));
  await vi.waitFor(() => expect(shown).toHaveLength(1));
  expect(shown[0]).toMatchObject({
    title: 'Download waits for your decision',
    body: expect.stringMatching(/^song\.mp3: its first bytes are those of a program/),
  });
});

test.each(Object.entries({ ar, de, en, es, zh }))(
  'what waits is told in %s, a disk apart from a program',
  async (_, texts) => {
    const { api } = startNotifications(texts);
    const reasons = ['disk.full', 'disk.read-only', 'disk.missing', 'disk.failed', 'disk.denied'] as const;
    for (const reason of [...reasons, 'download.disguised'] as const)
      api.emit('download.progress', changed({ id: reason as never, state: 'paused', reason }));
    await vi.waitFor(() => expect(shown).toHaveLength(6));
    expect(new Set(shown.slice(0, 5).map(({ title }) => title))).toEqual(new Set([texts.downloadWaits]));
    expect(shown[5]?.title).toBe(texts.downloadAsks);
    expect(texts.downloadAsks).not.toBe(texts.downloadWaits);
    for (const [at, { body }] of shown.entries()) expect(body.includes('/files/film')).toBe(at < 5);
    expect(new Set(shown.map(({ body }) => body)).size).toBe(6);
    expect(shown[0]?.body).toBe(`film: ${texts.diskFull.replace('{path}', '/files/film')}`);
  },
);

test('of a download that was cancelled it is forgotten that it waited', async () => {
  const { api } = startNotifications();
  const waits = changed({ reason: 'disk.full' });
  api.emit('download.progress', waits);
  api.emit('download.failed', { id: waits.id, code: 'download.cancelled' });
  api.emit('download.progress', waits);
  await vi.waitFor(() => expect(shown).toHaveLength(2));
});

test('resuming all leaves alone what waits for a decision of its own', async () => {
  const paused = [
    changed({ state: 'paused' }),
    changed({ id: 'd2' as never, state: 'paused', reason: 'download.disguised' }),
  ];
  const api = new ScriptedEngine({
    queries: { downloads: () => paused, uploads: () => [] },
    commands: { 'download.resume': () => ({ id: 'd1' as never }) },
  });
  const watch = new TransferWatch({ api, onSums: () => {}, onTrouble: (error) => expect.fail(String(error)) });
  await watch.setPaused(false);
  watch.stop();
  expect(api.calls.filter(({ name }) => name === 'download.resume')).toEqual([
    { name: 'download.resume', input: { id: 'd1' } },
  ]);
});

test('nothing is told after the end', async () => {
  const { api, notifications } = startNotifications();
  notifications.stop();
  expect(api.listenerCount).toBe(0);
});

test('the machine is kept awake while something is transferred', () => {
  const powerSave = new PowerSave();
  powerSave.set(true);
  powerSave.set(true);
  expect(awake.size).toBe(1);
  powerSave.set(false);
  powerSave.stop();
  expect(awake.size).toBe(0);
});

test('the sums of all transfers follow their states', async () => {
  const lists = { downloads: [changed({}), changed({ id: 'd2' as never, state: 'paused', rate: 0 })], uploads: [] };
  const api = new ScriptedEngine({ queries: { downloads: () => lists.downloads, uploads: () => lists.uploads } });
  const heard = new EventEmitter();
  const next = () => new Promise<TransferSums>((resolve) => void heard.once('sums', resolve));
  const watch = new TransferWatch({
    api,
    onSums: (sums) => void heard.emit('sums', sums),
    onTrouble: (error) => expect.fail(String(error)),
  });
  const first = next();
  watch.start();
  expect(await first).toEqual({ downRate: 5, upRate: 0, isTransferring: true, canPause: true, canResume: true });
  lists.downloads = [changed({ state: 'done', rate: 0 })];
  const second = next();
  api.emit('download.done', { id: 'd1' as never, path: '' });
  expect(await second).toEqual({ downRate: 0, upRate: 0, isTransferring: false, canPause: false, canResume: false });
  watch.stop();
  expect(api.listenerCount).toBe(0);
});
