import { mkdirSync } from 'node:fs';
import { join } from 'node:path';
import { app, dialog } from 'electron';
import type { PeerTarget } from '../contract/address.ts';
import { errorText, toAppError } from '../contract/errors.ts';
import type { Platform } from '../headless/host.ts';
import { type AppPeer, startAppPeer } from './app-peer.ts';
import { Desktop, type DesktopParts } from './desktop.ts';
import { Inbox } from './inbox.ts';
import { registerSchemes } from './protocol.ts';
import { Quit } from './quit.ts';
import { guardAllContents } from './session-rules.ts';
import { type StartedWith, takeInstance } from './single-instance.ts';
import { readStartWords, type StartWish } from './start-words.ts';
import { textsFor } from './texts/texts-for.ts';
import { UserPresence } from './user-presence.ts';

export type ApplicationParts = DesktopParts & {
  readonly started: StartedWith;
  readonly openPlatform: () => Promise<Platform>;
  readonly builtInSupernodes: readonly PeerTarget[];
};

/** As build/electron-builder.cjs names it: Windows finds the notifications' owner by it. */
const APP_ID = 'io.github.shoal';

/**
 * Runs the application to its end. What must come before Electron is ready is done when this returns: the entry's module must not wait for
 * anything that comes after, for Electron waits for the module.
 */
export function runApplication(parts: ApplicationParts): void {
  try {
    const { words, workingFolder } = parts.started;
    const wish = readStartWords(words, workingFolder);
    prepare(wish.run.dataFolder);
    const inbox = new Inbox();
    inbox.start();
    if (takeInstance(parts.started, (other) => inbox.add(other))) new Application(parts, wish, inbox).run();
    else app.exit(0);
  } catch (error) {
    fail(error);
  }
}

/** Each data folder has a profile of Chromium, and so an instance, of its own. */
function prepare(dataFolder: string): void {
  const profile = join(dataFolder, 'page');
  mkdirSync(profile, { recursive: true, mode: 0o700 });
  app.setPath('userData', profile);
  app.setAppUserModelId(APP_ID);
  app.enableSandbox();
  registerSchemes();
  guardAllContents();
}

class Application {
  readonly #parts: ApplicationParts;
  readonly #wish: StartWish;
  readonly #inbox: Inbox;
  readonly #quit: Quit;
  #peer: AppPeer | undefined;
  #desktop: Desktop | undefined;
  #starting: Promise<void> = Promise.resolve();

  constructor(parts: ApplicationParts, wish: StartWish, inbox: Inbox) {
    this.#parts = parts;
    this.#wish = wish;
    this.#inbox = inbox;
    this.#quit = new Quit({ finish: () => this.#finish(), onTrouble: report });
  }

  run(): void {
    this.#quit.start();
    this.#starting = app.whenReady().then(() => this.#start());
    this.#starting.catch((error: unknown) => this.#fail(error));
  }

  async #start(): Promise<void> {
    const { openPlatform, builtInSupernodes, started } = this.#parts;
    const platform = await openPlatform();
    const deps = { platform, builtInSupernodes, presence: new UserPresence(), onStop: () => app.quit() };
    const peer = await startAppPeer(deps, this.#wish.run);
    this.#peer = peer;
    // Who quits meanwhile wants to see no window that goes at once.
    if (this.#quit.isUnderWay) return;
    const desktop = new Desktop({ parts: this.#parts, peer, isQuitting: () => this.#quit.isUnderWay });
    this.#desktop = desktop;
    await desktop.start();
    await desktop.take(started, this.#wish.isHidden);
    this.#inbox.open((given) => void desktop.take(given));
  }

  async #fail(error: unknown): Promise<void> {
    await this.#finish().catch(report);
    fail(error);
  }

  /** What began to start ends its start first. */
  async #finish(): Promise<void> {
    await this.#starting.catch(() => undefined);
    try {
      await this.#desktop?.stop();
    } finally {
      await this.#peer?.stop();
    }
  }
}

/** The user must see why there is no window. */
function fail(error: unknown): void {
  report(error);
  const text = errorText(toAppError(error));
  dialog.showErrorBox(textsFor(undefined, app.getLocale()).cannotStart, text);
  app.exit(1);
}

function report(error: unknown): void {
  process.stderr.write(`shoal: ${errorText(toAppError(error))}\n`);
}
