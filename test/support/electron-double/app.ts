import { createHash } from 'node:crypto';
import { EventEmitter } from 'node:events';
import { existsSync, mkdirSync, readdirSync, readFileSync, renameSync, rmSync, watch, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';

/** An event that may be prevented. */
export class DoubleEvent {
  defaultPrevented = false;
  preventDefault(): void {
    this.defaultPrevented = true;
  }
}

const manifest = JSON.parse(readFileSync(new URL('../../../package.json', import.meta.url), 'utf8'));

/** Electron's `app`: its life from start to end, and the lock of the single instance. */
class App extends EventEmitter {
  readonly isPackaged = false;
  readonly #ready = Promise.withResolvers<void>();
  readonly #paths = new Map<string, string>([['userData', join(tmpdir(), 'no-user-data')]]);
  #isReady = false;
  /** Set by windows.ts. */
  closeAll: () => boolean = () => true;
  badge = 0;

  isReady(): boolean {
    return this.#isReady;
  }

  whenReady(): Promise<void> {
    return this.#ready.promise;
  }

  /** Called by run.ts when the module of the entry was evaluated, as Electron does. */
  becomeReady(): void {
    this.#isReady = true;
    this.emit('ready');
    this.#ready.resolve();
  }

  mustComeBeforeReady(what: string): void {
    if (this.#isReady) throw new Error(`${what} must be called before the app is ready`);
  }

  quit(): void {
    const event = new DoubleEvent();
    this.emit('before-quit', event);
    if (event.defaultPrevented || !this.closeAll()) return;
    this.exit(0);
  }

  exit(status: number): void {
    process.exit(status);
  }

  enableSandbox(): void {
    this.mustComeBeforeReady('app.enableSandbox()');
  }

  getVersion = (): string => manifest.version;
  getLocale = (): string => 'en-US';
  setAppUserModelId = (): void => undefined;
  setBadgeCount(count: number): boolean {
    this.badge = count;
    return true;
  }
  getBadgeCount = (): number => this.badge;

  getPath(name: string): string {
    return this.#paths.get(name) ?? '';
  }

  setPath(name: string, path: string): void {
    if (!existsSync(path)) throw new Error(`Failed to set path: ${path} does not exist`);
    this.#paths.set(name, path);
  }

  /** By a file with the holder's process id; a second instance leaves what it has to say beside it. */
  requestSingleInstanceLock(data: unknown): boolean {
    const name = createHash('sha256').update(this.getPath('userData')).digest('hex').slice(0, 16);
    const folder = join(tmpdir(), `shoal-double-${name}`);
    mkdirSync(folder, { recursive: true });
    const lock = join(folder, 'holder');
    if (existsSync(lock) && isRunning(Number(readFileSync(lock, 'utf8')))) {
      const said = { argv: process.argv, folder: process.cwd(), data };
      writeFileSync(join(folder, `${process.pid}.new`), JSON.stringify(said));
      renameSync(join(folder, `${process.pid}.new`), join(folder, `${process.pid}.said`));
      return false;
    }
    writeFileSync(lock, String(process.pid));
    watch(folder, () => this.#hear(folder)).unref();
    process.on('exit', () => rmSync(folder, { recursive: true, force: true }));
    return true;
  }

  #hear(folder: string): void {
    if (!existsSync(folder)) return;
    for (const name of readdirSync(folder).filter((file) => file.endsWith('.said'))) {
      const said = JSON.parse(readFileSync(join(folder, name), 'utf8'));
      rmSync(join(folder, name));
      this.emit('second-instance', new DoubleEvent(), said.argv, said.folder, said.data);
    }
  }
}

function isRunning(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

export const app = new App();
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => app.quit());
