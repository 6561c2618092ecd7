import type { Clock, Remote } from '../ports/index.ts';
import { RateWindows } from '../rate-windows.ts';
import { askerOf } from './asker.ts';

type Deps = {
  readonly clock: Pick<Clock, 'monotonicMs'>;
  /** A remote crossed a limit and went on. */
  readonly strike: (remote: Remote, why: string) => void;
};

/** Requests from one address in 10 s: a client that fills holes of 1 MiB at 8 Gbit/s stays below; small ones cost a fifth of a core. */
const REQUESTS = { limit: 10_000, windowMs: 10_000 } as const;
/** Leaf layers for one address in 10 s: each costs a read of up to 1 MiB and 64 hashes. Who looks for a bad leaf needs a few. */
const LEAF_LAYERS = { limit: 20, windowMs: 10_000 } as const;
/** Answers open at once for one address: a household of clients with 16 connections each, or a few with pipelines. */
const OPEN_ANSWERS = 64;
/** Refusals that an address may collect in a minute before each further one is a strike: a client with many files open polls each of them. */
const REFUSALS = { limit: 30, windowMs: 60_000 } as const;
/** Addresses remembered by each limit: a few MiB at most, and more than ever ask one peer within a minute. */
const MAX_ADDRESSES = 10_000;

/** What one address may ask of this peer in a time. Refusing costs nothing; who goes on regardless is struck. */
export class RequestLimits {
  readonly #deps: Deps;
  readonly #requests = new RateWindows({ windowMs: REQUESTS.windowMs, maxKeys: MAX_ADDRESSES });
  readonly #leafLayers = new RateWindows({ windowMs: LEAF_LAYERS.windowMs, maxKeys: MAX_ADDRESSES });
  readonly #refusals = new RateWindows({ windowMs: REFUSALS.windowMs, maxKeys: MAX_ADDRESSES });
  /** Each entry has an open connection behind it, which the link limits. */
  readonly #open = new Map<string, number>();

  constructor(deps: Deps) {
    this.#deps = deps;
  }

  /** Lets a request begin: gives the function to call at its end, or how long to stay away (ms). */
  begin(remote: Remote): { readonly end: () => void } | { readonly waitMs: number } {
    const { block } = askerOf(remote);
    const nowMs = this.#deps.clock.monotonicMs();
    if (!this.#requests.tryTake(block, { nowMs, cost: 1, limit: REQUESTS.limit })) {
      this.refused(remote, 'too many requests');
      return { waitMs: this.#requests.waitMs(block, nowMs) };
    }
    const open = this.#open.get(block) ?? 0;
    if (open >= OPEN_ANSWERS) {
      this.refused(remote, 'too many requests at once');
      return { waitMs: REQUESTS.windowMs };
    }
    this.#open.set(block, open + 1);
    return { end: this.#endOnce(block) };
  }

  /** Whether a leaf layer may be read now; else how long to stay away (ms). */
  leafLayer(remote: Remote): 'allowed' | { readonly waitMs: number } {
    const { block } = askerOf(remote);
    const nowMs = this.#deps.clock.monotonicMs();
    if (this.#leafLayers.tryTake(block, { nowMs, cost: 1, limit: LEAF_LAYERS.limit })) return 'allowed';
    this.refused(remote, 'too many leaf layers');
    return { waitMs: this.#leafLayers.waitMs(block, nowMs) };
  }

  /** Counts an answer that sent the remote away because of a limit. */
  refused(remote: Remote, why: string): void {
    const take = { nowMs: this.#deps.clock.monotonicMs(), cost: 1, limit: REFUSALS.limit };
    if (!this.#refusals.tryTake(askerOf(remote).block, take)) this.#deps.strike(remote, why);
  }

  #endOnce(block: string): () => void {
    let ended = false;
    return () => {
      if (ended) return;
      ended = true;
      const open = (this.#open.get(block) ?? 1) - 1;
      if (open === 0) this.#open.delete(block);
      else this.#open.set(block, open);
    };
  }
}
