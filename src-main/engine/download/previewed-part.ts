type Waiting = { readonly chunk: number; wake: () => void };
type Wanted = { readonly chunk: number; readonly isReady: () => Promise<boolean> };

/** Who fetches a file, chunk by chunk or not: what of it is verified and written, and from where it is wanted first (undefined: anywhere). */
export interface PreviewedPlan {
  isDone(chunk: number): boolean;
  wantFrom(chunk: number | undefined): void;
}

/** Those who look at an unfinished file: they are woken by news of it, and the plan is told what they want first. */
export class PreviewedPart {
  readonly #viewers = new Set<object>();
  readonly #waiting = new Set<Waiting>();
  #plan: PreviewedPlan | undefined;
  #wantedFrom = 0;
  #news = 0;

  /** Grows whenever anything about the file may be different. */
  get news(): number {
    return this.#news;
  }

  /** Whether a chunk is verified and written; undefined while the part is not open. */
  isVerified(chunk: number): boolean | undefined {
    return this.#plan?.isDone(chunk);
  }

  /** The part is open and its chunks may move. */
  opened(plan: PreviewedPlan): void {
    this.#plan = plan;
    this.notify();
  }

  closed(): void {
    this.#plan = undefined;
    this.notify();
  }

  /** A chunk was verified, or the download is in another state. */
  notify(): void {
    this.#news++;
    this.#tellPlanner();
    for (const { wake } of [...this.#waiting]) wake();
  }

  /**
   * Resolves when `isReady` says so, which is asked at once and after all news; as long as it does not, `chunk` is wanted. Rejects with
   * what `isReady` throws, or the signal's reason. Until it leaves, the viewer is one for whom the file is fetched in order.
   */
  async until(viewer: object, { chunk, isReady }: Wanted, signal: AbortSignal): Promise<void> {
    signal.throwIfAborted();
    if (await isReady()) return;
    // Whoever has left meanwhile must not be taken for a viewer again.
    signal.throwIfAborted();
    const waiting: Waiting = { chunk, wake: () => undefined };
    const wake = () => waiting.wake();
    signal.addEventListener('abort', wake);
    this.#viewers.add(viewer);
    this.#waiting.add(waiting);
    this.#tellPlanner();
    let isServed = false;
    try {
      while (!isServed) {
        signal.throwIfAborted();
        const before = this.#news;
        isServed = await isReady();
        if (!isServed && before === this.#news && !signal.aborted) {
          await new Promise<void>((resolve) => {
            waiting.wake = resolve;
          });
        }
      }
    } finally {
      signal.removeEventListener('abort', wake);
      this.#waiting.delete(waiting);
      // Who was served asks for what follows in a moment: the order must not jump to and fro between two readers.
      if (!isServed) this.#tellPlanner();
    }
  }

  leave(viewer: object): void {
    this.#viewers.delete(viewer);
    this.#tellPlanner();
  }

  #tellPlanner(): void {
    let lowest = Number.POSITIVE_INFINITY;
    for (const { chunk } of this.#waiting) lowest = Math.min(lowest, chunk);
    if (lowest < Number.POSITIVE_INFINITY) this.#wantedFrom = lowest;
    this.#plan?.wantFrom(this.#viewers.size > 0 ? this.#wantedFrom : undefined);
  }
}
