import { EventEmitter } from 'node:events';
import { readFileSync } from 'node:fs';
import { type Browser, type CDPSession, chromium, type Page } from 'playwright-core';
import { app, DoubleEvent } from './app.ts';
import { type NativeImage, needImage } from './desktop.ts';
import { session } from './session.ts';

type Rectangle = { readonly x: number; readonly y: number; readonly width: number; readonly height: number };
type Preferences = { readonly preload: string; readonly additionalArguments?: readonly string[] };
type Options = Partial<Rectangle> & { readonly icon: NativeImage; readonly webPreferences: Preferences };
type Handler = (event: unknown, ...input: unknown[]) => unknown;
type Frame = { readonly url: string; readonly origin: string };
type OpenHandler = (details: { readonly url: string }) => { readonly action: 'allow' | 'deny' };

const WORLD = 'electron double';
const WORLDS = readFileSync(new URL('worlds.js', import.meta.url), 'utf8');

const handlers = new Map<string, Handler>();
export const ipcMain = {
  handle: (channel: string, handler: Handler): void => void handlers.set(channel, handler),
  removeHandler: (channel: string): void => void handlers.delete(channel),
};

/** Chromium knows no scheme of ours: `shoal-page://app/x` is `https://app.shoal-page.invalid/x` there. */
const toChromium = (url: string): string => url.replace(/^(shoal-\w+):\/\/([\w.]+)/, 'https://$2.$1.invalid');
const fromChromium = (url: string): string => url.replace(/^https:\/\/([\w.]+)\.(shoal-\w+)\.invalid/, '$2://$1');

const toChromiumHeader = (value: string): string =>
  toChromium(value).replaceAll(/ shoal-media:/g, ' https://app.shoal-media.invalid');

let browser: Promise<Browser> | undefined;
const openPage = async (): Promise<Page> => {
  browser ??= chromium.connectOverCDP(String(process.env.DOUBLE_BROWSER));
  return (await (await browser).newContext({ viewport: null })).newPage();
};

export class WebContents extends EventEmitter {
  readonly preferences: Preferences;
  readonly session = session.defaultSession;
  readonly mainFrame = { url: '', origin: 'null' };
  /** Where frames run their part of the preload world, by execution context. */
  readonly #worlds = new Map<number, string>();
  #page: Page | undefined;
  #cdp: CDPSession | undefined;
  #mainFrameId = '';
  #onOpen: OpenHandler = () => ({ action: 'allow' });
  #isLoading = false;
  #isDestroyed = false;

  constructor(preferences: Preferences) {
    super();
    this.preferences = preferences;
    app.emit('web-contents-created', new DoubleEvent(), this);
  }

  isDestroyed = (): boolean => this.#isDestroyed;
  getURL = (): string => this.mainFrame.url;
  getLastWebPreferences = (): Preferences => this.preferences;

  setWindowOpenHandler(handler: OpenHandler): void {
    this.#onOpen = handler;
  }

  startDrag({ file, icon }: { readonly file: string; readonly icon: NativeImage }): void {
    if (file === '') throw new Error('startDrag needs a file');
    needImage(icon, 'startDrag');
  }

  send(channel: string, ...input: unknown[]): void {
    for (const [context, frame] of this.#worlds) {
      if (frame === this.#mainFrameId) this.#receive(context, { channel, input });
    }
  }

  async load(url: string): Promise<void> {
    const page = await openPage();
    this.#page = page;
    this.#cdp = await page.context().newCDPSession(page);
    await this.#prepare(this.#cdp);
    page.on('popup', (popup) => {
      if (this.#onOpen({ url: popup.url() }).action === 'deny') void popup.close();
    });
    this.emit('did-start-navigation', { isMainFrame: true, isSameDocument: false, url });
    this.#isLoading = true;
    await page.goto(toChromium(url));
    this.#isLoading = false;
  }

  /** Runs an expression in the page. */
  evaluate(expression: string): Promise<unknown> {
    if (!this.#page) throw new Error('no page');
    return this.#page.evaluate(expression);
  }

  /** A message from a new frame in the page, as if a preload script ran there. */
  async invokeFromFrame(channel: string, message: unknown): Promise<unknown> {
    await this.evaluate(
      "new Promise((done) => { const frame = document.createElement('iframe'); frame.onload = done; document.body.append(frame); })",
    );
    const world = [...this.#worlds].find(([, frame]) => frame !== this.#mainFrameId);
    if (!world || !this.#cdp) throw new Error('the frame has no world');
    const expression = `doubleInvoke(${JSON.stringify(channel)}, ${JSON.stringify(message)})`;
    const options = { contextId: world[0], awaitPromise: true, returnByValue: true };
    return (await this.#cdp.send('Runtime.evaluate', { expression, ...options })).result.value;
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    this.emit('destroyed');
    void this.#page?.close().catch(() => undefined);
  }

  async #prepare(cdp: CDPSession): Promise<void> {
    cdp.on('Runtime.executionContextCreated', ({ context }) => {
      if (context.name === WORLD) this.#worlds.set(context.id, String(context.auxData?.frameId));
    });
    cdp.on('Runtime.executionContextDestroyed', ({ executionContextId }) => this.#worlds.delete(executionContextId));
    cdp.on('Runtime.executionContextsCleared', () => this.#worlds.clear());
    cdp.on('Runtime.bindingCalled', ({ executionContextId, payload }) => void this.#hear(executionContextId, payload));
    cdp.on('Fetch.requestPaused', (paused) => void this.#answer(cdp, paused).catch(() => undefined));
    await cdp.send('Page.enable');
    this.#mainFrameId = (await cdp.send('Page.getFrameTree')).frameTree.frame.id;
    await cdp.send('Runtime.enable');
    await cdp.send('Runtime.addBinding', { name: 'doubleSend', executionContextName: WORLD });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: `{${WORLDS}; startPageWorld()}` });
    await cdp.send('Page.addScriptToEvaluateOnNewDocument', { source: this.#preloadScript(), worldName: WORLD });
    await cdp.send('Fetch.enable', { patterns: [{ urlPattern: '*' }] });
  }

  #preloadScript(): string {
    const { preload, additionalArguments = [] } = this.preferences;
    const run = `(require, process) => { const exports = {}; const module = { exports }; ${readFileSync(preload, 'utf8')}\n}`;
    return `{${WORLDS}; startPreloadWorld(${run}, ${JSON.stringify(additionalArguments)}, ${JSON.stringify(process.platform)})}`;
  }

  async #hear(context: number, payload: string): Promise<void> {
    const { id, channel, input } = JSON.parse(payload);
    const isMain = this.#worlds.get(context) === this.#mainFrameId;
    const senderFrame: Frame = isMain ? this.mainFrame : { url: 'about:blank', origin: 'null' };
    try {
      const handler = handlers.get(channel);
      if (!handler) throw new Error(`No handler registered for '${channel}'`);
      this.#receive(context, { id, value: await handler({ sender: this, senderFrame }, ...input) });
    } catch (error) {
      this.#receive(context, { id, error: String(error) });
    }
  }

  #receive(context: number, message: unknown): void {
    const expression = `doubleReceive(${JSON.stringify(message)})`;
    // A page that is gone hears nothing.
    void this.#cdp?.send('Runtime.evaluate', { expression, contextId: context }).catch(() => undefined);
  }

  async #answer(cdp: CDPSession, paused: Paused): Promise<void> {
    const { requestId, request, resourceType, frameId } = paused;
    const url = fromChromium(request.url);
    const isMainFrame = frameId === this.#mainFrameId;
    const isRefused = resourceType === 'Document' && !this.#mayNavigate(url, isMainFrame);
    const response = isRefused ? undefined : await this.session.answer(url, request.headers);
    if (!response) {
      await cdp.send('Fetch.failRequest', { requestId, errorReason: isRefused ? 'Aborted' : 'BlockedByClient' });
      return;
    }
    if (resourceType === 'Document' && isMainFrame) this.mainFrame.url = url;
    await cdp.send('Fetch.fulfillRequest', {
      requestId,
      responseCode: response.status,
      responseHeaders: [...response.headers].map(([name, value]) => ({ name, value: toChromiumHeader(value) })),
      body: Buffer.from(await response.arrayBuffer()).toString('base64'),
    });
  }

  /** What the shell itself loads asks nobody. */
  #mayNavigate(url: string, isMainFrame: boolean): boolean {
    if (this.#isLoading && isMainFrame) return true;
    const event = Object.assign(new DoubleEvent(), { url, isMainFrame });
    this.emit('will-frame-navigate', event);
    if (isMainFrame) this.emit('will-navigate', event);
    return !event.defaultPrevented;
  }
}
type Paused = {
  readonly requestId: string;
  readonly request: { readonly url: string; readonly headers: Record<string, string> };
  readonly resourceType: string;
  readonly frameId: string;
};

const windows = new Set<BrowserWindow>();

export class BrowserWindow extends EventEmitter {
  readonly webContents: WebContents;
  #bounds: Rectangle;
  #isVisible = false;
  #isMaximized = false;
  #isDestroyed = false;

  constructor({ x = 100, y = 100, width = 800, height = 600, icon, webPreferences }: Options) {
    super();
    needImage(icon, 'a window');
    this.#bounds = { x, y, width, height };
    this.webContents = new WebContents(webPreferences);
    windows.add(this);
  }

  static getAllWindows = (): BrowserWindow[] => [...windows];
  static fromWebContents = (contents: WebContents): BrowserWindow | null =>
    [...windows].find((window) => window.webContents === contents) ?? null;

  /** The only one there is has the focus while it is seen. */
  static getFocusedWindow = (): BrowserWindow | null => [...windows].find((window) => window.isVisible()) ?? null;

  async loadURL(url: string): Promise<void> {
    await this.webContents.load(url);
    process.send?.({ kind: 'loaded' });
  }

  getBounds = (): Rectangle => this.#bounds;
  getNormalBounds = (): Rectangle => this.#bounds;
  setBounds(bounds: Rectangle): void {
    this.#bounds = bounds;
    this.emit('move');
    this.emit('resize');
  }
  isMaximized = (): boolean => this.#isMaximized;
  maximize(): void {
    this.#isMaximized = true;
    this.emit('maximize');
  }
  unmaximize(): void {
    this.#isMaximized = false;
    this.emit('unmaximize');
  }
  isMinimized = (): boolean => false;
  restore(): void {}
  isVisible = (): boolean => this.#isVisible;
  show(): void {
    this.#isVisible = true;
  }
  hide(): void {
    this.#isVisible = false;
  }
  focus(): void {}
  isDestroyed = (): boolean => this.#isDestroyed;

  close(): void {
    const event = new DoubleEvent();
    this.emit('close', event);
    if (!event.defaultPrevented) this.destroy();
  }

  destroy(): void {
    if (this.#isDestroyed) return;
    this.#isDestroyed = true;
    windows.delete(this);
    this.webContents.destroy();
    this.emit('closed');
    if (windows.size > 0) return;
    if (!app.emit('window-all-closed')) app.quit();
  }
}

app.closeAll = () => {
  for (const window of [...windows]) window.close();
  return windows.size === 0;
};
