import { app, BaseWindow } from 'electron';

/**
 * Windows ends a session (shutdown, restart, log-off) without `before-quit`: it asks the windows. One that is never shown, and has no page,
 * hears it also while the application's own is hidden or not made yet. The session waits while everything is finished, as long as Windows lets it.
 */
export class SessionEnd {
  readonly #isQuitting: () => boolean;
  #window: BaseWindow | undefined;

  constructor(isQuitting: () => boolean) {
    this.#isQuitting = isQuitting;
  }

  start(platform: string): void {
    if (platform !== 'win32') return;
    this.#window = new BaseWindow({ show: false, title: 'Shoal' });
    this.#window.on('query-session-end', (event) => {
      event.preventDefault();
      // Asked again, it would be taken for an impatient user.
      if (!this.#isQuitting()) app.quit();
    });
  }

  /** Idempotent. */
  stop(): void {
    this.#window?.destroy();
    this.#window = undefined;
  }
}
