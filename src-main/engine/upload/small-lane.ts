import type { Settings } from '../../contract/settings.ts';

type Waiting = { readonly block: string; readonly enter: (leave: () => void) => void };

/** Requests of one address that are answered at once in the lane (protocol section 10). */
const AT_ONCE_PER_BLOCK = 1;
/** Requests that wait for the lane: they hold no memory but their own, and are gone within seconds. */
const MAX_WAITING = 256;

/**
 * The lane for small files: a few at once, one for each address, in order of arrival, without slots. Each takes a moment only, so a
 * client waits here instead of being sent away.
 */
export class SmallLane {
  readonly #settings: () => Pick<Settings, 'upload.small-lane'>;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #total = 0;

  constructor(settings: () => Pick<Settings, 'upload.small-lane'>) {
    this.#settings = settings;
  }

  /** Resolves with the function that leaves the lane again, or undefined when too many wait. Rejects when the signal aborts first. */
  enter(block: string, signal: AbortSignal): Promise<(() => void) | undefined> {
    signal.throwIfAborted();
    if (this.#waiting.size >= MAX_WAITING) return Promise.resolve(undefined);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const enter = (leave: () => void) => {
        signal.removeEventListener('abort', onAbort);
        resolve(leave);
      };
      const waiting: Waiting = { block, enter };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
      this.#admit();
    });
  }

  #admit(): void {
    for (const waiting of this.#waiting) {
      if (this.#total >= this.#settings()['upload.small-lane']) return;
      const running = this.#running.get(waiting.block) ?? 0;
      if (running >= AT_ONCE_PER_BLOCK) continue;
      this.#waiting.delete(waiting);
      this.#running.set(waiting.block, running + 1);
      this.#total++;
      waiting.enter(this.#leaveOnce(waiting.block));
    }
  }

  #leaveOnce(block: string): () => void {
    let left = false;
    return () => {
      if (left) return;
      left = true;
      const running = (this.#running.get(block) ?? 1) - 1;
      if (running === 0) this.#running.delete(block);
      else this.#running.set(block, running);
      this.#total--;
      this.#admit();
    };
  }
}
