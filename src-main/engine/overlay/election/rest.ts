import type { Settings } from '../../../contract/settings.ts';
import type { Clock } from '../../ports/index.ts';

/** How long a peer keeps a role that it chose: twice as long after each change (protocol section 7), so that no role swings. */
export class Rest {
  readonly #deps: { readonly clock: Clock; readonly settings: () => Settings };
  #changes = 0;
  #changedMs = 0;

  constructor(deps: { readonly clock: Clock; readonly settings: () => Settings }) {
    this.#deps = deps;
  }

  /** A change of role that nobody forced. */
  changed(): void {
    const { settings } = this.#deps;
    // After the longest rest all is forgotten.
    if (this.sinceMs >= settings()['election.rest-max']) this.#changes = 0;
    this.#changes++;
    this.#changedMs = this.#deps.clock.monotonicMs();
  }

  get sinceMs(): number {
    return this.#deps.clock.monotonicMs() - this.#changedMs;
  }

  get neededMs(): number {
    if (this.#changes === 0) return 0;
    const settings = this.#deps.settings();
    return Math.min(settings['election.rest-max'], settings['election.rest-min'] * 2 ** (this.#changes - 1));
  }

  get isOver(): boolean {
    return this.sinceMs >= this.neededMs;
  }
}
