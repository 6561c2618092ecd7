import { EventEmitter } from 'node:events';

/** The module `electron` for tests of the application within one process: windows without pages, an end that is only written down. */

/** What happened, in order. */
export const happened: string[] = [];

class App extends EventEmitter {
  readonly #ready = Promise.withResolvers<void>();
  whenReady = (): Promise<void> => this.#ready.promise;
  becomeReady = (): void => this.#ready.resolve();
  setPath(): void {}
  setAppUserModelId(): void {}
  enableSandbox(): void {}
  getLocale = (): string => 'en';
  requestSingleInstanceLock = (): boolean => true;
  quit(): void {
    this.emit('before-quit', { preventDefault: () => undefined });
  }
  exit(status: number): void {
    happened.push(`exit ${status}`);
    this.emit('exited');
  }
}
export const app = new App();

/** For the next application in this process. */
export function reset(): void {
  app.removeAllListeners();
  session.defaultSession.removeAllListeners();
  for (const window of windows) window.destroy();
  happened.length = 0;
}

class WebContents extends EventEmitter {
  isDestroyed = (): boolean => false;
  send(): void {}
}

const windows = new Set<BaseWindow>();

export class BaseWindow extends EventEmitter {
  #isDestroyed = false;
  constructor() {
    super();
    windows.add(this);
  }
  static getAllWindows = (): BaseWindow[] => [...windows];
  isDestroyed = (): boolean => this.#isDestroyed;
  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    windows.delete(this);
    this.emit('closed');
    if (windows.size === 0) app.emit('window-all-closed');
  }
}

export class BrowserWindow extends BaseWindow {
  readonly webContents = new WebContents();
  constructor() {
    super();
    happened.push('window made');
  }
  static override getAllWindows = (): BrowserWindow[] =>
    [...windows].filter((window): window is BrowserWindow => window instanceof BrowserWindow);
  async loadURL(): Promise<void> {}
  getNormalBounds = () => ({ x: 0, y: 0, width: 800, height: 600 });
  isMaximized = (): boolean => false;
  isMinimized = (): boolean => false;
  show(): void {
    happened.push('window shown');
  }
  hide(): void {}
  focus(): void {}
  /** As its user does. */
  close(): void {
    const event = { isPrevented: false, preventDefault: () => undefined };
    event.preventDefault = () => {
      event.isPrevented = true;
    };
    this.emit('close', event);
    if (!event.isPrevented) this.destroy();
  }
}

export const dialog = {
  showErrorBox: (_title: string, text: string): void => void happened.push(`error ${text}`),
  showMessageBox: async (..._given: readonly unknown[]): Promise<{ response: number }> => ({ response: 0 }),
};

const schemes = { registerSchemesAsPrivileged(): void {}, handle(): void {} };
export const protocol = schemes;
class Session extends EventEmitter {
  readonly protocol = schemes;
  readonly webRequest = { onBeforeRequest(): void {} };
  setPermissionRequestHandler(): void {}
  setPermissionCheckHandler(): void {}
  setDevicePermissionHandler(): void {}
}
export const session = { defaultSession: new Session() };

export const ipcMain = { handle(): void {}, removeHandler(): void {} };
export const nativeImage = { createFromPath: (path: string) => ({ path }) };
export const Menu = { setApplicationMenu(): void {}, buildFromTemplate: (template: unknown) => template };
export class Tray extends EventEmitter {
  setToolTip(): void {}
  setContextMenu(): void {}
  destroy(): void {}
}
export class Notification extends EventEmitter {
  static isSupported = (): boolean => false;
}
export const shell = { showItemInFolder(): void {} };
export const screen = { getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }] };
export const powerMonitor = { getSystemIdleTime: () => 0, isOnBatteryPower: () => false };
export const powerSaveBlocker = { start: () => 1, stop: () => true };
