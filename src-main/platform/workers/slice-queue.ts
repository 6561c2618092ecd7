/** Work in small parts; what it returns is its result. */
export type Slices<T> = Generator<void, T>;
type Job = () => Promise<void>;

/** Whoever sends several jobs sends the next when the last was answered: work that can be left is left for so long. */
const QUIET_MS = 2;

/**
 * Runs jobs one after the other in small parts, and between two parts whatever else this thread is asked, so that a short question
 * does not wait for a long job. `tidy` makes the work that is left for quiet moments: the next job interrupts it, after one part. While
 * jobs wait, one part of it is done after each.
 */
export class SliceQueue {
  readonly #tidy: () => Slices<void>;
  readonly #jobs: Job[] = [];
  #running: Promise<void> | undefined;
  /** Ends the wait for a quiet moment. */
  #stopWaiting: () => void = () => undefined;

  constructor(tidy: () => Slices<void>) {
    this.#tidy = tidy;
  }

  /** Fails with what the job throws. */
  add<T>(makeJob: () => Slices<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push(() => runSlices(makeJob()).then(resolve, reject));
      this.#stopWaiting();
      this.#running ??= this.#run();
    });
  }

  /** Resolves when nothing is under way. */
  async settled(): Promise<void> {
    while (this.#running) await this.#running;
  }

  async #run(): Promise<void> {
    let tidying = this.#tidy();
    for (;;) {
      const job = this.#jobs.shift();
      await job?.();
      if (job && this.#jobs.length === 0 && !(await this.#isQuiet())) continue;
      if (isDone(tidying)) {
        if (this.#jobs.length === 0) break;
        tidying = this.#tidy();
      }
      await nextTurn();
    }
    this.#running = undefined;
  }

  /** False as soon as there is a job. */
  async #isQuiet(): Promise<boolean> {
    await new Promise<void>((resolve) => {
      const timer = setTimeout(resolve, QUIET_MS);
      this.#stopWaiting = () => {
        clearTimeout(timer);
        resolve();
      };
    });
    return this.#jobs.length === 0;
  }
}

function isDone(tidying: Slices<void>): boolean {
  try {
    return tidying.next().done === true;
  } catch {
    // It only makes later work faster; of a disk that failed, the next job tells whoever asked for it.
    return true;
  }
}

async function runSlices<T>(slices: Slices<T>): Promise<T> {
  for (;;) {
    const { done, value } = slices.next();
    if (done) return value;
    await nextTurn();
  }
}

/** Messages to this thread are taken before the next part. */
function nextTurn(): Promise<void> {
  return new Promise((resolve) => void setImmediate(resolve));
}
