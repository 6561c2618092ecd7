import { once } from 'node:events';
import { mkdtemp, readFile, rm, writeFile } from 'node:fs/promises';
import { createServer } from 'node:http';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, onTestFinished, test } from 'vitest';
import type { ShoalBridge } from '../../../src-main/contract/bridge.ts';
import type { FaceRequest } from '../../../src-main/contract/requests.ts';
import type { FileTarget } from '../../../src-main/contract/shell.ts';
import type { DownloadView } from '../../../src-main/contract/transfer.ts';
import { type Chromium, startChromium } from '../../support/chromium.ts';
import {
  clickNote,
  clickTray,
  pressFromNow,
  recordDesktop,
  recorded,
  trayEntries,
} from '../../support/desktop-record.ts';
import { LivePeer, until } from '../../support/live-peer.ts';
import { runShoal } from '../../support/peer-process.ts';
import { findElectron, runDouble, type ShellApp, startOnDouble, startOnElectron } from '../../support/shell-app.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';
import { requireTool } from '../../support/tools.ts';

/**
 * The built application: its main process, preload script and page. On the double of `electron`, whose README says what that cannot prove,
 * and on a real Electron where there is one.
 */

let chromium: Chromium | undefined;
const debuggerOf = () => chromium?.endpoint ?? '';
const hasChromium = requireTool('chromium');
beforeAll(async () => {
  if (hasChromium) chromium = await startChromium();
});
afterAll(() => chromium?.stop());

const program = findElectron();
const onDouble = startOnDouble(debuggerOf);

/** What the page's own code sees. */
type Window = {
  readonly shoal: ShoalBridge;
  readonly location: { href: string };
  open(url: string): unknown;
};
/** Asks the engine as the page does; its value, or the code of its error. */
const ask = async (app: ShellApp, request: Omit<FaceRequest, 'id'> | object): Promise<unknown> => {
  const answer = await app.inPage(
    (message) => (globalThis as unknown as Window).shoal.request({ id: 1, ...message }),
    request,
  );
  return answer.ok ? answer.value : answer.error.code;
};
const query = (app: ShellApp, name: string) => ask(app, { kind: 'query', name, input: {} });
const states = async (app: ShellApp) =>
  ((await query(app, 'downloads')) as { readonly state: string }[]).map(({ state }) => state);

const unknownHash = (digit: string) => digit.repeat(64);
const magnet = (hash: string, more = '') => `magnet:?xt=urn:tree:sha256:${hash}${more}`;

describe.each([
  { name: 'the double', start: onDouble, isHere: hasChromium },
  {
    name: 'a real Electron (skipped where none is installed: "npx install-electron")',
    start: startOnElectron(program ?? ''),
    isHere: program !== undefined,
  },
])('on $name', ({ start, isHere }) => {
  describe.runIf(isHere)('a running application', () => {
    let data: string;
    let app: ShellApp;
    beforeAll(async () => {
      data = await mkdtemp(join(tmpdir(), 'shoal-test-'));
      app = await start(data, '--downloads', join(data, 'downloads'));
      await recordDesktop(app);
    });
    afterAll(async () => {
      await app.kill();
      await rm(data, { recursive: true, force: true });
    });

    test('the window is isolated, sandboxed and without Node', async () => {
      const preferences = await app.inMain(({ BrowserWindow }) => {
        const contents = BrowserWindow.getAllWindows()[0]?.webContents;
        const { contextIsolation, sandbox, nodeIntegration, webviewTag } = (
          contents as unknown as { getLastWebPreferences(): Electron.WebPreferences }
        ).getLastWebPreferences();
        return { contextIsolation, sandbox, nodeIntegration, webviewTag };
      }, null);
      expect(preferences).toEqual({ contextIsolation: true, sandbox: true, nodeIntegration: false, webviewTag: false });
      const found = await app.inPage(() => [typeof require, typeof process, typeof globalThis.Buffer], null);
      expect(found).toEqual(['undefined', 'undefined', 'undefined']);
    });

    test('the bridge has what the contract names', async () => {
      const keys = await app.inPage(() => {
        const { shoal } = globalThis as unknown as Window;
        return [Object.keys(shoal).sort(), Object.keys(shoal.shell).sort()];
      }, null);
      expect(keys).toEqual([
        ['onEvents', 'request', 'shell', 'version'],
        ['chooseFolder', 'openFile', 'pathOfDropped', 'platform', 'quit', 'reveal', 'setBadge', 'startDrag'],
      ]);
    });

    test('the page asks the engine, and only by names of the contract', async () => {
      expect(await query(app, 'status')).toMatchObject({ role: 'supernode' });
      expect(await query(app, 'secrets')).toBe('input.invalid');
      expect(await ask(app, { kind: 'constructor', name: 'status' })).toBe('input.invalid');
      expect(await ask(app, { kind: 'command', name: 'download.pause', input: { id: 7 } })).toBe('input.invalid');
    });

    test('the page cannot be navigated away', async () => {
      await app.inPage(() => {
        (globalThis as unknown as Window).location.href = 'https://example.invalid/';
      }, null);
      // An answer of the same page, after the refusal.
      expect(await query(app, 'status')).toMatchObject({ role: 'supernode' });
      const url = await app.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.webContents.getURL(), null);
      expect(url).toBe('shoal-page://app/');
    });

    test('the page cannot open windows, nor reach the network', async () => {
      await app.inPage(() => {
        const page = globalThis as unknown as Window & { opened: unknown };
        page.opened = page.open('https://example.invalid/');
      }, null);
      const isShut = () => {
        const { opened } = globalThis as unknown as { opened: { closed: boolean } | null };
        return opened === null || opened.closed;
      };
      await until('the window is refused', () => app.inPage(isShut, null));
      const windows = await app.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows().length, null);
      expect(windows).toBe(1);
      const failure = await app.inPage(() => fetch('https://example.invalid/').catch((error) => error.name), null);
      expect(failure).toBe('TypeError');
    });

    test.runIf(start === onDouble)(
      'a page may write to the clipboard and fill the screen, and nothing else',
      async () => {
        const may = ['clipboard-sanitized-write', 'fullscreen'];
        const mayNot = ['clipboard-read', 'media', 'notifications', 'openExternal'];
        const allowed = await app.inMain(
          ({ session }, all) => {
            const { permissionCheck, permissionRequest } = (
              session.defaultSession as unknown as {
                rules: {
                  permissionCheck: (contents: null, permission: string, origin: string, asker: object) => boolean;
                  permissionRequest: (
                    contents: null,
                    permission: string,
                    answer: (isAllowed: boolean) => void,
                    asker: object,
                  ) => void;
                };
              }
            ).rules;
            const page = { isMainFrame: true, requestingUrl: 'shoal-page://app/#/library' };
            return all.map((permission) => {
              let isGranted = false;
              const grant = (isAllowed: boolean) => {
                isGranted = isAllowed;
              };
              permissionRequest(null, permission, grant, page);
              return [permissionCheck(null, permission, 'shoal-page://app', page), isGranted];
            });
          },
          [...may, ...mayNot],
        );
        expect(allowed).toEqual([...may.map(() => [true, true]), ...mayNot.map(() => [false, false])]);
      },
    );

    test('only what the page made itself is saved', async () => {
      const urls = ['blob:shoal-page://app/1', 'blob:shoal-media://app/1', 'https://example.invalid/a'];
      const isRefused = await app.inMain(
        ({ session }, all) =>
          all.map((url) => {
            let isPrevented = false;
            const event = { preventDefault: () => (isPrevented = true) };
            session.defaultSession.emit('will-download', event, { getURL: () => url });
            return isPrevented;
          }),
        urls,
      );
      expect(isRefused).toEqual([false, true, true]);
    });

    test.runIf(start === onDouble)('a request from a frame of the page is refused', async () => {
      const answer = await app.requestFromFrame?.({ id: 1, kind: 'query', name: 'status', input: {} });
      expect(answer).toMatchObject({ ok: false, error: { code: 'web.wrong-origin' } });
    });

    test('the menu of the tray follows pausing and resuming', async () => {
      const add = { kind: 'command', name: 'download.add', input: { hash: unknownHash('a') } };
      const { id } = (await ask(app, add)) as { readonly id: string };
      await until('pausing is offered', async () => (await trayEntries(app))?.pause);
      await clickTray(app, 'pause');
      await until('resuming is offered', async () => (await trayEntries(app))?.resume);
      expect(await states(app)).toEqual(['paused']);
      await clickTray(app, 'resume');
      await until('pausing is offered again', async () => (await trayEntries(app))?.pause);
      expect(await states(app)).not.toContain('paused');
      await ask(app, { kind: 'command', name: 'download.cancel', input: { id } });
      await ask(app, { kind: 'command', name: 'download.clear', input: {} });
    });

    test('a magnet link that another start was given is downloaded, told of, and shown but never run', async () => {
      const source = await (await LivePeer.make({ 'song.sh': '#!/bin/sh\nexit 1\n' })).start('--supernode', 'never');
      await source.untilShared(1);
      const [file] = (await source.query('shares.files', {})).files;
      const hash = String(file?.hash);
      await app.inPage(() => {
        const page = globalThis as unknown as Window & { heard: string[] };
        page.heard = [];
        page.shoal.onEvents(({ events }) => page.heard.push(...events.map(({ name }) => name)));
      }, null);
      await ask(app, { kind: 'on', name: 'download.done' });

      const link = magnet(hash, `&dn=song.sh&xl=${file?.size}&xs=${encodeURIComponent(source.invitation)}`);
      if (start === onDouble) expect(await secondStart(data, link)).toBe(0);
      else await secondElectron(app, link);

      const told = await until('the notification', async () => (await recorded(app)).notes[0]);
      expect(told).toEqual({ title: 'Download complete', body: 'song.sh' });
      await until('the event', () => app.inPage(() => (globalThis as unknown as { heard: string[] }).heard[0], null));

      const [download] = (await query(app, 'downloads')) as { readonly id: never }[];
      const id = download?.id ?? ('' as never);
      const shown = await app.inMain(async ({ session }, one) => {
        const init = { headers: { Range: 'bytes=0-8' } };
        const answer = await session.defaultSession.fetch(`shoal-media://app/media/download/${one}`, init);
        return [answer.status, answer.headers.get('content-type'), await answer.text()];
      }, id);
      expect(shown).toEqual([206, 'text/plain; charset=utf-8', '#!/bin/sh']);

      const path = join(data, 'downloads', 'song.sh');
      await clickNote(app, 'Download complete');
      const openFile = (target: FileTarget) =>
        app.inPage((one) => (globalThis as unknown as Window).shoal.shell.openFile(one), target);
      expect(await openFile({ kind: 'download', id })).toBe('revealed');
      expect(await recorded(app)).toMatchObject({ shown: [path, path], opened: [] });
    });

    test.runIf(start === onDouble)(
      'web servers of the local network that a list names are asked only after a question',
      async () => {
        const asked: string[] = [];
        const server = createServer((request, response) => {
          asked.push(request.url ?? '');
          response.writeHead(404).end();
        }).listen(0, '127.0.0.1');
        await once(server, 'listening');
        onTestFinished(() => void server.close());
        const { port } = server.address() as AddressInfo;
        const list = async (name: string, digit: string) => {
          const path = join(data, name);
          const file = `<file name="${name}.bin"><size>9</size><hash type="sha-256">${unknownHash(digit)}</hash>`;
          const url = `<url>http://127.0.0.1:${port}/${name}</url>`;
          await writeFile(path, `<metalink xmlns="urn:ietf:params:xml:ns:metalink">${file}${url}</file></metalink>`);
          return path;
        };
        const questions = async () => (await recorded(app)).questions;
        const seeds = async () => {
          const views = (await query(app, 'downloads')) as readonly DownloadView[];
          return views.flatMap(({ sources }) => sources).filter(({ address }) => address.includes(`:${port}/`));
        };

        expect(await secondStart(data, await list('refused.meta4', '3'))).toBe(0);
        const [question] = await until('the question', async () =>
          (await questions()).length > 0 ? questions() : undefined,
        );
        expect(question?.message).toContain('127.0.0.1');
        expect(question?.default).toBe('Cancel');
        await until('the refusal', async () => (await seeds()).some(({ reason }) => reason === 'web.local-address'));
        expect(asked).toEqual([]);

        await pressFromNow(app, 'Allow');
        expect(await secondStart(data, await list('allowed.meta4', '4'))).toBe(0);
        await until('a request', async () => asked.length > 0);
        expect(new Set(asked)).toEqual(new Set(['/allowed.meta4']));
        const link = `${magnet(unknownHash('5'))}&dn=web&xl=9&ws=${encodeURIComponent(`http://127.0.0.1:${port}/magnet`)}`;
        expect(await secondStart(data, link)).toBe(0);
        await until('a request for the link', async () => asked.includes('/magnet'));
        expect(await questions()).toHaveLength(3);
        for (const { id } of (await query(app, 'downloads')) as readonly DownloadView[]) {
          await ask(app, { kind: 'command', name: 'download.cancel', input: { id } });
        }
      },
    );

    test('a download that its disk stops is told of, once', async () => {
      const source = await (await LivePeer.make({ 'other.txt': 'other' })).start('--supernode', 'never');
      await source.untilShared(1);
      const [file] = (await source.query('shares.files', {})).files;
      await writeFile(join(data, 'no-folder'), '');
      const setting = { key: 'downloads.folder', value: join(data, 'no-folder', 'downloads') };
      await ask(app, { kind: 'command', name: 'settings.set', input: setting });
      const sources = [{ target: source.invitation }];
      const input = { hash: file?.hash, size: file?.size, name: 'other.txt', sources };
      await ask(app, { kind: 'command', name: 'download.add', input });
      const told = await until('the notification', async () => (await recorded(app)).notes[1]);
      expect(told.title).toBe('Download waits for its disk');
      expect(told.body).toMatch(/^other\.txt: .*no-folder/);
    });

    test('what is not there is neither opened nor shown', async () => {
      const before = await recorded(app);
      const failure = await app.inPage(
        (hash) =>
          (globalThis as unknown as Window).shoal.shell.reveal({ kind: 'shared', hash }).catch((error) => error.code),
        unknownHash('c') as never,
      );
      expect(failure).toBe('content.not-found');
      expect((await recorded(app)).shown).toEqual(before.shown);
    });

    test('closing the window leaves the application in the tray', async () => {
      const look = (close: boolean) =>
        app.inMain(({ BrowserWindow }, isClosed) => {
          const [window] = BrowserWindow.getAllWindows();
          if (isClosed) window?.close();
          return window?.isVisible();
        }, close);
      expect(await look(false)).toBe(true);
      expect(await look(true)).toBe(false);
      expect(await query(app, 'status')).toMatchObject({ role: 'supernode' });
    });

    test('the command line reaches it, and "shoal stop" ends it cleanly', async () => {
      const status = await runShoal('status', '--json', '--data', data);
      expect(status.lines[0]).toMatchObject({ role: 'supernode' });
      expect((await runShoal('stop', '--data', data)).status).toBe(0);
      expect(await app.status).toBe(0);
      expect(app.err()).toBe('');
    });
  });

  test.runIf(isHere)('quitting writes what is kept: the place of the window, and downloads of a link', async () => {
    const data = await temporaryFolder();
    const bounds = { x: 40, y: 60, width: 1000, height: 700 };
    const first = await start(data, magnet(unknownHash('b')));
    onTestFinished(() => first.kill());
    await until('the download', async () => (await states(first)).length === 1);
    await first.inMain(({ BrowserWindow }, wanted) => BrowserWindow.getAllWindows()[0]?.setBounds(wanted), bounds);
    await first.inPage(() => void (globalThis as unknown as Window).shoal.shell.quit(), null);
    expect(await first.status).toBe(0);

    // Where files should go lies a file: every download fails on it.
    const place = join(data, 'no-folder');
    await writeFile(place, '');
    const second = await start(data, '--downloads', join(place, 'downloads'));
    onTestFinished(() => second.kill());
    const found = await second.inMain(({ BrowserWindow }) => BrowserWindow.getAllWindows()[0]?.getBounds(), null);
    expect(found).toEqual(bounds);
    expect(await states(second)).toHaveLength(1);
    second.process.kill('SIGTERM');
    expect(await second.status).toBe(0);
    expect(JSON.parse(await readFile(join(data, 'window.json'), 'utf8'))).toEqual({ bounds, isMaximized: false });
  });
});

test.runIf(hasChromium)('a data folder that a peer uses already is told of, and nothing starts', async () => {
  const peer = await (await LivePeer.make()).start();
  const app = runDouble(debuggerOf(), ['--data', peer.data]);
  onTestFinished(() => app.kill());
  expect(await app.status).toBe(1);
  expect(app.err()).toContain('a peer (process');
});

test.runIf(hasChromium)('it goes on when nobody reads its log any more', async () => {
  const app = runDouble(debuggerOf(), ['--data', await temporaryFolder(), '--listen', '127.0.0.1:0', '--no-lan']);
  onTestFinished(() => app.kill());
  await app.loaded;
  app.process.stderr?.destroy();
  await app.inMain(() => new Promise((resolve) => process.stderr.write('a line\n', resolve)), null);
  expect(await app.inMain(({ app: electron }) => electron.getLocale(), null)).toBe('en-US');
  app.process.kill('SIGTERM');
  expect(await app.status).toBe(0);
});

/** Starts the application again with a word; its exit status. */
async function secondStart(data: string, word: string): Promise<number | null> {
  const second = runDouble(debuggerOf(), ['--data', data, word]);
  onTestFinished(() => second.kill());
  return second.status;
}

/** Playwright cannot start an instance that has no window: the running one is told what Electron would tell it. */
const secondElectron = (app: ShellApp, word: string) =>
  app.inMain(({ app: electronApp }, given) => {
    electronApp.emit('second-instance', {}, [], '/', { words: [given], workingFolder: '/' });
  }, word);
