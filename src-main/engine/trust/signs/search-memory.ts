import type { ContentHash } from '../../../contract/ids.ts';
import type { Sign } from '../../../contract/pollution.ts';
import { setLast } from '../../set-last.ts';
import { type Evidence, sign } from './evidence.ts';
import { isSameThing, wordsOf } from './name-signs.ts';

/** Searches remembered, one bit each; each without a word of another one. */
const MAX_QUERIES = 32;
const MIN_WORDS = 2;
/** Networks and files remembered: those of a day, in a few MiB. */
const MAX_REMEMBERED = 20_000;
/** Who answered so many of at least so many unrelated searches lists what is asked for, not what somebody has. */
const MIN_ASKED = 8;
const MIN_ANSWERED = 6;
const GREEDY_SHARE = 0.6;
const GREEDY = 0.7;
/** Of the networks of a file that are greedy, before the file is blamed for them. */
const MOST = 0.8;
const RENAMED = 0.7;

type KnownFile = { readonly words: ReadonlySet<string>; readonly name: string; readonly independent: number };
type Greed = { readonly answered: number; readonly asked: number };

/** A search while it runs: its place among the remembered ones, or none when it is like one of them or too short to tell anything. */
export type QueryPlace = number | undefined;

/** What this peer's searches of this run have shown of networks and files. Nothing is kept over a restart. */
export class SearchMemory {
  readonly #queries: ReadonlySet<string>[] = [];
  /** For each network, the searches that it had an answer to. */
  readonly #answered = new Map<string, number>();
  readonly #files = new Map<string, KnownFile>();
  #next = 0;

  /** A search begins. */
  begin(terms: readonly string[]): QueryPlace {
    const words = new Set(terms);
    if (words.size < MIN_WORDS) return undefined;
    if (this.#queries.some((query) => terms.some((term) => query.has(term)))) return undefined;
    const place = this.#next;
    this.#next = (this.#next + 1) % MAX_QUERIES;
    if (this.#queries[place]) for (const [key, bits] of this.#answered) this.#answered.set(key, bits & ~(1 << place));
    this.#queries[place] = words;
    return place;
  }

  /** A source in `network` was named in an answer. */
  answered(place: QueryPlace, network: string): void {
    if (place === undefined) return;
    const bits = this.#answered.get(network) ?? 0;
    if ((bits & (1 << place)) === 0) setLast(this.#answered, [network, bits | (1 << place)], MAX_REMEMBERED);
  }

  /** A file as a search found it; the name that most were independent for stays. */
  found({ hash, size, names: [best] }: Evidence): void {
    if (!best) return;
    const key = keyOf(hash, size);
    const known = this.#files.get(key);
    if (known && known.independent >= best.independent) return;
    const { name, independent } = best;
    setLast(this.#files, [key, { words: wordsOf(name), name, independent }], MAX_REMEMBERED);
  }

  /** Signs that other searches tell of a file with sources in `networks`. */
  *signs({ hash, size, names: [best] }: Evidence, networks: ReadonlySet<string>): Iterable<Sign> {
    const greed = this.#greedOf(networks);
    if (greed) yield sign('greedy-sources', (GREEDY * greed.answered) / greed.asked, greed);
    const known = this.#files.get(keyOf(hash, size));
    // Who is to blame is told by who is more: one supernode that calls a common file by odd names makes no sign at it.
    if (known && best && best.independent <= known.independent && !isSameThing(known.words, wordsOf(best.name)))
      yield sign('renamed', RENAMED, { name: known.name });
  }

  /** The mean of the greedy networks when nearly all are; undefined otherwise. */
  #greedOf(networks: ReadonlySet<string>): Greed | undefined {
    const asked = this.#queries.length;
    if (asked < MIN_ASKED || networks.size === 0) return undefined;
    let greedy = 0;
    let answered = 0;
    for (const network of networks) {
      const count = bitsOf(this.#answered.get(network) ?? 0);
      if (count < MIN_ANSWERED || count < GREEDY_SHARE * asked) continue;
      greedy++;
      answered += count;
    }
    return greedy >= MOST * networks.size ? { answered: Math.round(answered / greedy), asked } : undefined;
  }
}

const keyOf = (hash: ContentHash, size: number) => `${hash} ${size}`;

function bitsOf(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
