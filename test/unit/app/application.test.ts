import { once } from 'node:events';
import { mkdir, writeFile } from 'node:fs/promises';
import { join } from 'node:path';
import { beforeEach, expect, onTestFinished, test, vi } from 'vitest';
import { runApplication } from '../../../src-main/app/application.ts';
import type { Platform, RunningEngine } from '../../../src-main/headless/host.ts';
import { NodeFileSystem } from '../../../src-main/platform/node-file-system.ts';
import { ScriptedEngine } from '../../support/scripted-engine.ts';
import { temporaryFolder } from '../../support/temporary-folder.ts';

vi.mock('electron', () => import('../../support/electron-in-memory.ts'));
const electron = (await import('electron')) as unknown as typeof import('../../support/electron-in-memory.ts');
beforeEach(() => electron.reset());

const silent = { debug() {}, info() {}, warn() {}, error() {}, close() {} };

/** An engine that has nothing to do; its end is written down. */
class IdleEngine extends ScriptedEngine {
  readonly nodeId = '0'.repeat(64);
  constructor() {
    super({ queries: { downloads: () => [], uploads: () => [] } });
  }
  async start(): Promise<void> {}
  async stop(): Promise<void> {
    electron.happened.push('engine stopped');
  }
}

/** Starts the application, which is ready; `slow` is asked before a file of that name is read or written. */
async function start(slow: (access: 'read' | 'write', path: string) => Promise<void> | undefined, ...words: string[]) {
  const folder = await temporaryFolder();
  const pageFolder = join(folder, 'page');
  await mkdir(pageFolder);
  await writeFile(join(pageFolder, 'index.html'), '');
  class SlowFiles extends NodeFileSystem {
    override async readSmall(path: string, limit: number) {
      await slow('read', path);
      return super.readSmall(path, limit);
    }
    override async writeSmall(path: string, bytes: Uint8Array) {
      await slow('write', path);
      return super.writeSmall(path, bytes);
    }
  }
  const platform = {
    takeLock: () => ({ release: () => undefined }),
    files: new SlowFiles(),
    openLogger: () => silent,
    openEngine: async () => new IdleEngine() as unknown as RunningEngine,
  } satisfies Partial<Platform> as unknown as Platform;
  runApplication({
    ...{ version: '0', pageFolder, iconFolder: '/icons', preload: '/preload.cjs', builtInSupernodes: [] },
    ...{ pageLanguage: () => 'en', addList: () => Promise.reject(new Error('no list')) },
    started: { words: ['--data', join(folder, 'data'), ...words], workingFolder: folder },
    openPlatform: async () => platform,
  });
  electron.app.becomeReady();
}

const isWindowState = (path: string) => path.endsWith('window.json');
const exited = () => once(electron.app, 'exited');

test('a quit that takes long ends the engine all the same, once the windows are gone', async () => {
  let nowMs = 1000;
  const clock = vi.spyOn(performance, 'now').mockImplementation(() => nowMs);
  onTestFinished(() => clock.mockRestore());
  await start((access, path) => {
    // A disk that takes two seconds for the place of the window.
    if (access === 'write' && isWindowState(path)) nowMs += 2000;
    return undefined;
  });
  await vi.waitFor(() => expect(electron.happened).toContain('window shown'));
  const end = exited();
  electron.app.quit();
  await end;
  expect(electron.happened).toEqual(['window made', 'window shown', 'engine stopped', 'exit 0']);
});

test('who quits while the engine is opened sees no window', async () => {
  const opening = Promise.withResolvers<void>();
  await start((access, path) => {
    // The first thing that is read, before there is an engine.
    return access === 'read' && path.endsWith('settings.json') ? opening.promise : undefined;
  });
  const end = exited();
  electron.app.quit();
  opening.resolve();
  await end;
  expect(electron.happened).toEqual(['engine stopped', 'exit 0']);
});

test('who quits while it is looked up where the window was sees none', async () => {
  const reading = Promise.withResolvers<void>();
  const isRead = Promise.withResolvers<void>();
  await start((access, path) => {
    if (access !== 'read' || !isWindowState(path)) return undefined;
    isRead.resolve();
    return reading.promise;
  });
  await isRead.promise;
  const end = exited();
  electron.app.quit();
  reading.resolve();
  await end;
  expect(electron.happened).toEqual(['engine stopped', 'exit 0']);
});

test('closing the window ends the application where it may not hide, though a window that nobody sees is left', async () => {
  await start(() => undefined, '--set', 'app.close-to-tray=off');
  await vi.waitFor(() => expect(electron.happened).toContain('window shown'));
  new electron.BaseWindow();
  const end = exited();
  electron.BrowserWindow.getAllWindows()[0]?.close();
  await end;
  expect(electron.happened).toEqual(['window made', 'window shown', 'engine stopped', 'exit 0']);
});
