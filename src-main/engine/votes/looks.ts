import { toAppError } from '../../contract/errors.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import { setLast } from '../set-last.ts';
import type { Gathering, PassedOn, VoteTeller } from './gathering.ts';
import { type FileKey, fileKey, type JudgedFile } from './judged-file.ts';
import { LookBudget } from './look-budget.ts';

/** Hears what a query by hash brings of votes. */
export type HeardOfVotes = {
  told(votes: PassedOn): void;
  /** So many supernodes more were asked. */
  asked(supernodes: number): void;
};
/** A parent that cannot ask others for votes is named instead: it may be asked itself. */
export type FindVotes = (file: JudgedFile, heard: HeardOfVotes, signal: AbortSignal) => Promise<VoteTeller | undefined>;

type Deps = {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly find: FindVotes;
  readonly heard: Pick<Gathering, 'ask' | 'passedOn'>;
  /** Files of which the user said something. */
  readonly judged: () => readonly JudgedFile[];
};

const AT_ONCE = 2;
/** Files that wait to be looked at; the one that waits longest gives way. */
const MAX_WAITING = 50;
const LOOK_MS = 20_000;
/** Nothing is looked at again within this: what others say changes slowly. */
const FRESH_MS = 10 * 60_000;
const MAX_FRESH = 2000;

/** Looks for votes on one file after the other: on those that the user looks at, and now and then on one that he judged. */
export class Looks {
  readonly #deps: Deps;
  readonly #budget: LookBudget;
  readonly #waiting: JudgedFile[] = [];
  readonly #lookedMs = new Map<FileKey, number>();
  readonly #besideMs = new Map<FileKey, number>();
  readonly #stopping = new AbortController();
  readonly #running = new Set<FileKey>();
  #reviewed = 0;
  #review: Timer | undefined;
  #wait: Timer | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
    this.#budget = new LookBudget(deps.clock);
  }

  start(): void {
    if (this.#stopping.signal.aborted) return;
    this.#review = this.#deps.clock.setTimer(this.#deps.settings()['votes.review'], () => {
      this.#lookAgain();
      this.start();
    });
  }

  stop(): void {
    this.#review?.cancel();
    this.#wait?.cancel();
    this.#stopping.abort();
    this.#waiting.length = 0;
  }

  /** Nothing when that was done within a few minutes. */
  look(file: JudgedFile): void {
    const key = fileKey(file);
    const isUnderWay = this.#running.has(key) || this.#waiting.some((one) => fileKey(one) === key);
    if (this.#stopping.signal.aborted || isUnderWay || this.#isFresh(this.#lookedMs, file)) return;
    this.#waiting.push({ hash: file.hash, size: file.size });
    if (this.#waiting.length > MAX_WAITING) this.#waiting.shift();
    this.#next();
  }

  /**
   * For a search of a download, which ends with enough sources and so is no look: what it brings of votes beside them is heard; undefined where
   * others were asked lately.
   */
  beside(file: JudgedFile): HeardOfVotes | undefined {
    if (this.#isFresh(this.#lookedMs, file) || this.#isFresh(this.#besideMs, file)) return undefined;
    return this.#listener(file, () => this.#note(this.#besideMs, file));
  }

  #listener(file: JudgedFile, asked: HeardOfVotes['asked']): HeardOfVotes {
    return { told: (votes) => this.#deps.heard.passedOn(file, votes), asked };
  }

  #isFresh(lookedMs: ReadonlyMap<FileKey, number>, file: JudgedFile): boolean {
    const sinceMs = lookedMs.get(fileKey(file));
    return sinceMs !== undefined && this.#deps.clock.monotonicMs() - sinceMs < FRESH_MS;
  }

  #note(lookedMs: Map<FileKey, number>, file: JudgedFile): void {
    setLast(lookedMs, [fileKey(file), this.#deps.clock.monotonicMs()], MAX_FRESH);
  }

  /** At one of the files that the user judged: those who voted there become known by it. */
  #lookAgain(): void {
    const judged = this.#deps.judged();
    const file = judged[this.#reviewed++ % Math.max(1, judged.length)];
    if (file) this.look(file);
  }

  #next(): void {
    this.#wait?.cancel();
    this.#wait = undefined;
    if (this.#running.size >= AT_ONCE || this.#waiting.length === 0) return;
    const most = this.#budget.begin();
    if (most === undefined) {
      this.#wait = this.#deps.clock.setTimer(this.#budget.waitMs(), () => this.#next());
      return;
    }
    const file = this.#waiting.pop();
    if (!file) return;
    this.#running.add(fileKey(file));
    this.#find(file, most)
      .catch((thrown: unknown) => this.#deps.logger.debug('no look at votes', { why: toAppError(thrown).message }))
      .finally(() => {
        this.#running.delete(fileKey(file));
        if (!this.#stopping.signal.aborted) this.#next();
      });
    this.#next();
  }

  async #find(file: JudgedFile, most: number): Promise<void> {
    const { clock, find, heard } = this.#deps;
    const enough = new AbortController();
    const timer = clock.setTimer(LOOK_MS, () => enough.abort());
    let left = most;
    const listener = this.#listener(file, (supernodes) => {
      // Until somebody was asked it has not been tried, and may be again.
      this.#note(this.#lookedMs, file);
      this.#budget.asked(supernodes);
      left -= supernodes;
      if (left <= 0) enough.abort();
    });
    try {
      const older = await find(file, listener, AbortSignal.any([this.#stopping.signal, enough.signal]));
      if (!older) return;
      this.#note(this.#lookedMs, file);
      heard.ask(file, older);
    } finally {
      timer.cancel();
    }
  }
}
