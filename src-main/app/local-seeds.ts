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

/** Hosts that a question names, and that its answer holds for; of further ones another is asked. */
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
      await this.#try(() => this.#askAbout(seeds));
    }
    this.#isAsking = false;
  }

  /** A no holds for those that were not named yet too: nobody is asked a hundred times about one list. */
  async #askAbout(seeds: readonly LocalSeed[]): Promise<void> {
    let left = seeds;
    while (left.length > 0) {
      const hosts = new Set([...new Set(left.map(hostOf))].slice(0, MOST_NAMED));
      if (!(await this.#isAllowed([...hosts]))) return;
      for (const seed of left) if (hosts.has(hostOf(seed))) await this.#try(() => this.#allow(seed));
      left = left.filter((seed) => !hosts.has(hostOf(seed)));
    }
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

  async #isAllowed(hosts: readonly string[]): Promise<boolean> {
    const { texts, showWindow } = this.#deps;
    const { signal } = this.#abort;
    const { confirmLocal, allow, cancel } = texts();
    const options: MessageBoxOptions = {
      ...{ type: 'question', message: fill(confirmLocal, { host: hosts.join(', ') }), signal },
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

const hostOf = ({ url }: LocalSeed): string => shortSource(url);
