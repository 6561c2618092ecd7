import {
  BrowserWindow,
  type BrowserWindowConstructorOptions,
  type NativeImage,
  screen,
  type WebContents,
} from 'electron';
import { VERSION_ARGUMENT } from '../preload/channels.ts';
import { PAGE_URL } from './page-address.ts';
import { MIN_SIZE, placeWindow, type WindowStateFile } from './window-state.ts';

type Deps = {
  readonly preload: string;
  readonly version: string;
  readonly icon: NativeImage;
  readonly state: WindowStateFile;
  /** Whether closing it only hides it. */
  readonly mayHide: () => boolean;
  /** Then none is made or shown. */
  readonly isQuitting: () => boolean;
  readonly onClosed: () => void;
  /** A new page, before anything is loaded. */
  readonly onPage: (contents: WebContents) => void;
};

/** A window that is moved or resized is written down when it has rested for this long. */
const REST_MS = 500;

/** The application's window: made when it is first shown, hidden or closed by its user, shown again when asked for. */
export class MainWindow {
  readonly #deps: Deps;
  #window: BrowserWindow | undefined;
  #opening: Promise<void> | undefined;
  #resting: NodeJS.Timeout | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Resolves when its page is loaded and it is in front; with undefined when nobody needs it any more. */
  async show(): Promise<BrowserWindow | undefined> {
    this.#opening ??= this.#open().finally(() => {
      this.#opening = undefined;
    });
    await this.#opening;
    const window = this.#window;
    if (!window || this.#deps.isQuitting()) return undefined;
    if (window.isMinimized()) window.restore();
    window.show();
    window.focus();
    return window;
  }

  hide(): void {
    this.#window?.hide();
  }

  async #open(): Promise<void> {
    if (this.#window) return;
    const stored = await this.#deps.state.read();
    if (this.#deps.isQuitting()) return;
    const areas = screen.getAllDisplays().map(({ workArea }) => workArea);
    const { size, place, isMaximized } = placeWindow(stored, areas);
    const window = new BrowserWindow({ ...this.#options(), ...size, ...place });
    this.#window = window;
    if (isMaximized) window.maximize();
    this.#follow(window);
    this.#deps.onPage(window.webContents);
    await window.loadURL(PAGE_URL);
  }

  #options(): BrowserWindowConstructorOptions {
    const { preload, version, icon } = this.#deps;
    return {
      minWidth: MIN_SIZE.width,
      minHeight: MIN_SIZE.height,
      show: false,
      autoHideMenuBar: true,
      title: 'Shoal',
      icon,
      webPreferences: {
        preload,
        contextIsolation: true,
        sandbox: true,
        nodeIntegration: false,
        webviewTag: false,
        // Dictionaries would be fetched.
        spellcheck: false,
        additionalArguments: [`${VERSION_ARGUMENT}${version}`],
      },
    };
  }

  #follow(window: BrowserWindow): void {
    const changed = () => {
      clearTimeout(this.#resting);
      this.#resting = setTimeout(() => this.#write(window), REST_MS);
    };
    window.on('resize', changed);
    window.on('move', changed);
    window.on('maximize', changed);
    window.on('unmaximize', changed);
    window.on('close', (event) => {
      this.#write(window);
      if (!this.#deps.mayHide()) return;
      event.preventDefault();
      window.hide();
    });
    window.once('closed', () => {
      clearTimeout(this.#resting);
      this.#window = undefined;
      this.#deps.onClosed();
    });
    // Whoever looks at a window without a page can do nothing else about it.
    window.webContents.on('render-process-gone', (_event, { reason }) => {
      if (reason !== 'clean-exit' && !window.isDestroyed()) window.destroy();
    });
  }

  /** Writes down where it is; the quit calls it too. */
  #write(window: BrowserWindow): void {
    clearTimeout(this.#resting);
    if (window.isDestroyed()) return;
    this.#deps.state.write({ bounds: window.getNormalBounds(), isMaximized: window.isMaximized() });
  }

  /** Resolves when its place is on disk. */
  async settle(): Promise<void> {
    if (this.#window) this.#write(this.#window);
    await this.#deps.state.settled();
  }
}
