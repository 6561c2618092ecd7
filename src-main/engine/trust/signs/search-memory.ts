import { z } from 'zod';
import type { NodeId } from '../../../contract/ids.ts';
import { parseValue } from '../../../contract/parse-value.ts';
import type { Sign } from '../../../contract/pollution.ts';
import { setLast } from '../../set-last.ts';
import { type Evidence, type FileName, keyOf, sign } from './evidence.ts';
import type { Traits } from './learned.ts';
import { isSameThing, wordsOf } from './name-signs.ts';

/** Searches remembered, one bit each; each without a word of another one. */
const MAX_QUERIES = 32;
const MIN_WORDS = 2;
/** Networks remembered, and peers of each: what the searches of months meet, in 300 KB. */
const MAX_NETWORKS = 5000;
const MAX_PEERS = 8;
const MAX_FILES = 5000;
/** Who answered so many of at least so many unrelated searches lists what is asked for, not what somebody has. */
const MIN_ASKED = 8;
const MIN_ANSWERED = 6;
const GREEDY_SHARE = 0.6;
const GREEDY = 0.7;
/** So many peers in a network are a rack, if it is so many times what is usual: where everybody has Shoal, every network is full. */
const RACK_PEERS = 3;
const TIMES_USUAL = 2;
const MIN_NETWORKS = 10;
const RACKED = 0.8;
/** One supernode could invent peers in an honest network: nothing is held against one that a single one told of. */
const VOICES = 2;
/** Of the networks of a file, before the file is blamed for them: those who fetched a fake and have not looked yet share it too. */
const MOST = 0.5;
const RENAMED = 0.7;
/** Digits of a NodeId that tell peers of one network apart. */
const PREFIX = 8;

/** Sources of a file that are remembered. */
const MAX_SOURCES = 20;

type KnownFile = Traits & {
  readonly independent: number;
  /** What was learned has made it suspect, and its sources with it. */
  isSuspect: boolean;
};
type Network = { answered: number; readonly peers: Set<string>; readonly namers: Set<string> };

type KeptNetwork = [name: string, answered: number, peers: string[], namers: string[]];

/** A search while it runs: its place among the remembered ones, or none when it is like one of them or too short to tell anything. */
export type QueryPlace = number | undefined;

const keptSchema = z.object({
  next: z.int().min(0).max(MAX_QUERIES),
  queries: z.array(z.array(z.int())).max(MAX_QUERIES),
  networks: z
    .array(z.tuple([z.string(), z.int(), z.array(z.string()).max(MAX_PEERS), z.array(z.string()).max(VOICES)]))
    .max(MAX_NETWORKS),
});

/**
 * What this peer's searches have shown of networks and files. Of the words of a search only 32 bits of a salted hash each are kept, to
 * know whether another one is about something else.
 */
export class SearchMemory {
  readonly #salt: number;
  readonly #queries: ReadonlySet<number>[] = [];
  readonly #networks = new Map<string, Network>();
  /** How many networks have so many peers. */
  readonly #sizes = new Array<number>(MAX_PEERS + 1).fill(0);
  /** By hash and size. Not kept over a restart: it would tell what was searched for. */
  readonly #files = new Map<string, KnownFile>();
  #next = 0;

  /** `self` makes the hashes of words other ones than those of other peers. */
  constructor(self: NodeId) {
    this.#salt = hashOf(self, 0);
  }

  /** What is to be kept; see `restore`. */
  toKept(): z.infer<typeof keptSchema> {
    const networks = [...this.#networks].map(
      ([name, { answered, peers, namers }]): KeptNetwork => [name, answered, [...peers], [...namers]],
    );
    const queries = this.#queries.map((words) => [...words]);
    return { next: this.#next, queries, networks };
  }

  /** Begins with what an earlier run kept. False when that is none of ours: then nothing is remembered. */
  restore(from: unknown): boolean {
    const kept = parseValue(keptSchema, from);
    if (!kept.success) return false;
    this.#next = kept.data.next % MAX_QUERIES;
    this.#queries.push(...kept.data.queries.map((words) => new Set(words)));
    for (const [name, answered, peers, namers] of kept.data.networks) {
      this.#networks.set(name, { answered, peers: new Set(peers), namers: new Set(namers) });
      this.#count(peers.length, 1);
    }
    return true;
  }

  /** A search begins. */
  begin(terms: readonly string[]): QueryPlace {
    const words = new Set(terms.map((term) => hashOf(term, this.#salt)));
    if (words.size < MIN_WORDS) return undefined;
    if (this.#queries.some((query) => [...words].some((word) => query.has(word)))) return undefined;
    const place = this.#next;
    this.#next = (this.#next + 1) % MAX_QUERIES;
    if (this.#queries[place]) for (const network of this.#networks.values()) network.answered &= ~(1 << place);
    this.#queries[place] = words;
    return place;
  }

  /** A source in a network was named in an answer. */
  named(place: QueryPlace, name: string, { peer, namer }: { readonly peer: NodeId; readonly namer: NodeId }): void {
    const network = this.#networks.get(name) ?? { answered: 0, peers: new Set<string>(), namers: new Set<string>() };
    if (place !== undefined) network.answered |= 1 << place;
    if (this.#networks.delete(name)) this.#count(network.peers.size, -1);
    else if (this.#networks.size >= MAX_NETWORKS) this.#forgetOldest();
    if (network.peers.size < MAX_PEERS) network.peers.add(peer.slice(0, PREFIX));
    if (network.namers.size < VOICES) network.namers.add(namer.slice(0, PREFIX));
    this.#networks.set(name, network);
    this.#count(network.peers.size, 1);
  }

  /** A file as a search found it, and what is remembered of it now; the name that most were independent for stays. */
  found({ hash, size, names: [best], peers }: Evidence, networks: ReadonlySet<string>): KnownFile | undefined {
    const key = keyOf({ hash, size });
    const known = this.#files.get(key);
    if (!best || (known && known.independent > best.independent)) return known;
    const { name, independent } = best;
    const isSuspect = known?.isSuspect ?? false;
    const file = { ...traitsOf({ name, size, peers, networks }), independent, isSuspect };
    setLast(this.#files, [key, file], MAX_FILES);
    return file;
  }

  /** What a search of this run showed of a file. */
  traits(file: FileName): Traits | undefined {
    return this.#files.get(keyOf(file));
  }

  /** Signs that other searches tell of a file with sources in `networks`. */
  *signs({ hash, size, names: [best] }: Evidence, networks: ReadonlySet<string>): Iterable<Sign> {
    const known = [...networks].flatMap((name) => {
      const network = this.#networks.get(name);
      return network && network.namers.size >= VOICES ? [network] : [];
    });
    yield* this.#greedOf(known, networks.size);
    yield* this.#racksOf(known, networks.size);
    const file = this.#files.get(keyOf({ hash, size }));
    // Who is to blame is told by who is more: one supernode that calls a common file by odd names makes no sign at it.
    if (!file || !best || file.name === best.name || best.independent > file.independent) return;
    if (!isSameThing(wordsOf(file.name), wordsOf(best.name))) yield sign('renamed', RENAMED, { name: file.name });
  }

  #count(peers: number, by: number): void {
    this.#sizes[peers] = (this.#sizes[peers] ?? 0) + by;
  }

  /** The median: racks do not make racks usual before they are half of all that is known. */
  #usualPeers(): number {
    let below = 0;
    for (const [peers, count] of this.#sizes.entries()) {
      below += count;
      if (below * 2 >= this.#networks.size) return Math.max(1, peers);
    }
    return MAX_PEERS;
  }

  #forgetOldest(): void {
    for (const [name, { peers }] of this.#networks) {
      this.#networks.delete(name);
      this.#count(peers.size, -1);
      return;
    }
  }

  *#greedOf(networks: readonly Network[], all: number): Iterable<Sign> {
    const asked = this.#queries.length;
    if (asked < MIN_ASKED) return;
    const counts = networks.map(({ answered }) => bitsOf(answered));
    const greedy = counts.filter((count) => count >= MIN_ANSWERED && count >= GREEDY_SHARE * asked);
    const part = greedy.length / Math.max(1, all);
    if (part < MOST) return;
    const answered = Math.round(greedy.reduce((sum, count) => sum + count, 0) / greedy.length);
    yield sign('greedy-sources', (GREEDY * part * answered) / asked, { answered, asked });
  }

  *#racksOf(networks: readonly Network[], all: number): Iterable<Sign> {
    if (this.#networks.size < MIN_NETWORKS) return;
    const usual = this.#usualPeers();
    const racks = networks.filter(({ peers }) => peers.size >= RACK_PEERS && peers.size >= TIMES_USUAL * usual);
    const part = racks.length / Math.max(1, all);
    if (part < MOST) return;
    const peers = Math.round(racks.reduce((sum, network) => sum + network.peers.size, 0) / racks.length);
    yield sign('racks', RACKED * part * (1 - usual / peers), { peers, networks: racks.length });
  }
}

/** As they are remembered. */
export const traitsOf = ({ name, size, peers, networks }: Found): Traits => ({
  ...{ name, size },
  peers: peers.slice(0, MAX_SOURCES).map((peer) => peer.slice(0, PREFIX)),
  networks: [...networks].slice(0, MAX_SOURCES),
});
type Found = {
  readonly name: string;
  readonly size: number;
  readonly peers: readonly NodeId[];
  readonly networks: ReadonlySet<string>;
};

/** FNV-1a of the word after the salt, 32 bits. */
function hashOf(word: string, salt: number): number {
  let hash = 0x811c9dc5 ^ salt;
  for (let at = 0; at < word.length; at++) hash = Math.imul(hash ^ word.charCodeAt(at), 0x01000193);
  return hash | 0;
}

function bitsOf(bits: number): number {
  let count = 0;
  for (let left = bits; left !== 0; left &= left - 1) count++;
  return count;
}
