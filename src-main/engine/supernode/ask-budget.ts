import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Timer } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';

/** A turn in the round robin is worth a first wave; a larger batch saves up over turns. */
const QUANTUM = 8;
const SECOND_MS = 1000;
/** Asks of one leaf are counted over this (protocol section 8). */
const LEAF_WINDOW_MS = 10 * 60 * SECOND_MS;
/** Leaves remembered: more than come and go at a supernode within the window. */
const MAX_LEAVES = 10_000;

type Pending = { readonly cost: number; readonly settle: (granted: boolean) => void };
type Line = { readonly pending: Pending[]; deficit: number };
type AskBudgetDeps = {
  readonly self: NodeId;
  readonly clock: Clock;
  readonly settings: () => Settings;
};

/**
 * Who may ask other supernodes, and when: all searches together stay under `search.asks-per-second`, shared among clients by deficit
 * round robin, so that a busy one delays itself only; each leaf has `search.leaf-asks` in 10 minutes.
 */
export class AskBudget {
  readonly #deps: AskBudgetDeps;
  readonly #all = new RateWindow(SECOND_MS);
  readonly #leaves = new RateWindows({ windowMs: LEAF_WINDOW_MS, maxKeys: MAX_LEAVES });
  /** In order of turns. */
  readonly #lines = new Map<NodeId, Line>();
  #timer: Timer | undefined;

  constructor(deps: AskBudgetDeps) {
    this.#deps = deps;
  }

  /** Resolves with true when `cost` asks may be sent for the client now; with false when it has used up its own, or `signal` aborts. */
  take(client: NodeId, cost: number, signal: AbortSignal): Promise<boolean> {
    const { clock, settings, self } = this.#deps;
    const limit = settings()['search.leaf-asks'];
    if (signal.aborted) return Promise.resolve(false);
    if (client !== self && !this.#leaves.tryTake(client, { nowMs: clock.monotonicMs(), cost, limit })) {
      return Promise.resolve(false);
    }
    return new Promise((resolve) => {
      const onAbort = () => this.#drop(client, pending);
      const pending: Pending = {
        cost,
        settle: (granted) => {
          signal.removeEventListener('abort', onAbort);
          resolve(granted);
        },
      };
      signal.addEventListener('abort', onAbort, { once: true });
      const line = this.#lines.get(client);
      if (line) line.pending.push(pending);
      else this.#lines.set(client, { pending: [pending], deficit: 0 });
      this.#serve();
    });
  }

  /** Refuses everybody who waits. Idempotent. */
  stop(): void {
    for (const [client, line] of [...this.#lines]) {
      for (const pending of [...line.pending]) this.#drop(client, pending);
    }
  }

  #serve(): void {
    this.#timer?.cancel();
    this.#timer = undefined;
    const nowMs = this.#deps.clock.monotonicMs();
    for (let turn = this.#turn(); turn !== undefined; turn = this.#turn()) {
      if (!this.#all.tryTake(nowMs, turn.head.cost, this.#deps.settings()['search.asks-per-second'])) {
        this.#timer = this.#deps.clock.setTimer(this.#all.waitMs(nowMs), () => this.#serve());
        return;
      }
      turn.line.deficit -= turn.head.cost;
      turn.line.pending.shift();
      if (turn.line.pending.length === 0) this.#lines.delete(turn.client);
      turn.head.settle(true);
    }
  }

  /** Whose turn it is: the first line whose savings cover its next batch; those before it save up and go to the end. */
  #turn(): { readonly client: NodeId; readonly line: Line; readonly head: Pending } | undefined {
    for (;;) {
      const [first] = this.#lines;
      if (!first) return undefined;
      const [client, line] = first;
      const head = line.pending[0];
      if (head && line.deficit >= head.cost) return { client, line, head };
      this.#lines.delete(client);
      if (!head) continue;
      line.deficit += QUANTUM;
      this.#lines.set(client, line);
    }
  }

  #drop(client: NodeId, pending: Pending): void {
    const line = this.#lines.get(client);
    const at = line?.pending.indexOf(pending) ?? -1;
    if (!line || at < 0) return;
    line.pending.splice(at, 1);
    if (line.pending.length === 0) this.#lines.delete(client);
    pending.settle(false);
    if (this.#lines.size > 0) return;
    this.#timer?.cancel();
    this.#timer = undefined;
  }
}
