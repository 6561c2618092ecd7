import type { NodeId } from '../../contract/ids.ts';

/** Results (for a query by hash: sources) remembered for one search: 10,000 can be wanted, and the last wave is counted whole. */
const MAX_UNITS = 16_384;
/** One supernode other than the parent counts at most for 1/4 of the results wanted, one large address block for 1/2 (protocol section 8). */
const SUPERNODE_PART = 4;
const BLOCK_PART = 2;

/** Who brought a result. `block` is undefined in private ranges; a result of `own` index has no cap. */
export type Namer =
  | { readonly own: true }
  | { readonly own: false; readonly nodeId: NodeId; readonly block: string | undefined; readonly struck: boolean };

/**
 * Counts distinct results of a search, and which of them bring its end nearer: no supernode and no address block can end a
 * search alone. `begin` starts a run, `end` ends it; what an earlier run of the search found does not count again.
 */
export class SearchTally {
  readonly #firstRun = new Map<string, number>();
  #run = 0;
  #before = 0;
  #handedOver = 0;
  #wanted = 0;
  #counted = new Set<string>();
  #byNamer = new Map<string, number>();

  /** Wants `wanted` results; `before` were found by an earlier parent. */
  begin(wanted: number, before = 0): void {
    this.end();
    this.#run++;
    this.#before = before;
    this.#handedOver += before;
    this.#wanted = wanted;
  }

  /** A search is kept for minutes, and does not need all that was counted. */
  end(): void {
    this.#counted = new Set();
    this.#byNamer = new Map();
  }

  /** Distinct results of all runs, and what an earlier parent said that it had found. */
  get results(): number {
    return this.#firstRun.size + this.#handedOver;
  }

  /** Results still wanted. */
  get missing(): number {
    return Math.max(0, this.#wanted - this.#before - this.#counted.size);
  }

  get isFull(): boolean {
    return this.#firstRun.size >= MAX_UNITS;
  }

  /** Whether as many distinct results came in this run as were wanted, whoever named them. */
  get hasEnough(): boolean {
    let found = this.#before;
    for (const run of this.#firstRun.values()) if (run === this.#run) found++;
    return found >= this.#wanted;
  }

  /** True when it is new in this search. */
  add(unit: string, namer: Namer): boolean {
    const first = this.#firstRun.get(unit);
    if (first === undefined) {
      if (this.isFull) return false;
      this.#firstRun.set(unit, this.#run);
    }
    if ((first ?? this.#run) === this.#run && !this.#counted.has(unit) && this.#takeShare(namer))
      this.#counted.add(unit);
    return first === undefined;
  }

  #takeShare(namer: Namer): boolean {
    if (namer.own) return true;
    if (namer.struck) return false;
    const shares = [{ key: `node ${namer.nodeId}`, part: SUPERNODE_PART }];
    if (namer.block !== undefined) shares.push({ key: `block ${namer.block}`, part: BLOCK_PART });
    const used = (key: string) => this.#byNamer.get(key) ?? 0;
    if (shares.some(({ key, part }) => used(key) >= Math.max(1, Math.floor(this.#wanted / part)))) return false;
    for (const { key } of shares) this.#byNamer.set(key, used(key) + 1);
    return true;
  }
}
