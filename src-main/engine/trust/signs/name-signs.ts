import type { Sign } from '../../../contract/pollution.ts';
import { endingOf, typeOfEnding } from '../../content/file-type.ts';
import { contradicts, isPassive } from '../../content/name-fit.ts';
import { foldWords } from '../../fold.ts';
import { type Evidence, type NameEvidence, sign } from './evidence.ts';

/** Worms of the KaZaA years were `song.mp3.exe`, with spaces between or the letters turned round. */
const DISGUISED = 0.95;
const OTHER_TYPE = 0.6;
const ALL_DISAGREE = 0.8;
const ECHO = 0.15;
/** Of words of the shorter name that two names share, to be names of one thing. */
const SAME_WORDS = 0.5;
/** Marks that turn the order of letters: `Song [RLO]3pm.exe` shows as `Song exe.mp3`. */
const TURNED = /[\u202a-\u202e\u2066-\u2069\u200e\u200f]/;
/** So many spaces push an ending out of sight. */
const PADDED = /\s{8,}\.?\S{0,10}$/;
const MIN_ECHO_WORDS = 2;
const FEW_NETWORKS = 2;

/** Signs that the names tell. */
export function* nameSigns(evidence: Evidence): Iterable<Sign> {
  const { told } = evidence;
  const [best] = evidence.names;
  if (!best) return;
  const ending = endingOf(best.name.trimEnd());
  if (isDisguised(best.name, ending)) yield sign('disguised-name', DISGUISED, { ending });
  else if (told.isAgreed && contradicts(typeOfEnding(ending), told.type))
    yield sign('type-disagrees', OTHER_TYPE, { ending, type: told.type });
  const share = agreement(evidence.names);
  if (share < SAME_WORDS) {
    const names = evidence.names.length;
    yield sign('names-disagree', ALL_DISAGREE * (1 - share), { names, share: Math.round(share * 100) });
  }
  if (isEcho(evidence, best)) yield sign('echo', ECHO);
}

/** Whether two names have enough folded words in common to be names of one thing. Names without words agree with all. */
export function isSameThing(one: ReadonlySet<string>, other: ReadonlySet<string>): boolean {
  const [short, long] = one.size <= other.size ? [one, other] : [other, one];
  if (short.size === 0) return true;
  let common = 0;
  for (const word of short) if (long.has(word)) common++;
  return common >= SAME_WORDS * short.size;
}

/** Folded words of a name without its ending. */
export function wordsOf(name: string): Set<string> {
  const ending = endingOf(name);
  return new Set(foldWords(ending === '' ? name : name.slice(0, -ending.length - 1)));
}

function isDisguised(name: string, ending: string): boolean {
  if (typeOfEnding(ending) !== 'software') return false;
  if (TURNED.test(name) || PADDED.test(name)) return true;
  const inner = endingOf(
    name
      .trimEnd()
      .slice(0, -ending.length - 1)
      .trimEnd(),
  );
  return isPassive(typeOfEnding(inner));
}

/** Share of those independent of each other that give the best name, or one like it; 1 while one alone has said a name. */
function agreement(names: readonly NameEvidence[]): number {
  const [best, ...others] = names;
  if (!best || others.length === 0) return 1;
  const words = wordsOf(best.name);
  const all = names.reduce((sum, { independent }) => sum + independent, 0);
  const alike = others.filter(({ name }) => isSameThing(words, wordsOf(name)));
  return alike.reduce((sum, { independent }) => sum + independent, best.independent) / Math.max(1, all);
}

function isEcho({ terms, networks }: Evidence, { name }: NameEvidence): boolean {
  if (terms.length < MIN_ECHO_WORDS || networks > FEW_NETWORKS) return false;
  return [...wordsOf(name)].join(' ') === [...new Set(terms)].join(' ');
}
