import { type ChildProcess, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import { _electron, type ElectronApplication } from 'playwright-core';
import { CHANNELS } from '../../src-main/preload/channels.ts';
import { COMPILED } from './peer-process.ts';

const ROOT = fileURLToPath(new URL('../..', import.meta.url));
const DOUBLE = fileURLToPath(new URL('electron-double/run.ts', import.meta.url));

type Electron = typeof import('electron');
/** Sent as its text: it may use nothing but its arguments and globals. */
type InMain<I, O> = (electron: Electron, input: I) => O | Promise<O>;
type InPage<I, O> = (input: I) => O | Promise<O>;

/** The application under test: its main process, and the page of its window. */
export interface ShellApp {
  inMain<I, O>(run: InMain<I, O>, input: I): Promise<O>;
  inPage<I, O>(run: InPage<I, O>, input: I): Promise<O>;
  /** Resolves with the exit status; null when a signal ended it. */
  readonly status: Promise<number | null>;
  readonly process: ChildProcess;
  /** What it wrote to stderr so far. */
  err(): string;
  /** Ends it at once, if it still runs. */
  kill(): Promise<void>;
  /** A request as if a preload script ran in a frame of the page: only on the double, for Electron does not let that happen. */
  readonly requestFromFrame?: (message: unknown) => Promise<unknown>;
}

/** Electron's program where one is installed. */
export function findElectron(): string | undefined {
  const folder = join(ROOT, 'node_modules/electron');
  const nameFile = join(folder, 'path.txt');
  const name = existsSync(nameFile) ? readFileSync(nameFile, 'utf8').trim() : 'electron';
  const program = join(process.env.ELECTRON_OVERRIDE_DIST_PATH || join(folder, 'dist'), name);
  return existsSync(program) ? program : undefined;
}

const LOOPBACK = ['--listen', '127.0.0.1:0', '--set', 'supernode.role=always', '--set', 'log.level=error'];

export type StartShell = (data: string, ...words: readonly string[]) => Promise<ShellApp>;

/** Starts the application on the double; resolves when its page is loaded. `browser`: where Chromium's debugger listens. */
export const startOnDouble =
  (browser: () => string): StartShell =>
  async (data, ...words) => {
    const app = runDouble(browser(), ['--data', data, ...LOOPBACK, ...words]);
    await app.loaded;
    return app;
  };

/** The same, but it need not come to a window. */
export function runDouble(browser: string, words: readonly string[]) {
  const child = fork(DOUBLE, words, { stdio: ['ignore', 'ignore', 'pipe', 'ipc'], env: doubleEnv(browser) });
  let err = '';
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  const status: Promise<number | null> = once(child, 'exit').then(([code]) => code);
  const calls = new DoubleCalls(child, () => err);
  return {
    process: child,
    status,
    err: () => err,
    kill: () => killed(child, status),
    loaded: calls.loaded(status),
    inMain: <I, O>(run: InMain<I, O>, input: I) => calls.ask('main', String(run), input) as Promise<O>,
    inPage: <I, O>(run: InPage<I, O>, input: I) => calls.ask('page', String(run), input) as Promise<O>,
    requestFromFrame: (message: unknown) => calls.ask('frame', CHANNELS.request, message),
  };
}

async function killed(child: ChildProcess, status: Promise<unknown>): Promise<void> {
  child.kill('SIGKILL');
  await status;
}

const doubleEnv = (browser: string) => ({
  ...process.env,
  DOUBLE_BROWSER: browser,
  NODE_COMPILE_CACHE: COMPILED,
  NODE_OPTIONS: '',
});

class DoubleCalls {
  readonly #child: ChildProcess;
  readonly #err: () => string;
  readonly #waiting = new Map<number, { resolve(value: unknown): void; reject(error: Error): void }>();
  readonly #loaded = Promise.withResolvers<void>();
  #asked = 0;

  constructor(child: ChildProcess, err: () => string) {
    this.#child = child;
    this.#err = err;
    child.on('message', (message: { kind?: string; id: number; value?: unknown; error?: string }) => {
      if (message.kind === 'loaded') this.#loaded.resolve();
      else if (message.error === undefined) this.#waiting.get(message.id)?.resolve(message.value);
      else this.#waiting.get(message.id)?.reject(new Error(message.error));
    });
    child.on('exit', () => {
      for (const { reject } of this.#waiting.values()) reject(new Error(`the application ended: ${err()}`));
    });
  }

  loaded(status: Promise<unknown>): Promise<void> {
    const ended = Promise.race([this.#loaded.promise, status.then(() => this.#fail())]);
    // Whoever does not wait for a window does not care.
    ended.catch(() => undefined);
    return ended;
  }

  ask(kind: string, source: string, input: unknown): Promise<unknown> {
    this.#asked += 1;
    const { promise, resolve, reject } = Promise.withResolvers<unknown>();
    this.#waiting.set(this.#asked, { resolve, reject });
    this.#child.send({ id: this.#asked, kind, source, input });
    return promise;
  }

  #fail(): never {
    throw new Error(`the application ended without a window: ${this.#err()}`);
  }
}

/** Starts the application on a real Electron; resolves when its page is loaded. */
export const startOnElectron =
  (executablePath: string): StartShell =>
  async (data, ...words) => {
    // Chromium refuses its sandbox to root; nobody else starts without it.
    const root = process.getuid?.() === 0 ? ['--no-sandbox'] : [];
    const args = [...root, ROOT, '--data', data, ...LOOPBACK, ...words];
    const app = await _electron.launch({ executablePath, args });
    const page = await app.firstWindow();
    await page.waitForLoadState();
    return wrapElectron(app, (run, input) => page.evaluate(run as never, input));
  };

function wrapElectron(app: ElectronApplication, inPage: (run: unknown, input: unknown) => Promise<unknown>): ShellApp {
  const child = app.process();
  let err = '';
  child.stderr?.on('data', (bytes) => {
    err += bytes;
  });
  const status: Promise<number | null> = once(child, 'exit').then(([code]) => code);
  return {
    process: child,
    status,
    err: () => err,
    kill: () => killed(child, status),
    inMain: (run, input) => app.evaluate(run as never, input as never),
    inPage: (run, input) => inPage(run, input) as never,
  };
}
