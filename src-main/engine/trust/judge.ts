import type { ContentHash, NodeId } from '../../contract/ids.ts';
import { CLEAN, type Pollution } from '../../contract/pollution.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Opinion } from '../../contract/votes.ts';
import type { Logger } from '../ports/index.ts';
import type { SearchMemoryStore } from '../store/search-memory-store.ts';
import { crowdSigns } from './signs/crowd-signs.ts';
import { type Evidence, sign, sumOf } from './signs/evidence.ts';
import { nameSigns } from './signs/name-signs.ts';
import { SearchMemory } from './signs/search-memory.ts';
import { sizeSigns } from './signs/size-signs.ts';

type FileName = { readonly hash: ContentHash; readonly size: number };

export type JudgeDeps = {
  readonly settings: () => Settings;
  readonly self: NodeId;
  readonly logger: Logger;
  readonly store: Pick<SearchMemoryStore, 'load' | 'save'>;
  /** What others and the user say of a file, as far as it is known now. */
  readonly opinion: (file: FileName) => Pick<Opinion, 'score' | 'own'>;
};

/** Searches after which what they showed is written: a crash costs less than that. */
const SAVE_AFTER = 5;

/** Judges the results of one search. */
export interface SearchJudge {
  /** A source in this network (contract/address-block.ts, or a NodeId) was named. */
  named(network: string, peer: NodeId): void;
  /** Another text when people say something else of the file than before. */
  heard(file: FileName): string;
  judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution;
  /** The search has ended with this result. */
  found(evidence: Evidence): void;
}

/** Reads signs of pollution from what searches bring (docs/adr/0031). */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #memory: SearchMemory;
  #unsaved = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
    this.#memory = new SearchMemory(deps.self);
  }

  /** Remembers what earlier runs learned. */
  async start(): Promise<void> {
    const { store, logger } = this.#deps;
    const text = await store.load();
    if (text !== undefined && !this.#memory.restore(text)) logger.warn('what searches had shown was not readable');
  }

  async stop(): Promise<void> {
    if (this.#unsaved > 0) this.#save();
    await this.#saving;
  }

  /** `terms`: folded words of the query in their order; empty for a query by hash. */
  begin(terms: readonly string[]): SearchJudge {
    const place = this.#memory.begin(terms);
    if (++this.#unsaved >= SAVE_AFTER) this.#save();
    return {
      named: (network, peer) => this.#memory.named(place, network, peer),
      heard: (file) => {
        const { score, own } = this.#deps.opinion(file);
        return `${score} ${own}`;
      },
      judge: (evidence, networks) => this.#judge(evidence, networks),
      found: (evidence) => this.#memory.found(evidence),
    };
  }

  #judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution {
    const { score: said, own } = this.#deps.opinion(evidence);
    const { 'trust.hide-above': hideAbove } = this.#deps.settings();
    if (own === 'good') return CLEAN;
    const signs = [
      ...(own === null ? [] : [sign('own-verdict', 1, { verdict: own })]),
      ...(said < 0 ? [sign('votes', -said)] : []),
      ...nameSigns(evidence),
      ...sizeSigns(evidence),
      ...crowdSigns(evidence),
      ...this.#memory.signs(evidence, networks),
    ].sort((a, b) => b.weight - a.weight);
    const score = Math.round(sumOf(signs) * (1 - Math.max(0, said)) * 100) / 100;
    return { score, signs, isHidden: score * 100 > hideAbove };
  }

  #save(): void {
    this.#unsaved = 0;
    const { store, logger } = this.#deps;
    const text = this.#memory.toText();
    this.#saving = this.#saving
      .then(() => store.save(text))
      .catch((error: unknown) => logger.warn('what searches have shown was not kept', { error }));
  }
}
