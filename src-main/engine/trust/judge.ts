import type { Pollution } from '../../contract/pollution.ts';
import type { Settings } from '../../contract/settings.ts';
import { crowdSigns } from './signs/crowd-signs.ts';
import { type Evidence, sumOf } from './signs/evidence.ts';
import { nameSigns } from './signs/name-signs.ts';
import { SearchMemory } from './signs/search-memory.ts';
import { sizeSigns } from './signs/size-signs.ts';

type JudgeDeps = { readonly settings: () => Settings };

/** Judges the results of one search. */
export interface SearchJudge {
  /** A source in this network (contract/address-block.ts, or a NodeId) was named. */
  named(network: string): void;
  judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution;
  /** The search has ended with this result. */
  found(evidence: Evidence): void;
}

/** Reads signs of pollution from what searches bring (docs/adr/0031). */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #memory = new SearchMemory();

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
  }

  /** `terms`: folded words of the query in their order; empty for a query by hash. */
  begin(terms: readonly string[]): SearchJudge {
    const place = this.#memory.begin(terms);
    return {
      named: (network) => this.#memory.answered(place, network),
      judge: (evidence, networks) => this.#judge(evidence, networks),
      found: (evidence) => this.#memory.found(evidence),
    };
  }

  #judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution {
    const signs = [
      ...nameSigns(evidence),
      ...sizeSigns(evidence),
      ...crowdSigns(evidence),
      ...this.#memory.signs(evidence, networks),
    ].sort((a, b) => b.weight - a.weight);
    const score = Math.round(sumOf(signs) * 100) / 100;
    return { score, signs, isHidden: score * 100 > this.#deps.settings()['trust.hide-above'] };
  }
}
