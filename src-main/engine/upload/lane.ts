import type { Transfer } from './transfer.ts';

/** Leave to send beside the slots: under what is sent, and what ends it. Who does not begin leaves all the same. */
export type Turn = { readonly begin: () => Transfer; readonly leave: () => void };
/** Those who wait are too many: all of them, or those of the address. */
export type Crowd = 'full' | 'too-many';
type Waiting = {
  readonly block: string;
  readonly rank: number;
  readonly enter: (leave: () => void) => void;
  readonly refuse: (crowd: Crowd) => void;
};

/** Requests of one address that are answered at once in the lane (protocol section 10). */
const AT_ONCE_PER_BLOCK = 1;
/** Requests that wait for the lane: they hold no memory but their own, and are gone within seconds. */
const MAX_WAITING = 256;

/**
 * A lane beside the slots, for small files, and for chunks of files that this peer is loading too: a few at once, one for each party, those of a
 * higher rank first, then in order of arrival. Each takes a moment only, so a client waits here instead of being sent away.
 */
export class Lane {
  readonly #atOnce: () => number;
  readonly #waitingOfBlock: number;
  readonly #running = new Map<string, number>();
  readonly #waiting = new Set<Waiting>();
  #total = 0;

  /** `waitingOfBlock`: requests of one address that may wait. */
  constructor(atOnce: () => number, waitingOfBlock: number) {
    this.#atOnce = atOnce;
    this.#waitingOfBlock = waitingOfBlock;
  }

  /** Resolves with the function that leaves the lane again, or says of whom too many wait. Rejects when the signal aborts first. */
  enter(block: string, signal: AbortSignal, rank = 0): Promise<(() => void) | Crowd> {
    signal.throwIfAborted();
    const crowd = this.#crowd(block);
    const mayWait = !crowd || this.#isFree(block) || (crowd === 'full' && this.#displace(block, rank));
    if (!mayWait) return Promise.resolve(crowd);
    return new Promise((resolve, reject) => {
      const onAbort = () => {
        this.#waiting.delete(waiting);
        reject(signal.reason);
      };
      const enter = (leave: () => void) => {
        signal.removeEventListener('abort', onAbort);
        resolve(leave);
      };
      const refuse = (why: Crowd) => {
        signal.removeEventListener('abort', onAbort);
        resolve(why);
      };
      const waiting: Waiting = { block, rank, enter, refuse };
      signal.addEventListener('abort', onAbort, { once: true });
      this.#waiting.add(waiting);
      this.#admit();
    });
  }

  /** Whether it goes to whoever comes from there now: those who wait are kept back by others of their own address. */
  #isFree(block: string): boolean {
    return this.#total < this.#atOnce() && this.#mayEnter(block);
  }

  #mayEnter(block: string): boolean {
    return (this.#running.get(block) ?? 0) < AT_ONCE_PER_BLOCK;
  }

  #crowd(block: string): Crowd | undefined {
    if (this.#waitingOf(block).length >= this.#waitingOfBlock) return 'too-many';
    return this.#waiting.size >= MAX_WAITING ? 'full' : undefined;
  }

  #waitingOf(block: string): Waiting[] {
    return [...this.#waiting].filter((waiting) => waiting.block === block);
  }

  /** Who waits with fewer takes the place of the last of those who are most. */
  #displace(block: string, rank: number): boolean {
    const blocks = new Set([...this.#waiting].map((waiting) => waiting.block));
    let most: Waiting[] = [];
    for (const other of blocks) {
      const waiting = this.#waitingOf(other);
      if (waiting.length > most.length) most = waiting;
    }
    const last = most.findLast((waiting) => waiting.rank <= rank);
    if (!last || most.length <= this.#waitingOf(block).length + 1) return false;
    this.#waiting.delete(last);
    last.refuse('too-many');
    return true;
  }

  #admit(): void {
    while (this.#total < this.#atOnce()) {
      const next = this.#next();
      if (!next) return;
      this.#waiting.delete(next);
      this.#running.set(next.block, (this.#running.get(next.block) ?? 0) + 1);
      this.#total++;
      next.enter(this.#leaveOnce(next.block));
    }
  }

  #next(): Waiting | undefined {
    let best: Waiting | undefined;
    for (const waiting of this.#waiting) {
      if (this.#mayEnter(waiting.block) && (!best || waiting.rank > best.rank)) best = waiting;
    }
    return best;
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
