/** One task to run at a virtual instant; a cancelled one may be left out. */
export interface DueTask {
  readonly atMs: number;
  readonly sequence: number;
  readonly isCancelled: boolean;
}

/** Tasks of one such span later than now wait unsorted: most timers are cancelled before they are due, and then cost nothing more. */
const SPAN_MS = 1000;
const CHILDREN = 4;

/** Tasks, earliest first; those of one instant come in the order of their sequence numbers. A heap of the near ones, and spans of later ones. */
export class TaskQueue<T extends DueTask> {
  readonly #near: T[] = [];
  readonly #later = new Map<number, T[]>();
  /** The last span whose tasks are in the heap. */
  #span = 0;

  push(task: T): void {
    const span = Math.floor(task.atMs / SPAN_MS);
    if (span <= this.#span) {
      this.#rise(task);
      return;
    }
    const waiting = this.#later.get(span);
    if (waiting) waiting.push(task);
    else this.#later.set(span, [task]);
  }

  /** The first that is not cancelled. */
  peek(): T | undefined {
    for (;;) {
      const [first] = this.#near;
      if (first === undefined && this.#later.size === 0) return undefined;
      if (first === undefined) this.#takeNextSpan();
      else if (first.isCancelled) this.#removeFirst();
      else return first;
    }
  }

  /** Takes what `peek` gives. */
  pop(): T | undefined {
    const first = this.peek();
    if (first) this.#removeFirst();
    return first;
  }

  #takeNextSpan(): void {
    this.#span = Math.min(...this.#later.keys());
    const tasks = this.#later.get(this.#span) ?? [];
    this.#later.delete(this.#span);
    for (const task of tasks) if (!task.isCancelled) this.#rise(task);
  }

  #rise(task: T): void {
    const heap = this.#near;
    let at = heap.length;
    while (at > 0) {
      const above = Math.floor((at - 1) / CHILDREN);
      const parent = heap[above] as T;
      if (!isBefore(task, parent)) break;
      heap[at] = parent;
      at = above;
    }
    heap[at] = task;
  }

  #removeFirst(): void {
    const heap = this.#near;
    const last = heap.pop();
    if (last === undefined || heap.length === 0) return;
    let at = 0;
    for (;;) {
      const first = CHILDREN * at + 1;
      if (first >= heap.length) break;
      let least = first;
      for (let child = first + 1; child < Math.min(first + CHILDREN, heap.length); child++) {
        if (isBefore(heap[child] as T, heap[least] as T)) least = child;
      }
      if (!isBefore(heap[least] as T, last)) break;
      heap[at] = heap[least] as T;
      at = least;
    }
    heap[at] = last;
  }
}

const isBefore = (a: DueTask, b: DueTask): boolean => (a.atMs !== b.atMs ? a.atMs < b.atMs : a.sequence < b.sequence);
