import { type BrowserWindow, dialog, type MessageBoxOptions } from 'electron';
import type { EngineApi } from '../contract/api.ts';
import { shortSource } from '../contract/web-url.ts';
import type { LocalSeed } from './links.ts';
import { fill, type Texts } from './texts/texts-for.ts';

type Deps = {
  readonly api: EngineApi;
  readonly texts: () => Texts;
  /** Brings the application's window to the front; undefined when there can be none. */
  readonly showWindow: () => Promise<BrowserWindow | undefined>;
  readonly onTrouble: (error: unknown) => void;
};

/** Hosts that a question names; of more it is said that there are. */
const MOST_NAMED = 3;
/** Web servers that wait for an answer; what is beyond stays refused, and may be allowed at each download. */
const MOST_WAITING = 1000;
const ALLOW = 1;

/**
 * Asks about web servers in a local network that links and lists from outside name: unasked, whoever wrote one would have this peer ask the
 * machines there. One question at a time.
 */
export class LocalSeeds {
  readonly #deps: Deps;
  readonly #abort = new AbortController();
  #waiting: LocalSeed[] = [];
  #isAsking = false;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Returns at once: nothing may wait for a user. */
  add(seeds: readonly LocalSeed[]): void {
    this.#waiting.push(...seeds.slice(0, MOST_WAITING - this.#waiting.length));
    if (!this.#isAsking) void this.#askAll();
  }

  /** Takes an open question back. Idempotent. */
  stop(): void {
    this.#waiting = [];
    this.#abort.abort();
  }

  async #askAll(): Promise<void> {
    this.#isAsking = true;
    while (this.#waiting.length > 0) {
      const seeds = this.#waiting.splice(0);
      await this.#try(async () => {
        if (await this.#isAllowed(seeds)) for (const seed of seeds) await this.#try(() => this.#allow(seed));
      });
    }
    this.#isAsking = false;
  }

  /** What fails is told of, and the others go on. */
  async #try(task: () => Promise<unknown>): Promise<void> {
    try {
      await task();
    } catch (error) {
      this.#deps.onTrouble(error);
    }
  }

  async #allow({ id, url }: LocalSeed): Promise<void> {
    await this.#deps.api.command('download.allow-local', { id, url });
  }

  async #isAllowed(seeds: readonly LocalSeed[]): Promise<boolean> {
    const { texts, showWindow } = this.#deps;
    const { signal } = this.#abort;
    const { confirmLocal, allow, cancel } = texts();
    const options: MessageBoxOptions = {
      ...{ type: 'question', message: fill(confirmLocal, { host: hostsOf(seeds) }), signal },
      // What is pressed without reading allows nothing.
      ...{ buttons: [cancel, allow], defaultId: 0, cancelId: 0, noLink: true },
    };
    // Without a window, macOS lets nothing else run until it is answered.
    const window = await showWindow();
    if (!window || signal.aborted) return false;
    const { response } = await dialog.showMessageBox(window, options);
    return response === ALLOW && !signal.aborted;
  }
}

function hostsOf(seeds: readonly LocalSeed[]): string {
  const hosts = [...new Set(seeds.map(({ url }) => shortSource(url)))];
  const named = hosts.slice(0, MOST_NAMED).join(', ');
  return hosts.length > MOST_NAMED ? `${named} …` : named;
}
