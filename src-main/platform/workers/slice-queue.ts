/** Work in small parts; what it returns is its result. */
export type Slices<T> = Generator<void, T>;
type Job = () => Promise<void>;

/**
 * Runs jobs one after the other in small parts, and between two parts whatever else this thread is asked, so that a short question
 * does not wait for a long job. `tidy` makes the work that is left for quiet moments: the next job interrupts it, after one part.
 */
export class SliceQueue {
  readonly #tidy: () => Slices<void>;
  readonly #jobs: Job[] = [];
  #running: Promise<void> | undefined;

  constructor(tidy: () => Slices<void>) {
    this.#tidy = tidy;
  }

  /** Fails with what the job throws. */
  add<T>(makeJob: () => Slices<T>): Promise<T> {
    return new Promise((resolve, reject) => {
      this.#jobs.push(() => runSlices(makeJob()).then(resolve, reject));
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
      await this.#jobs.shift()?.();
      if (isDone(tidying)) {
        if (this.#jobs.length === 0) break;
        tidying = this.#tidy();
      }
      await nextTurn();
    }
    this.#running = undefined;
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
