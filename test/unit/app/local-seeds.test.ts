import { beforeEach, expect, test, vi } from 'vitest';
import type { LocalSeed } from '../../../src-main/app/links.ts';
import { LocalSeeds } from '../../../src-main/app/local-seeds.ts';
import { en } from '../../../src-main/app/texts/en.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';

vi.mock('electron', () => import('../../support/electron-in-memory.ts'));
const { BrowserWindow, dialog, happened, reset } = (await import(
  'electron'
)) as unknown as typeof import('../../support/electron-in-memory.ts');
beforeEach(() => {
  reset();
  vi.restoreAllMocks();
});

const ALLOW = 1;
const seed = (id: string): LocalSeed => ({ id: id as never, url: `http://10.0.0.1/${id}` as never });
const seedAt = (host: string): LocalSeed => ({ id: host as never, url: `http://${host}/a` as never });

/** The user allows everything; `hasWindow`: whether one can be shown. */
function makeSeeds(hasWindow = true) {
  const asked = vi.spyOn(dialog, 'showMessageBox').mockResolvedValue({ response: ALLOW });
  const troubles: unknown[] = [];
  const gone = new Error('the download is gone');
  let answers = 0;
  const api = new ScriptedEngine({
    commands: {
      'download.allow-local': () => {
        answers += 1;
        if (answers === 1) throw gone;
        return {} as never;
      },
    },
  });
  const window = new BrowserWindow();
  const showWindow = async () => {
    window.show();
    return (hasWindow ? window : undefined) as never;
  };
  const seeds = new LocalSeeds({ api, texts: () => en, showWindow, onTrouble: (error) => troubles.push(error) });
  return { seeds, api, asked, window, troubles, gone };
}

test('a question belongs to the window, which is shown first', async () => {
  const { seeds, asked, window } = makeSeeds();
  seeds.add([seed('a')]);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledOnce());
  expect(happened).toContain('window shown');
  expect(asked.mock.calls[0]?.[0]).toBe(window);
});

test('without a window nothing is asked, and nothing allowed', async () => {
  const { seeds, asked, api, window } = makeSeeds(false);
  const show = vi.spyOn(window, 'show');
  seeds.add([seed('a')]);
  await vi.waitFor(() => expect(show).toHaveBeenCalled());
  seeds.add([seed('b')]);
  await vi.waitFor(() => expect(show).toHaveBeenCalledTimes(2));
  expect([asked.mock.calls, api.calls]).toEqual([[], []]);
});

test('a download that went away meanwhile takes nothing from what was allowed for the others', async () => {
  const { seeds, api, troubles, gone } = makeSeeds();
  seeds.add([seed('a'), seed('b')]);
  // Waits while the first are asked about.
  seeds.add([seed('c')]);
  await vi.waitFor(() => expect(api.calls).toHaveLength(3));
  expect(api.calls.map(({ input }) => (input as LocalSeed).id)).toEqual(['a', 'b', 'c']);
  expect(troubles).toEqual([gone]);
});

test('an answer holds for the hosts that its question names: others are asked about next, until a no', async () => {
  const { seeds, api, asked } = makeSeeds();
  const hosts = Array.from({ length: 10 }, (_, at) => `10.0.0.${at + 1}`);
  asked.mockResolvedValueOnce({ response: ALLOW }).mockResolvedValueOnce({ response: ALLOW });
  asked.mockResolvedValue({ response: 0 });
  // The first host again: no further question is asked of it.
  seeds.add([...hosts, '10.0.0.1'].map(seedAt));
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(3));
  seeds.add([seedAt('10.9.9.9')]);
  await vi.waitFor(() => expect(asked).toHaveBeenCalledTimes(4));
  const messages = asked.mock.calls.map(([, options]) => (options as unknown as { message: string }).message);
  const namedIn = (message = '') => message.match(/10\.\d+\.\d+\.\d+/g);
  expect(messages.map(namedIn)).toEqual([hosts.slice(0, 3), hosts.slice(3, 6), hosts.slice(6, 9), ['10.9.9.9']]);
  const allowed = api.calls.map(({ input }) => (input as LocalSeed).id);
  expect(allowed).toEqual([...hosts.slice(0, 3), '10.0.0.1', ...hosts.slice(3, 6)]);
});
