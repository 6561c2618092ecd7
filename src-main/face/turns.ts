type Waiter = { readonly length: number; readonly go: () => void };
type Limits = { readonly running: number; readonly waiting: number; readonly waitingLength: number };

/** At most so many run at once; the others wait in the order in which they came, as many and as long ones as may. */
export class Turns {
  readonly #limits: Limits;
  readonly #waiting: Waiter[] = [];
  #waitingLength = 0;
  #running = 0;

  constructor(limits: Limits) {
    this.#limits = limits;
  }

  /** Runs `task` when it is its turn; gives undefined, and does nothing, when too many wait. */
  run<T>(length: number, task: () => Promise<T>): Promise<T> | undefined {
    if (this.#running < this.#limits.running) return this.#start(task);
    const isFull = this.#waiting.length >= this.#limits.waiting;
    if (isFull || this.#waitingLength + length > this.#limits.waitingLength) return undefined;
    this.#waitingLength += length;
    return new Promise((resolve) => this.#waiting.push({ length, go: () => resolve(this.#start(task)) }));
  }

  async #start<T>(task: () => Promise<T>): Promise<T> {
    this.#running += 1;
    try {
      return await task();
    } finally {
      this.#running -= 1;
      this.#next();
    }
  }

  #next(): void {
    const next = this.#waiting.shift();
    if (!next) return;
    this.#waitingLength -= next.length;
    next.go();
  }
}
