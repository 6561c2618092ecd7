import type { ParsedQuery } from '../search/query-language.ts';
import { endOfName, toNeedle } from './indexed-words.ts';

/** What a term is worth: as a whole word of the name, as the beginning of one, or only in the descriptor. */
const WHOLE = 1;
const BEGINNING = 0.8;
const ELSEWHERE = 0.4;
/** For all terms standing in the name as they were typed, one behind the other. */
const IN_ORDER = 0.5;
/** For a name that holds nothing else; less the more it holds beside. */
const EXACTNESS = 0.5;

/** Not all terms are in the row. Every score is above. */
export const NO_MATCH = -1;

/**
 * Looks for the terms of one query in a row's words and scores where they are, in one go: the text is far away, and each look at it
 * costs 0.1 µs or more. A better row scores higher; NO_MATCH for one that lacks a term.
 */
export function matchScorer({ terms }: ParsedQuery): (words: string) => number {
  const needles = terms.map(({ words, prefix }) => ({
    begun: toNeedle(words, prefix),
    whole: prefix ? toNeedle(words, false) : undefined,
  }));
  const typed = terms.flatMap((term) => term.words);
  const inOrder = toNeedle(typed, terms.at(-1)?.prefix ?? false);
  return (words) => {
    const nameEnd = endOfName(words);
    let [score, inName] = [0, 0];
    for (const { begun, whole } of needles) {
      const at = words.indexOf(begun);
      if (at === -1) return NO_MATCH;
      if (at < nameEnd) inName++;
      score += at > nameEnd ? ELSEWHERE : isBefore(nameEnd, words, whole) ? WHOLE : BEGINNING;
    }
    score /= needles.length;
    if (inName === needles.length && isBefore(nameEnd, words, inOrder)) score += IN_ORDER;
    return score + EXACTNESS * Math.min(1, inOrder.length / nameEnd);
  };
}

/** Whether the text stands before `end`; nothing stands everywhere. */
function isBefore(end: number, words: string, text: string | undefined): boolean {
  if (text === undefined) return true;
  const at = words.indexOf(text);
  return at !== -1 && at < end;
}
