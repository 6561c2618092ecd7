/** One task to run at a virtual instant. */
export type DueTask = { readonly atMs: number; readonly sequence: number; readonly run: () => void };

/** A binary heap of tasks, earliest first; tasks of one instant come in the order of their sequence numbers. */
export class TaskQueue {
  readonly #heap: DueTask[] = [];

  get size(): number {
    return this.#heap.length;
  }

  peek(): DueTask | undefined {
    return this.#heap[0];
  }

  push(task: DueTask): void {
    const heap = this.#heap;
    let at = heap.push(task) - 1;
    while (at > 0) {
      const parent = (at - 1) >> 1;
      if (!this.#isBefore(at, parent)) return;
      this.#swap(at, parent);
      at = parent;
    }
  }

  pop(): DueTask | undefined {
    const heap = this.#heap;
    const first = heap[0];
    const last = heap.pop();
    if (first === undefined || last === undefined || heap.length === 0) return first;
    heap[0] = last;
    this.#sink();
    return first;
  }

  #sink(): void {
    for (let at = 0; ; ) {
      const left = 2 * at + 1;
      let least = at;
      if (left < this.size && this.#isBefore(left, least)) least = left;
      if (left + 1 < this.size && this.#isBefore(left + 1, least)) least = left + 1;
      if (least === at) return;
      this.#swap(at, least);
      at = least;
    }
  }

  #isBefore(a: number, b: number): boolean {
    const [x, y] = [this.#at(a), this.#at(b)];
    return x.atMs !== y.atMs ? x.atMs < y.atMs : x.sequence < y.sequence;
  }

  #swap(a: number, b: number): void {
    const [x, y] = [this.#at(a), this.#at(b)];
    this.#heap[a] = y;
    this.#heap[b] = x;
  }

  #at(index: number): DueTask {
    const task = this.#heap[index];
    if (task === undefined) throw new RangeError(`no task at ${index}`);
    return task;
  }
}
