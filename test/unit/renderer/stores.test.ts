// @vitest-environment happy-dom
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import { watch } from 'vue';
import { AppError } from '../../../src-main/contract/errors.ts';
import { DEFAULT_SETTINGS } from '../../../src-main/contract/settings.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { useDownloads } from '../../../src-renderer/stores/downloads.ts';
import { keepLook, readLook } from '../../../src-renderer/stores/last-look.ts';
import { useNotices } from '../../../src-renderer/stores/notices.ts';
import { useSettings } from '../../../src-renderer/stores/settings.ts';
import { scriptPage } from '../../support/page-stores.ts';

beforeEach(() => {
  vi.useFakeTimers();
});
afterEach(() => {
  vi.useRealTimers();
});

const view = (id: string, part: Partial<DownloadView> = {}) =>
  ({ id, hash: id.repeat(8), name: `${id}.flac`, size: 100, done: 0, state: 'downloading', ...part }) as DownloadView;

describe('downloads', () => {
  test('a batch of progress changes the list once, in the place of each', async () => {
    const { pinia, announce } = scriptPage({ downloads: () => [view('0000000a'), view('0000000b')] });
    const downloads = useDownloads(pinia);
    await downloads.load();
    let changes = 0;
    watch(
      () => downloads.list,
      () => {
        changes += 1;
      },
      { flush: 'sync' },
    );
    announce('download.progress', [view('0000000b', { done: 40 }), view('0000000a', { done: 10 })]);
    expect(downloads.list.map(({ id, done }) => [id, done])).toEqual([
      ['0000000a', 10],
      ['0000000b', 40],
    ]);
    expect(changes).toBe(1);
  });

  test('those that are neither done nor failed are counted as running', async () => {
    const { pinia } = scriptPage({
      downloads: () => [view('0000000a'), view('0000000b', { state: 'done' }), view('0000000c', { state: 'failed' })],
    });
    const downloads = useDownloads(pinia);
    await downloads.load();
    expect(downloads.running).toBe(1);
  });

  test('an end is looked up in the list of the peer, which alone knows what is still there', async () => {
    let views = [view('0000000a')];
    const { pinia, announce } = scriptPage({ downloads: () => views });
    const downloads = useDownloads(pinia);
    await downloads.load();
    views = [];
    announce('download.failed', [{ id: view('0000000a').id, code: 'download.cancelled' }]);
    await vi.advanceTimersByTimeAsync(0);
    expect(downloads.list).toEqual([]);
  });
});

describe('settings', () => {
  const refused = new AppError('settings.invalid', {
    key: 'upload.slots',
    value: 0,
    why: 'it lies between 1 and 1000',
  });
  const answers = {
    settings: () => Object.entries(DEFAULT_SETTINGS).map(([key, value]) => ({ key, value })),
    'settings.set': ({ key, value }: { key: string; value: unknown }) => {
      if (key === 'upload.slots') throw refused;
      return { key, value, restartNeeded: key === 'peer.listen' };
    },
  };

  test('a change is seen at once, before the peer has answered', async () => {
    const { pinia } = scriptPage(answers);
    const settings = useSettings(pinia);
    const told = settings.set('page.theme', 'dark');
    expect(settings.values['page.theme']).toBe('dark');
    await told;
    expect(settings.values['page.theme']).toBe('dark');
    expect(settings.waitingForRestart).toEqual([]);
  });

  test('what the peer refuses is taken back and thrown on', async () => {
    const { pinia } = scriptPage(answers);
    const settings = useSettings(pinia);
    await expect(settings.set('upload.slots', 0)).rejects.toBe(refused);
    expect(settings.values['upload.slots']).toBe(DEFAULT_SETTINGS['upload.slots']);
  });

  test('a text is shown when the peer has taken it, as the peer has written it', async () => {
    const { promise, resolve } = Promise.withResolvers<unknown>();
    const settings = useSettings(scriptPage({ 'settings.set': () => promise }).pinia);
    const told = settings.set('peer.name', ' reef ');
    expect(settings.values['peer.name']).toBe('');
    resolve({ key: 'peer.name', value: 'reef', restartNeeded: false });
    await told;
    expect(settings.values['peer.name']).toBe('reef');
  });

  test('what waits for a restart is remembered', async () => {
    const settings = useSettings(scriptPage(answers).pinia);
    await settings.set('peer.listen', '0.0.0.0:1214');
    expect(settings.waitingForRestart).toEqual(['peer.listen']);
  });

  test('what changes with each move of a pointer is told once, when it rests', async () => {
    const { pinia, asked } = scriptPage(answers);
    const settings = useSettings(pinia);
    for (const width of [100, 101, 102]) settings.setSoon('page.layout', `{"w":${width}}`);
    expect(settings.values['page.layout']).toBe('{"w":102}');
    expect(asked).toEqual([]);
    await vi.advanceTimersByTimeAsync(1000);
    expect(asked).toEqual([{ name: 'settings.set', input: { key: 'page.layout', value: '{"w":102}' } }]);
  });
});

describe('settings that were changed elsewhere', () => {
  const paused = (value: boolean) => ({ key: 'upload.paused', value, restartNeeded: false }) as const;

  test('are seen, with what waits for a restart', () => {
    const { pinia, announce } = scriptPage({});
    const settings = useSettings(pinia);
    announce('settings', [paused(true), { key: 'peer.listen', value: '0.0.0.0:1214', restartNeeded: true }]);
    expect(settings.values).toMatchObject({ 'upload.paused': true, 'peer.listen': '0.0.0.0:1214' });
    expect(settings.waitingForRestart).toEqual(['peer.listen']);
  });

  test('do not show through while the own change of the same one has no answer, and hold when it is refused', async () => {
    const { promise, reject } = Promise.withResolvers<never>();
    const { pinia, announce } = scriptPage({ 'settings.set': () => promise });
    const settings = useSettings(pinia);
    const told = settings.set('upload.slots', 7);
    announce('settings', [{ key: 'upload.slots', value: 3, restartNeeded: false }, paused(true)]);
    expect(settings.values).toMatchObject({ 'upload.slots': 7, 'upload.paused': true });
    reject(new AppError('disk.full'));
    await expect(told).rejects.toMatchObject({ code: 'disk.full' });
    expect(settings.values['upload.slots']).toBe(3);
  });

  test('are not mixed up with earlier answers to what is changed again', async () => {
    const answers: ((value: unknown) => void)[] = [];
    const { pinia, announce } = scriptPage({ 'settings.set': () => new Promise((resolve) => answers.push(resolve)) });
    const settings = useSettings(pinia);
    const [first, second] = [settings.set('upload.paused', true), settings.set('upload.paused', false)];
    answers[0]?.(paused(true));
    await first;
    announce('settings', [paused(true)]);
    expect(settings.values['upload.paused']).toBe(false);
    answers[1]?.(paused(false));
    await second;
    expect(settings.values['upload.paused']).toBe(false);
    announce('settings', [paused(true)]);
    expect(settings.values['upload.paused']).toBe(true);
  });
});

describe('notices', () => {
  test('are few: the oldest goes, and the same text stands once', () => {
    const notices = useNotices(scriptPage({}).pinia);
    for (const text of ['a', 'b', 'c', 'd', 'e', 'b']) notices.show({ kind: 'info', text });
    expect(notices.notices.map(({ text }) => text)).toEqual(['c', 'd', 'e', 'b']);
    notices.close(notices.notices[0]?.id ?? -1);
    expect(notices.notices.map(({ text }) => text)).toEqual(['d', 'e', 'b']);
  });
});

describe('the last look', () => {
  test('is what the page shows before the peer has answered', async () => {
    const views = Object.entries({ ...DEFAULT_SETTINGS, 'page.theme': 'dark', 'page.language': 'ar' });
    const settings = () => views.map(([key, value]) => ({ key, value }));
    await useSettings(scriptPage({ settings }).pinia).load();
    await vi.advanceTimersByTimeAsync(0);
    const again = useSettings(scriptPage({ settings }).pinia);
    expect(again.values).toMatchObject({ 'page.theme': 'dark', 'page.language': 'ar', 'page.density': 'comfortable' });
    expect(again.isLoaded).toBe(false);
    localStorage.clear();
  });

  test.each(['', '[', '7', 'null', '{"page.theme":"<b>","page.density":7}'])('of %j is none', (kept) => {
    expect(readLook({ getItem: () => kept })).toEqual({});
  });

  test('that cannot be kept or read costs nothing', () => {
    const refuse = () => {
      throw new Error('refused');
    };
    expect(() => keepLook(DEFAULT_SETTINGS, { setItem: refuse })).not.toThrow();
    expect(readLook({ getItem: refuse })).toEqual({});
  });
});
