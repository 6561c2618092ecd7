import { EventEmitter } from 'node:events';
import { existsSync } from 'node:fs';

/** The parts of Electron that only the desktop sees: they remember what they were told. */

export class NativeImage {
  readonly path: string;
  constructor(path: string) {
    this.path = path;
  }
  isEmpty(): boolean {
    return !existsSync(this.path);
  }
}
export const nativeImage = { createFromPath: (path: string) => new NativeImage(path) };

/** Fails where Electron would show nothing, or refuse. */
export function needImage(image: NativeImage, what: string): void {
  if (image.isEmpty()) throw new Error(`${what} needs a picture, ${image.path} is none`);
}

type Template = {
  readonly id?: string;
  readonly label?: string;
  readonly role?: string;
  readonly type?: string;
  readonly enabled?: boolean;
  readonly click?: (item: MenuItem, window?: unknown) => void;
  readonly submenu?: readonly Template[];
};

export class MenuItem {
  readonly id: string | undefined;
  readonly label: string;
  readonly role: string | undefined;
  readonly type: string;
  readonly enabled: boolean;
  readonly submenu: Menu | undefined;
  readonly click: () => void;

  constructor({ id, label = '', role, type = 'normal', enabled = true, click, submenu }: Template) {
    this.id = id;
    this.label = label;
    this.role = role;
    this.type = type;
    this.enabled = enabled;
    this.submenu = submenu && Menu.buildFromTemplate(submenu);
    this.click = () => click?.(this);
  }
}

export class Menu {
  static #application: Menu | null = null;
  readonly items: readonly MenuItem[];

  constructor(items: readonly MenuItem[] = []) {
    this.items = items;
  }
  static buildFromTemplate(template: readonly Template[]): Menu {
    return new Menu(template.map((one) => new MenuItem(one)));
  }
  static setApplicationMenu(menu: Menu | null): void {
    Menu.#application = menu;
  }
  static getApplicationMenu(): Menu | null {
    return Menu.#application;
  }
  getMenuItemById(id: string): MenuItem | null {
    return this.items.find((item) => item.id === id) ?? null;
  }
}

/** Windows alone has a use for one. */
export class BaseWindow extends EventEmitter {
  destroy(): void {}
}

export class Tray extends EventEmitter {
  constructor(image: NativeImage) {
    super();
    needImage(image, 'a tray');
  }
  setToolTip(_text: string): void {}
  setContextMenu(_menu: Menu | null): void {}
  destroy(): void {}
}

export class Notification extends EventEmitter {
  readonly title: string;
  readonly body: string;
  constructor({ title, body }: { readonly title: string; readonly body: string }) {
    super();
    this.title = title;
    this.body = body;
  }
  static isSupported(): boolean {
    return true;
  }
  show(): void {}
}

const blockers = new Set<number>();
let started = 0;
export const powerSaveBlocker = {
  start(_type: string): number {
    started += 1;
    blockers.add(started);
    return started;
  },
  stop: (id: number): boolean => blockers.delete(id),
  isStarted: (id: number): boolean => blockers.has(id),
};

/** Nobody has touched the machine for as long as the process runs. */
export const powerMonitor = {
  getSystemIdleTime: (): number => Math.floor(performance.now() / 1000),
  isOnBatteryPower: (): boolean => false,
};

export const shell = {
  openPath: async (_path: string): Promise<string> => '',
  showItemInFolder: (_path: string): void => undefined,
};

export const dialog = {
  showOpenDialog: async (): Promise<{ canceled: boolean; filePaths: string[] }> => ({ canceled: true, filePaths: [] }),
  /** Nobody answers, so the window is closed. */
  showMessageBox: async (...given: readonly unknown[]): Promise<{ response: number }> => ({
    response: (given.at(-1) as { readonly cancelId: number }).cancelId,
  }),
  showErrorBox: (title: string, text: string): void => void process.stderr.write(`${title}: ${text}\n`),
};

export const screen = {
  getAllDisplays: () => [{ workArea: { x: 0, y: 0, width: 1920, height: 1080 } }],
};
