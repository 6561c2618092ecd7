import type { NodeId } from '../../contract/ids.ts';

/** Supernodes that are to blame when it is not true: as many as are kept of a result. */
export const MAX_NAMERS = 20;

export type Outcome = 'good' | 'false';
/** What became of a source, for supernodes that named it. `isFirst`: none was told so before, so it is no source that was counted. */
export type Judgement = {
  readonly outcome: Outcome;
  readonly namers: readonly NodeId[];
  readonly isFirst: boolean;
};

/**
 * Which supernodes have named a source since this start, and what each was told of it: once, however often the source is tried. What they
 * said before this start is not held against them: it may have been true then.
 */
export class Namers {
  readonly #told = new Map<NodeId, Outcome | undefined>();
  #last: Outcome | undefined;

  /** The first ones, for strangers say what they like. */
  add(supernode: NodeId): void {
    if (this.#told.size < MAX_NAMERS && !this.#told.has(supernode)) this.#told.set(supernode, undefined);
  }

  /** Who is to be told that, of `among`; undefined when all know. */
  judge(outcome: Outcome, among: ReadonlySet<string> = new Set(this.#told.keys())): Judgement | undefined {
    const namers = [...this.#told].flatMap(([namer, told]) => (told === outcome || !among.has(namer) ? [] : [namer]));
    if (namers.length === 0) return undefined;
    for (const namer of namers) this.#told.set(namer, outcome);
    const isFirst = this.#last !== outcome;
    this.#last = outcome;
    return { outcome, namers, isFirst };
  }
}
