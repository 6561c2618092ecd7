import { app, BrowserWindow, session, type WebContents } from 'electron';
import type { CommandOutputs, EngineApi } from '../contract/api.ts';
import type { Settings } from '../contract/settings.ts';
import { PageFiles } from '../face/page-files.ts';
import type { AppPeer } from './app-peer.ts';
import { readIcons } from './icons.ts';
import { PageChannel } from './ipc.ts';
import { openLinks } from './links.ts';
import { LocalSeeds } from './local-seeds.ts';
import { setApplicationMenu } from './menu.ts';
import { Notifications } from './notifications.ts';
import { OwnFiles } from './own-files.ts';
import { MEDIA_SCHEME } from './page-address.ts';
import { PowerSave } from './power-save.ts';
import { serveSchemes } from './protocol.ts';
import { SessionEnd } from './session-end.ts';
import { guardSession } from './session-rules.ts';
import { makeShellHandlers } from './shell-handlers.ts';
import type { StartedWith } from './single-instance.ts';
import { type Texts, textsFor } from './texts/texts-for.ts';
import { NO_TRANSFERS, type TransferSums, TransferWatch } from './transfer-watch.ts';
import { TrayIcon } from './tray.ts';
import { MainWindow } from './window.ts';
import { WindowStateFile } from './window-state.ts';

/** What a desktop needs beside its peer. */
export type DesktopParts = {
  readonly version: string;
  readonly pageFolder: string;
  readonly iconFolder: string;
  readonly preload: string;
  /** The language that the user chose; one without texts: the system's. */
  readonly pageLanguage: (settings: Settings) => string;
  readonly addList: (api: EngineApi, xml: string) => Promise<CommandOutputs['list.import']>;
};
type Deps = { readonly parts: DesktopParts; readonly peer: AppPeer; readonly isQuitting: () => boolean };

/** The application around a running peer: window, tray, menu, notifications, and what joins them. */
export class Desktop {
  readonly #deps: Deps;
  readonly #channel: PageChannel;
  readonly #window: MainWindow;
  readonly #tray: TrayIcon;
  readonly #notifications: Notifications;
  readonly #localSeeds: LocalSeeds;
  readonly #watch: TransferWatch;
  readonly #powerSave = new PowerSave();
  readonly #sessionEnd: SessionEnd;
  #sums: TransferSums = NO_TRANSFERS;
  #menuTexts: Texts | undefined;

  constructor(deps: Deps) {
    const { parts, peer } = deps;
    const { engine: api, logger } = peer;
    this.#deps = deps;
    const icons = readIcons(parts.iconFolder, process.platform);
    const files = new OwnFiles({ api, isPassive: async (target) => (await api.query('media.type', target)).mayOpen });
    const texts = () => textsFor(parts.pageLanguage(peer.settings.get()), app.getLocale());
    const onShow = () => void this.show();
    const onTrouble = (error: unknown) => this.#warn(error);
    this.#channel = new PageChannel({
      api,
      logger,
      shell: (sender: WebContents) => makeShellHandlers({ files, texts, dragIcon: icons.drag }, sender),
    });
    this.#window = new MainWindow({
      ...{ preload: parts.preload, version: parts.version, icon: icons.window },
      state: new WindowStateFile(peer.files, peer.folder.path),
      mayHide: () => this.#mayHide(),
      isQuitting: deps.isQuitting,
      onClosed: () => this.#closed(),
      onPage: (contents) => this.#channel.attach(contents),
    });
    this.#tray = new TrayIcon({
      ...{ icon: icons.tray, texts, onShow, onQuit: () => app.quit() },
      onPause: (isPaused) => void this.#watch.setPaused(isPaused).catch(onTrouble),
    });
    this.#notifications = new Notifications({ api, texts, onShow, onTrouble });
    this.#sessionEnd = new SessionEnd(deps.isQuitting);
    this.#localSeeds = new LocalSeeds({ api, texts, onTrouble, showWindow: () => this.#window.show() });
    this.#watch = new TransferWatch({ api, onTrouble, onSums: (sums) => this.#update(sums, texts()) });
  }

  /** Everything but the window. Fails with page.missing. */
  async start(): Promise<void> {
    const { parts, peer } = this.#deps;
    const page = await PageFiles.read(parts.pageFolder, { media: `${MEDIA_SCHEME}:` });
    guardSession(session.defaultSession);
    serveSchemes(session.defaultSession.protocol, page, peer.engine);
    this.#channel.start();
    this.#tray.start();
    this.#notifications.start();
    this.#watch.start();
    this.#sessionEnd.start(process.platform);
    // Unheard, it would end the application; the window itself tells when it is gone, for the one of SessionEnd stays.
    app.on('window-all-closed', () => undefined);
    app.on('activate', () => void this.show());
  }

  async show(): Promise<void> {
    try {
      await this.#window.show();
    } catch (error) {
      this.#warn(error);
    }
  }

  /** What this or another instance was started with: its links are added; without any, or beside them, the window is wanted. */
  async take({ words, workingFolder }: StartedWith, isHidden = false): Promise<void> {
    const { parts, peer, isQuitting } = this.#deps;
    if (isQuitting()) return;
    const { engine: api, files } = peer;
    const addList = (xml: string) => parts.addList(api, xml);
    if (!isHidden) void this.show();
    const local = await openLinks(
      { api, files, addList, onTrouble: (error) => this.#notifications.linkFailed(error) },
      words,
      workingFolder,
    );
    this.#localSeeds.add(local);
  }

  /** Ends everything that the user sees, and writes down how it was; the peer is the caller's to stop. */
  async stop(): Promise<void> {
    this.#watch.stop();
    this.#localSeeds.stop();
    this.#notifications.stop();
    this.#powerSave.stop();
    this.#tray.stop();
    this.#sessionEnd.stop();
    await this.#window.settle();
    this.#channel.stop();
    for (const window of BrowserWindow.getAllWindows()) window.destroy();
  }

  #closed(): void {
    // The quit itself destroys the window: asked again, it would take that for an impatient user.
    if (this.#deps.isQuitting()) return;
    if (process.platform !== 'darwin' && !this.#mayHide()) app.quit();
  }

  #mayHide(): boolean {
    const { isQuitting, peer } = this.#deps;
    return !isQuitting() && (this.#sums.isTransferring || peer.settings.get()['app.close-to-tray']);
  }

  #update(sums: TransferSums, texts: Texts): void {
    this.#sums = sums;
    this.#tray.update(sums);
    this.#powerSave.set(sums.isTransferring);
    if (texts === this.#menuTexts) return;
    this.#menuTexts = texts;
    setApplicationMenu(texts, process.platform);
  }

  #warn(error: unknown): void {
    if (this.#deps.isQuitting()) return;
    this.#deps.peer.logger.warn('the desktop failed', { why: error instanceof Error ? error.message : String(error) });
  }
}
