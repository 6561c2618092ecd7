import type { NodeId } from '../../src-main/contract/ids.ts';
import type { SearchResult } from '../../src-main/contract/search.ts';
import type { Settings } from '../../src-main/contract/settings.ts';
import { fold } from '../../src-main/engine/fold.ts';
import { ResultSet } from '../../src-main/engine/search/result-set.ts';
import { Judge, type JudgeDeps } from '../../src-main/engine/trust/judge.ts';
import { MemoryLogger } from '../../src-main/simulator/memory-logger.ts';
import { type hit, node, source } from './search-fixtures.ts';

/** One that keeps what it learned in `kept`, or nowhere. */
export function judgeOf(
  settings: () => Settings,
  kept: { text?: string } = {},
  opinion: JudgeDeps['opinion'] = () => ({ score: 0, own: null }),
  foundType: JudgeDeps['foundType'] = () => undefined,
): Judge {
  return new Judge({
    settings,
    self: 'a'.repeat(64) as NodeId,
    logger: new MemoryLogger(),
    opinion,
    foundType,
    store: {
      load: async () => kept.text,
      save: async (text) => {
        kept.text = text;
      },
    },
  });
}

/** A source of its own network, unless `network` says which. */
export const at = (number: number, network = number) =>
  source(number, { addresses: [{ host: `40.${network >> 8}.${network & 255}.${1 + (number % 200)}`, port: 1214 }] });

export function searchWith(judge: Judge) {
  /** What a search for `words` makes of the hits; each is named by a supernode of its own unless `namers` says by whom. */
  return (
    words: string,
    hits: readonly ReturnType<typeof hit>[],
    namers?: readonly number[],
  ): readonly SearchResult[] => {
    const terms = words === '' ? [] : words.split(' ');
    const results = new ResultSet({ terms, fold, isStruck: () => false, judge: judge.begin(terms) });
    for (const [index, one] of hits.entries())
      results.add({ hits: [one], namedBy: node(1000 + (namers?.[index] ?? index)), wave: 0 });
    results.settle();
    return results.all();
  };
}

export const kindsOf = (result: SearchResult | undefined) => result?.pollution.signs.map(({ kind }) => kind);
