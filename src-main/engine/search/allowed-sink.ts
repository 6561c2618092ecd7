import type { NodeId } from '../../contract/ids.ts';
import type { Hit } from '../../contract/search.ts';
import type { ClientSearchSink, ClientWave, ToldVotes, WaveRun } from './client-search.ts';
import { keyOf, type NamedHits } from './result-set.ts';

/** Leaves out of a hit, or all of it, what the user blocks. */
export type Allowed = <T extends Pick<Hit, 'hash' | 'name' | 'sources'>>(hit: T) => T | undefined;

/** Files that are counted as blocked: as many as a search may find. */
const MAX_COUNTED = 12_000;

type AllowedSinkDeps = {
  readonly allowed: Allowed;
  /** A supernode was seen to invent. */
  readonly isInventor: (supernode: NodeId) => boolean;
  /** Hears of each further file that the user blocks, how many they are now. */
  readonly blocked: (files: number) => void;
};

/** Passes on what a search finds, without what the user blocks and without what inventors name. */
export class AllowedSink implements ClientSearchSink {
  readonly #sink: ClientSearchSink;
  readonly #deps: AllowedSinkDeps;
  readonly #blocked = new Set<string>();

  constructor(sink: ClientSearchSink, deps: AllowedSinkDeps) {
    this.#sink = sink;
    this.#deps = deps;
  }

  count(): number {
    return this.#sink.count();
  }

  hits(named: NamedHits): void {
    const { isInventor, allowed } = this.#deps;
    if (isInventor(named.namedBy)) return;
    const hits = named.hits.flatMap((hit) => allowed(hit) ?? this.#leaveOut(hit));
    if (hits.length > 0) this.#sink.hits({ ...named, hits });
  }

  votes(told: ToldVotes): void {
    this.#sink.votes?.(told);
  }

  wave(report: ClientWave, run: WaveRun): void {
    this.#sink.wave(report, run);
  }

  end(...how: Parameters<ClientSearchSink['end']>): void {
    this.#sink.end(...how);
  }

  #leaveOut(hit: Hit): [] {
    if (this.#blocked.size < MAX_COUNTED) this.#blocked.add(keyOf(hit));
    this.#deps.blocked(this.#blocked.size);
    return [];
  }
}
