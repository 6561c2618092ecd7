import { toAppError } from '../../contract/errors.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import { Pause } from './pause.ts';

type RepeatedWorkDeps = { readonly clock: Clock; readonly random: Random; readonly logger: Logger };
type Work = {
  /** For the log, when a round fails: "probing outside". */
  readonly name: string;
  /** About this long before each round, ms (see Pause). */
  readonly pauseMs: () => number;
  readonly round: (signal: AbortSignal) => Promise<void>;
};

/** Does something again and again until it is stopped; a round that fails is logged, and the next one comes all the same. */
export class RepeatedWork {
  readonly #deps: RepeatedWorkDeps;
  readonly #work: Work;
  readonly #pause: Pause;
  readonly #stopped = new AbortController();
  #loop: Promise<void> = Promise.resolve();

  constructor(deps: RepeatedWorkDeps, work: Work) {
    this.#deps = deps;
    this.#work = work;
    this.#pause = new Pause(deps);
  }

  start(): void {
    this.#loop = this.#run(this.#stopped.signal);
  }

  /** Resolves when the last round has ended. */
  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#pause.end();
    await this.#loop;
  }

  async #run(signal: AbortSignal): Promise<void> {
    const { name, pauseMs, round } = this.#work;
    for (;;) {
      await this.#pause.wait(pauseMs());
      if (signal.aborted) return;
      try {
        await round(signal);
      } catch (thrown) {
        if (!signal.aborted) this.#deps.logger.error(`${name} failed`, { why: toAppError(thrown).message });
      }
    }
  }
}
