import { onTestFinished } from 'vitest';
import { ControlServer } from '../../src-main/headless/control-server.ts';
import { openDataFolder } from '../../src-main/headless/data-folder.ts';
import type { Host } from '../../src-main/headless/host.ts';
import { runProgram } from '../../src-main/headless/program.ts';
import { takeLock } from '../../src-main/platform/folder-lock.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import type { ScriptedEngine } from './scripted-engine.ts';
import { temporaryFolder } from './temporary-folder.ts';

type Running = {
  readonly status: Promise<number>;
  readonly out: () => string;
  readonly err: () => string;
  /** The user presses Ctrl-C. */
  readonly interrupt: () => void;
};

/** Starts `shoal WORDS` in this process, with a terminal of text. */
export function startCommand(words: readonly string[], workingFolder = '/work-folder'): Running {
  let [out, err] = ['', ''];
  const listeners = new Set<() => void>();
  const host: Host = {
    version: '1.2.3',
    stdout: { write: (text) => (out += text) },
    stderr: { write: (text) => (err += text) },
    workingFolder,
    builtInSupernodes: [],
    pageFolder: '/no-page',
    isWatched: false,
    onInterrupt(listener) {
      listeners.add(listener);
      return () => listeners.delete(listener);
    },
    exit: () => undefined,
    openPlatform: () => Promise.reject(new Error('no platform in this test')),
    openHasher: () => Promise.reject(new Error('no hasher in this test')),
    runDemo: () => Promise.reject(new Error('no demo in this test')),
    openSimulator: async () => (await import('../../src-main/simulator/simulator.ts')).SIMULATOR,
  };
  return {
    status: runProgram(host, words),
    out: () => out,
    err: () => err,
    interrupt: () => {
      for (const listener of listeners) listener();
    },
  };
}

/** Runs `shoal WORDS` to its end; `lines` are its JSON lines. */
export async function runCommand(words: readonly string[], workingFolder?: string) {
  const running = startCommand(words, workingFolder);
  const status = await running.status;
  const lines = () => linesOf(running.out());
  return { status, out: running.out(), err: running.err(), lines };
}

export const linesOf = (text: string): unknown[] =>
  text
    .split('\n')
    .filter((line) => line !== '')
    .map((line) => JSON.parse(line));

/** Serves `engine` on a data folder, whose path it gives, until the test ends. */
export const serveEngine = async (engine: ScriptedEngine): Promise<string> => (await serveMortalEngine(engine)).data;

/** The same, of a peer that the test may end before. */
export async function serveMortalEngine(engine: ScriptedEngine) {
  const folder = await openDataFolder(await temporaryFolder(), takeLock);
  const server = new ControlServer(
    {
      api: engine,
      logger: new MemoryLogger(),
      onStop: () => undefined,
      webAddress: () => 'http://127.0.0.1:1215/#token=0',
    },
    folder.control,
  );
  await server.start();
  let ended: Promise<void> | undefined;
  const end = async () => {
    await server.stop();
    await folder.close();
  };
  const stop = () => {
    ended ??= end();
    return ended;
  };
  onTestFinished(stop);
  return { data: folder.path, stop };
}
