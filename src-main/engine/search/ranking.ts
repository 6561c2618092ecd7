import type { Extracted } from '../../contract/descriptor.ts';
import type { Rank, Source } from '../../contract/search.ts';

/** What each term is worth. A name that fits comes before many sources, and both before hearsay of supernodes. */
export const RANK_WEIGHTS = { nameMatch: 0.5, availability: 0.3, agreement: 0.2 } as const;

/** A word found as a word, as the start of one, inside one, or only in the descriptor. */
const WHOLE_WORD = 1;
const WORD_START = 0.9;
const INSIDE = 0.7;
const IN_DESCRIPTOR = 0.6;
/** Part of the name match that goes to names with little beside the words asked for. */
const COVERAGE_PART = 0.2;
/** A source with a free slot is worth 1; one of unknown load half of that; one with a queue less with each peer waiting. */
const UNKNOWN_LOAD = 0.5;
/** Availability and agreement reach 1/2 at this many networks with a free source, and independent supernodes. */
const HALF_AT = 2;

type RankInput = {
  /** Folded words that a match must have; empty for a query by hash. */
  readonly terms: readonly string[];
  /** Folded name and folded texts of the descriptor. */
  readonly name: string;
  readonly descriptor: string;
  readonly sources: readonly Source[];
  /** The network of a source: those of one together are worth one. */
  readonly networkOf: (source: Source) => string;
  /** Independent supernodes that name it and are not struck. */
  readonly supernodes: number;
  /** Score of its signs of pollution, 0 to 1. */
  readonly pollution: number;
};

/** Why a result stands where it does. The total is the weighted sum, less as it is polluted, and 0 when only struck supernodes name it: those come last. */
export function rank(input: RankInput): Rank {
  const nameMatch = matchOf(input);
  const availability = saturate(worthOf(input));
  const agreement = saturate(input.supernodes);
  const sum =
    RANK_WEIGHTS.nameMatch * nameMatch + RANK_WEIGHTS.availability * availability + RANK_WEIGHTS.agreement * agreement;
  return { nameMatch, availability, agreement, total: input.supernodes === 0 ? 0 : sum * (1 - input.pollution) };
}

/** The texts of a descriptor that words may match, in one line. */
export function descriptorText({ title, artist, album, genre, codec, language }: Extracted): string {
  return [title, artist, album, genre, codec, language].filter((text) => text !== undefined).join(' ');
}

function matchOf({ terms, name, descriptor }: RankInput): number {
  if (terms.length === 0) return 1;
  const words = name.split(/[^\p{L}\p{N}]+/u);
  const found = terms.reduce((sum, term) => sum + termMatch(term, { name, words, descriptor }), 0) / terms.length;
  const asked = terms.reduce((sum, term) => sum + term.length, 0);
  const coverage = Math.min(1, asked / Math.max(1, words.join('').length));
  return found * (1 - COVERAGE_PART + COVERAGE_PART * coverage);
}

type Texts = { readonly name: string; readonly words: readonly string[]; readonly descriptor: string };

function termMatch(term: string, { name, words, descriptor }: Texts): number {
  if (words.includes(term)) return WHOLE_WORD;
  if (words.some((word) => word.startsWith(term))) return WORD_START;
  if (name.includes(term)) return INSIDE;
  return descriptor.includes(term) ? IN_DESCRIPTOR : 0;
}

/** Of all sources; an operator who fills a network with them has gained nothing. */
function worthOf({ sources, networkOf }: RankInput): number {
  const best = new Map<string, number>();
  for (const source of sources) {
    const network = networkOf(source);
    best.set(network, Math.max(best.get(network) ?? 0, sourceWorth(source)));
  }
  return [...best.values()].reduce((sum, worth) => sum + worth, 0);
}

function sourceWorth({ freeSlots, queueLength }: Source): number {
  if (freeSlots !== undefined && freeSlots > 0) return 1;
  return queueLength === undefined ? UNKNOWN_LOAD : 1 / (HALF_AT + queueLength);
}

const saturate = (value: number) => value / (value + HALF_AT);
