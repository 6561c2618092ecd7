import { Menu, type MenuItemConstructorOptions, type NativeImage, Tray } from 'electron';
import { formatBytes } from '../headless/format.ts';
import { fill, type Texts } from './texts/texts-for.ts';
import { NO_TRANSFERS, type TransferSums } from './transfer-watch.ts';

type Deps = {
  readonly icon: NativeImage;
  readonly texts: () => Texts;
  readonly onShow: () => void;
  readonly onPause: (isPaused: boolean) => void;
  readonly onQuit: () => void;
};

/** The icon in the tray, with the speeds and what can be done without the window. */
export class TrayIcon {
  readonly #deps: Deps;
  #tray: Tray | undefined;
  /** What is shown, as text: Linux needs a whole new menu for every change. */
  #shown = '';

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    this.#tray = new Tray(this.#deps.icon);
    this.#tray.on('click', () => this.#deps.onShow());
    this.update(NO_TRANSFERS);
  }

  /** Idempotent. */
  stop(): void {
    this.#tray?.destroy();
    this.#tray = undefined;
  }

  update(sums: TransferSums): void {
    const texts = this.#deps.texts();
    const rates = fill(texts.rates, { down: formatBytes(sums.downRate), up: formatBytes(sums.upRate) });
    const shown = [texts.show, rates, sums.canPause, sums.canResume].join();
    if (!this.#tray || shown === this.#shown) return;
    this.#shown = shown;
    this.#tray.setToolTip(`Shoal: ${rates}`);
    this.#tray.setContextMenu(Menu.buildFromTemplate(this.#template(texts, rates, sums)));
  }

  #template(texts: Texts, rates: string, { canPause, canResume }: TransferSums): MenuItemConstructorOptions[] {
    const { onShow, onPause, onQuit } = this.#deps;
    return [
      { id: 'show', label: texts.show, click: onShow },
      { id: 'rates', label: rates, enabled: false },
      { type: 'separator' },
      { id: 'pause', label: texts.pauseAll, enabled: canPause, click: () => onPause(true) },
      { id: 'resume', label: texts.resumeAll, enabled: canResume, click: () => onPause(false) },
      { type: 'separator' },
      { id: 'quit', label: texts.quit, click: onQuit },
    ];
  }
}
