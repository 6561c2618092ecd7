import { toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import type { Gathering, VoteTeller } from './gathering.ts';
import type { JudgedFile } from './judged-file.ts';

/** Names those who may know what a file is, as it finds them; resolves when there are no more, or `signal` aborts. */
export type FindTellers = (file: JudgedFile, found: (teller: VoteTeller) => void, signal: AbortSignal) => Promise<void>;

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly findTellers: FindTellers;
  readonly gathering: Pick<Gathering, 'heard' | 'isFresh'>;
  /** Files of which the user said something. */
  readonly judged: () => readonly JudgedFile[];
};

/** Searches for tellers at once: who turns pages of results must not use up the searches of downloads. */
const AT_ONCE = 2;
/** Files that wait to be looked at; the one that waits longest gives way. */
const MAX_WAITING = 50;
const LOOK_MS = 20_000;

/** Looks for votes on one file after the other: on those that the user looks at, and now and then on one that he judged. */
export class Looks {
  readonly #deps: Deps;
  readonly #waiting: JudgedFile[] = [];
  readonly #stopping = new AbortController();
  #running = 0;
  #reviewed = 0;
  #timer: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#timer = this.#deps.clock.setTimer(this.#deps.settings()['votes.review'], () => {
      this.#review();
      this.start();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#stopping.abort();
    this.#waiting.length = 0;
  }

  /** Nothing when that was done within a few minutes. */
  look(file: JudgedFile): void {
    const isWaiting = this.#waiting.some(({ hash, size }) => hash === file.hash && size === file.size);
    if (this.#stopping.signal.aborted || isWaiting || this.#deps.gathering.isFresh(file)) return;
    this.#waiting.push({ hash: file.hash, size: file.size });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#next();
  }

  /** One of the files that the user judged: those who voted there become known by it. */
  #review(): void {
    const judged = this.#deps.judged();
    const file = judged[this.#reviewed++ % Math.max(1, judged.length)];
    if (file) this.look(file);
  }

  #next(): void {
    if (this.#running >= AT_ONCE) return;
    const file = this.#waiting.pop();
    if (!file) return;
    this.#running++;
    this.#search(file)
      .catch((thrown: unknown) => this.#deps.logger.debug('no look at votes', { why: toAppError(thrown).message }))
      .finally(() => {
        this.#running--;
        this.#next();
      });
    this.#next();
  }

  async #search(file: JudgedFile): Promise<void> {
    const { clock, findTellers, gathering } = this.#deps;
    const late = new AbortController();
    const timer = clock.setTimer(LOOK_MS, () => late.abort());
    const found = (teller: VoteTeller) => gathering.heard(file, teller);
    try {
      await findTellers(file, found, AbortSignal.any([this.#stopping.signal, late.signal]));
    } finally {
      timer.cancel();
    }
  }
}
