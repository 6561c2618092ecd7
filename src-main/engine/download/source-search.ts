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

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#wakeup = new Wakeup(deps.clock);
  }

  /** A source was lost or none is left. */
  hurry(): void {
    this.#wakeup.notify();
  }

  /** Runs until aborted; never rejects. */
  async run(signal: AbortSignal): Promise<void> {
    const { settings, logger, hash } = this.#deps;
    let pauseMs = settings()['download.search-min'];
    while (!signal.aborted) {
      await this.#round(pauseMs, signal).catch((error: unknown) => {
        if (!signal.aborted) logger.error('search for sources failed', { hash, error });
      });
      pauseMs = Math.min(2 * pauseMs, settings()['download.search-max']);
    }
  }

  async #round(pauseMs: number, signal: AbortSignal): Promise<void> {
    const { clock, random, settings, findSources, hash, size, found } = this.#deps;
    // Hurry or not: sources that fail one after the other must not become a stream of searches.
    const leastMs = Math.min(pauseMs, settings()['download.retry-min']);
    const least = clock.sleep(leastMs, signal);
    await Promise.all([findSources({ hash, size: size() }, found, signal), least]);
    await this.#wakeup.wait((pauseMs - leastMs) * (0.75 + 0.5 * random.float()), signal);
  }
}
