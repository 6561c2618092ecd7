import type { ContentHash } from '../../contract/ids.ts';
import type { DownloadDeps } from './download-deps.ts';
import type { FoundSource } from './source.ts';
import { Wakeup } from './wakeup.ts';

type Deps = Pick<DownloadDeps, 'clock' | 'random' | 'settings' | 'findSources' | 'logger'> & {
  readonly hash: ContentHash;
  readonly size: () => number | undefined;
  readonly found: (source: FoundSource) => void;
};

/** Looks for further sources of one file by hash: at once, then again and again with growing pauses; `hurry` ends a pause. */
export class SourceSearch {
  readonly #deps: Deps;
  readonly #wakeup: Wakeup;
  /** The user asks: nothing holds a search back. */
  readonly #asked: Wakeup;
  #pauseMs = 0;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
    this.#asked = new Wakeup(deps.clock);
  }

  /** A source was lost or none is left. */
  hurry(): void {
    this.#wakeup.notify();
  }

  /** The user wants a search at once, and short pauses after it. */
  now(): void {
    this.#pauseMs = this.#deps.settings()['download.search-min'] / 2;
    this.#asked.notify();
    this.#wakeup.notify();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, logger, hash } = this.#deps;
    this.#pauseMs = settings()['download.search-min'];
    while (!signal.aborted) {
      await this.#round(this.#pauseMs, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error('search for sources failed', { hash, error });
      });
      this.#pauseMs = Math.min(2 * this.#pauseMs, settings()['download.search-max']);
    }
  }

  async #round(pauseMs: number, signal: AbortSignal): Promise<void> {
    const { random, settings, findSources, hash, size, found } = this.#deps;
    // Hurry or not: sources that fail one after the other must not become a stream of searches.
    const leastMs = Math.min(pauseMs, settings()['download.retry-min']);
    const least = this.#asked.wait(leastMs, signal);
    await Promise.all([findSources({ hash, size: size() }, found, signal), least]);
    await this.#wakeup.wait((pauseMs - leastMs) * (0.75 + 0.5 * random.float()), signal);
  }
}
