import type { NodeId } from '../../contract/ids.ts';
import type { Hit, Source } from '../../contract/search.ts';
import type { ClientSearchSink, ClientWave, ToldVotes } from './client-search.ts';
import { type NamedHits, TWIN_SIZE } from './result-set.ts';
import type { VoteListener } from './vote-sink.ts';

/** Sources that one query by hash takes in: beyond what any download uses. */
const MAX_SOURCES = 2000;

/** Sources of a file as one supernode named them; the name is hearsay. */
export type FoundSources = {
  readonly size: number;
  readonly name: string;
  readonly sources: readonly Source[];
  readonly namedBy: NodeId;
};

type SourceSinkDeps = {
  readonly wanted: { readonly size: number | undefined; readonly votes?: VoteListener | undefined };
  readonly self: NodeId;
  readonly isStruck: (supernode: NodeId) => boolean;
  readonly found: (sources: FoundSources) => void;
};

/** Passes the hits of a query by hash on to a download. */
export class SourceSink implements ClientSearchSink {
  readonly #deps: SourceSinkDeps;
  readonly #counted = new Set<string>();
  /** Claims of 64 bytes wait for the end: another size may still be claimed (protocol section 6). */
  #held: FoundSources[] = [];
  #otherSize = false;

  constructor(deps: SourceSinkDeps) {
    this.#deps = deps;
  }

  count(): number {
    return this.#counted.size;
  }

  hits({ hits, namedBy }: NamedHits): void {
    for (const hit of hits) this.#hit(hit, namedBy);
  }

  votes(told: ToldVotes): void {
    this.#deps.wanted.votes?.told(told);
  }

  wave({ asked }: ClientWave): void {
    this.#deps.wanted.votes?.asked(asked);
  }

  end(): void {
    if (!this.#otherSize) for (const held of this.#held) this.#deps.found(held);
    this.#held = [];
  }

  #hit({ size, name, sources }: Hit, namedBy: NodeId): void {
    const { wanted, self, isStruck, found } = this.#deps;
    const others = sources.filter(({ nodeId }) => nodeId !== self);
    if (size !== TWIN_SIZE) this.#otherSize = true;
    if (others.length === 0 || (wanted.size !== undefined && wanted.size !== size)) return;
    if (this.#counted.size + this.#held.length >= MAX_SOURCES) return;
    if (!isStruck(namedBy)) for (const { nodeId } of others) this.#counted.add(`${size} ${nodeId}`);
    const named = { size, name, sources: others, namedBy };
    if (size === TWIN_SIZE && wanted.size === undefined) this.#held.push(named);
    else found(named);
  }
}
