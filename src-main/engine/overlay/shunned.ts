import type { NodeId } from '../../contract/ids.ts';
import type { Clock } from '../ports/index.ts';
import { setLast } from '../set-last.ts';

/** More than a peer meets in the longest time that one is left alone for. */
const MAX_SHUNNED = 1000;

/** Supernodes that served badly: not taken again for a while. Kept in memory: after a restart each has another chance. */
export class Shunned {
  readonly #clock: Clock;
  readonly #untilMs = new Map<NodeId, number>();

  constructor(clock: Clock) {
    this.#clock = clock;
  }

  add(nodeId: NodeId, forMs: number): void {
    setLast(this.#untilMs, [nodeId, this.#clock.monotonicMs() + forMs], MAX_SHUNNED);
  }

  has(nodeId: NodeId): boolean {
    return (this.#untilMs.get(nodeId) ?? 0) > this.#clock.monotonicMs();
  }

  all(): ReadonlySet<NodeId> {
    return new Set([...this.#untilMs.keys()].filter((nodeId) => this.has(nodeId)));
  }
}
