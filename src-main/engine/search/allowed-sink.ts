import type { Hit } from '../../contract/search.ts';
import type { ClientSearchSink, ClientWave, ToldVotes } from './client-search.ts';
import { keyOf, type NamedHits } from './result-set.ts';

/** Leaves out of a hit, or all of it, what the user blocks. */
export type Allowed = <T extends Pick<Hit, 'hash' | 'name' | 'sources'>>(hit: T) => T | undefined;

/** Files that are counted as blocked: as many as a search may find. */
const MAX_COUNTED = 12_000;

/** Passes on what a search finds, without what the user blocks; `told` hears of each further file that was left out, how many they are now. */
export class AllowedSink implements ClientSearchSink {
  readonly #sink: ClientSearchSink;
  readonly #allowed: Allowed;
  readonly #told: (blocked: number) => void;
  readonly #blocked = new Set<string>();

  constructor(sink: ClientSearchSink, allowed: Allowed, told: (blocked: number) => void) {
    this.#sink = sink;
    this.#allowed = allowed;
    this.#told = told;
  }

  count(): number {
    return this.#sink.count();
  }

  hits(named: NamedHits): void {
    const hits = named.hits.flatMap((hit) => this.#allowed(hit) ?? this.#leaveOut(hit));
    if (hits.length > 0) this.#sink.hits({ ...named, hits });
  }

  votes(told: ToldVotes): void {
    this.#sink.votes?.(told);
  }

  wave(report: ClientWave): void {
    this.#sink.wave(report);
  }

  end(...how: Parameters<ClientSearchSink['end']>): void {
    this.#sink.end(...how);
  }

  #leaveOut(hit: Hit): [] {
    if (this.#blocked.size < MAX_COUNTED) this.#blocked.add(keyOf(hit));
    this.#told(this.#blocked.size);
    return [];
  }
}
