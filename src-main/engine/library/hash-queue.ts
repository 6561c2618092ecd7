import type { Settings } from '../../contract/settings.ts';
import { isLate } from '../is-late.ts';
import type { Clock, FileStat, Timer } from '../ports/index.ts';
import { ANSWER_MS } from './disk-turns.ts';
import { isUntouched } from './same-file.ts';
import type { SharedFolder } from './shared-folders.ts';

export type HashJob = { readonly folder: SharedFolder; readonly path: string; readonly stat: FileStat };
/**
 * `done`, or how the file looks now when it changed meanwhile: it is taken up again when it has settled. `no-space`: what was found
 * cannot be saved, and neither could that of any other file.
 */
export type HashOutcome = 'done' | 'no-space' | FileStat;

/** Files to be hashed that were found so far, with the ones being read; those that keep changing do not count. */
export type HashBacklog = { readonly files: number; readonly bytes: number; readonly current: HashJob | undefined };

type Deps = {
  readonly clock: Clock;
  readonly settings: () => Settings;
  /** Never rejects. */
  readonly hash: (job: HashJob, signal: AbortSignal) => Promise<HashOutcome>;
  /** Called when there is another job, when one is taken up, and after each. */
  readonly added: () => void;
  readonly began: (job: HashJob) => void;
  readonly worked: (job: HashJob) => void;
};
type Working = Waiting & { readonly givenUp: AbortController };
type Waiting = HashJob & { readonly readyAtMs: number; readonly isFresh: boolean };

/**
 * Files that one folder may have waiting: a scan goes on when there is room, so that a million new files cost 4 MB of memory. With most
 * libraries the scan ends soon, and it is known how much is left.
 */
const WAITING_FILES = 10_000;

/** Files to be hashed, when they have settled: the folders in turn, in each the oldest first. */
export class HashQueue {
  readonly #deps: Deps;
  readonly #waiting = new Map<SharedFolder, Map<string, Waiting>>();
  readonly #working = new Map<string, Working>();
  readonly #stopped = new AbortController();
  #roomSeekers: (() => void)[] = [];
  #sleepers: (() => void)[] = [];
  #turn = 0;
  #restsUntilMs = Number.NEGATIVE_INFINITY;
  /** When those who sleep look again by themselves, at the latest. */
  #sleepsUntilMs = Number.POSITIVE_INFINITY;
  #loops: Promise<unknown> | undefined;

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Files of which it is not known yet whether they can be shared. One that changes again and again does not count. */
  get isBusy(): boolean {
    const groups = [this.#working, ...this.#waiting.values()];
    return groups.some((jobs) => first(jobs.values(), ({ isFresh }) => isFresh) !== undefined);
  }

  get backlog(): HashBacklog {
    let [files, bytes] = [0, 0];
    for (const jobs of [this.#working, ...this.#waiting.values()]) {
      for (const { isFresh, stat } of jobs.values()) {
        if (!isFresh) continue;
        files++;
        bytes += stat.size;
      }
    }
    return { files, bytes, current: first(this.#working.values(), ({ isFresh }) => isFresh) };
  }

  start(): void {
    const { 'library.hash-at-once': length } = this.#deps.settings();
    this.#loops ??= Promise.all(Array.from({ length }, () => this.#loop()));
  }

  async stop(): Promise<void> {
    this.#stopped.abort();
    this.#wake();
    for (const seeker of this.#roomSeekers.splice(0)) seeker();
    const loops = Promise.resolve(this.#loops);
    // A file that is not read to its end even now lies on a disk that does not answer.
    if (await isLate(this.#deps.clock, { work: loops, ms: ANSWER_MS }))
      for (const { givenUp } of this.#working.values()) givenUp.abort();
    await loops;
  }

  /** Resolves when the file has its place. A file that waits already gets the newer look, and counts as one that keeps changing. */
  async add(job: HashJob): Promise<void> {
    const { folder, path } = job;
    while (this.#isOpen(folder) && this.#jobs(folder).size >= WAITING_FILES && !this.#jobs(folder).has(path))
      await this.#room(folder.closing.signal);
    if (!this.#isOpen(folder)) return;
    const before = this.#jobs(folder).get(path);
    this.#put(job, before === undefined || (before.isFresh && isUntouched(before.stat, job.stat)));
  }

  /** Forgets the files of a folder that is closed or away: what is asked of it now is not waited for. */
  drop(folder: SharedFolder): void {
    this.#waiting.delete(folder);
    for (const job of this.#working.values()) if (job.folder === folder) job.givenUp.abort();
    for (const seeker of this.#roomSeekers.splice(0)) seeker();
  }

  /** Of one that is away nothing is read: the scan adds it again when the folder is back. */
  #isOpen({ closing, reason }: SharedFolder): boolean {
    return reason === null && !closing.signal.aborted && !this.#stopped.signal.aborted;
  }

  /** Until there may be room, or `signal` aborts. */
  #room(signal: AbortSignal): Promise<void> {
    return new Promise((resolve) => {
      const seek = () => {
        signal.removeEventListener('abort', seek);
        resolve();
      };
      signal.addEventListener('abort', seek);
      this.#roomSeekers.push(seek);
    });
  }

  #put(job: HashJob, isFresh: boolean): void {
    if (!this.#isOpen(job.folder)) return;
    const readyAtMs = this.#readyAtMs(job.stat);
    this.#jobs(job.folder).set(job.path, { ...job, isFresh, readyAtMs });
    if (readyAtMs < this.#sleepsUntilMs) this.#wake();
    this.#deps.added();
  }

  /** The wall clock only shortens the wait of a file that was left alone for long; a wrong one does no harm, see `isUntouched`. */
  #readyAtMs({ changedMs }: FileStat): number {
    const { clock, settings } = this.#deps;
    const settleMs = settings()['library.settle'];
    const ageMs = clock.wallMs() - changedMs;
    return clock.monotonicMs() + (ageMs < 0 ? settleMs : Math.max(0, settleMs - ageMs));
  }

  #jobs(folder: SharedFolder): Map<string, Waiting> {
    let jobs = this.#waiting.get(folder);
    if (!jobs) {
      jobs = new Map();
      this.#waiting.set(folder, jobs);
    }
    return jobs;
  }

  async #loop(): Promise<void> {
    const { signal } = this.#stopped;
    while (!signal.aborted) {
      const job = this.#take();
      if (job) await this.#work(job);
      else await this.#sleep();
    }
  }

  async #work(job: Waiting): Promise<void> {
    const givenUp = new AbortController();
    this.#working.set(job.path, { ...job, givenUp });
    this.#deps.began(job);
    const signal = AbortSignal.any([this.#stopped.signal, job.folder.closing.signal, givenUp.signal]);
    const outcome = await Promise.race([this.#deps.hash(job, signal), whenAborted(givenUp.signal)]);
    this.#working.delete(job.path);
    if (outcome === 'no-space') {
      const { clock, settings } = this.#deps;
      this.#restsUntilMs = clock.monotonicMs() + settings()['library.disk-retry'];
    }
    const stat = typeof outcome === 'string' ? job.stat : outcome;
    if (outcome !== 'done' && !this.#jobs(job.folder).has(job.path)) this.#put({ ...job, stat }, false);
    this.#deps.worked(job);
  }

  #take(): Waiting | undefined {
    const now = this.#deps.clock.monotonicMs();
    if (now < this.#restsUntilMs) return undefined;
    const groups = [...this.#waiting.values()];
    for (const i of groups.keys()) {
      const jobs = groups[(this.#turn + i) % groups.length];
      const job = jobs && first(jobs.values(), ({ readyAtMs, path }) => readyAtMs <= now && !this.#working.has(path));
      if (!jobs || !job) continue;
      this.#turn = (this.#turn + i + 1) % groups.length;
      jobs.delete(job.path);
      for (const seeker of this.#roomSeekers.splice(0)) seeker();
      return job;
    }
    return undefined;
  }

  /** Until a job comes, ends, or is due. */
  #sleep(): Promise<void> {
    return new Promise((resolve) => {
      const { clock } = this.#deps;
      let timer: Timer | undefined;
      const dueMs = this.#nextDueMs();
      this.#sleepsUntilMs = dueMs;
      const wake = () => {
        timer?.cancel();
        resolve();
      };
      this.#sleepers.push(wake);
      if (Number.isFinite(dueMs)) timer = clock.setTimer(dueMs - clock.monotonicMs(), () => this.#wake());
    });
  }

  #nextDueMs(): number {
    let dueMs = Number.POSITIVE_INFINITY;
    for (const jobs of this.#waiting.values()) {
      for (const job of jobs.values()) if (!this.#working.has(job.path)) dueMs = Math.min(dueMs, job.readyAtMs);
    }
    return Math.max(dueMs, this.#restsUntilMs);
  }

  #wake(): void {
    for (const sleeper of this.#sleepers.splice(0)) sleeper();
  }
}

const whenAborted = (signal: AbortSignal): Promise<HashOutcome> =>
  new Promise((resolve) => signal.addEventListener('abort', () => resolve('done')));

function first<T>(items: Iterable<T>, fits: (item: T) => boolean): T | undefined {
  for (const item of items) if (fits(item)) return item;
  return undefined;
}
