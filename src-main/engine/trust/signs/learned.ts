import { z } from 'zod';
import { parseValue } from '../../../contract/parse-value.ts';
import type { Sign } from '../../../contract/pollution.ts';
import { endingOf } from '../../content/file-type.ts';
import { setLast } from '../../set-last.ts';
import { sign } from './evidence.ts';
import { wordsOf } from './name-signs.ts';

/** What a file can be told by: what a search showed of it. `peers`: beginnings of NodeIds. */
export type Traits = {
  readonly name: string;
  readonly size: number;
  readonly peers: readonly string[];
  readonly networks: readonly string[];
};

/** Traits remembered, the ones heard of longest ago are forgotten (LimeWire's filter kept as many). */
const MAX_TRAITS = 5000;
/** Of a file: as many as say anything. */
const MAX_PEERS = 50;
const MAX_WORDS = 20;
/** Letters of a word: folding makes five of one, and what is kept has a limit. */
const MAX_WORD = 64;
/** Nothing is said before so much was found to be bad. */
const MIN_BAD = 0.5;
/**
 * Log-odds: how much the mean of each kind counts, after LimeWire (client .6, address .2, exact size .6, keyword .15, ending .05), the last
 * three less: one lesson is all that most users give.
 */
const PEERS = 4.5;
const NETWORKS = 1.5;
const SIZE = 2;
const WORDS = 0.3;
const ENDING = 0.1;
/** Most files are good: a word or an ending in common with a bad one is not enough. */
const BEFORE = -0.35;
/** It never hides anything alone: the user was wrong about many. */
const MOST = 0.8;
/** One source says little: whoever fetches a fake has it too until he looks. */
const UNKNOWN_PEERS = 5;
/** As if each trait had been met so often before, half of the time with something bad. */
const DOUBT = 0.5;
/** A file that is as likely bad makes all its sources suspect. */
const SUSPECT = 0.55;
/** So much does it count that a peer shares what is suspect, and no more than this in all. */
const COMPANY = 0.3;
const MOST_COMPANY = 1;
/** Peers in bad company that are remembered; a limit of its own, for strangers can name as many as they like beside one that is known. */
const MAX_COMPANY = 2000;

type Count = { bad: number; good: number };

const keptSchema = z.object({
  bad: z.number().min(0),
  traits: z.array(z.tuple([z.string().max(300), z.number().min(0), z.number().min(0)])).max(MAX_TRAITS),
  company: z
    .array(z.tuple([z.string().max(300), z.number().min(0).max(MOST_COMPANY)]))
    .max(MAX_COMPANY)
    .default([]),
});

/** Learns from what the user finds good and bad which sources, sizes and words to mistrust: naive Bayes, all on this machine. */
export class Learned {
  readonly #traits = new Map<string, Count>();
  /** What is held against peers for what they share with others. */
  readonly #company = new Map<string, number>();
  #bad = 0;

  toKept(): z.infer<typeof keptSchema> {
    const traits = [...this.#traits].map(([trait, { bad, good }]): [string, number, number] => [trait, bad, good]);
    return { bad: this.#bad, traits, company: [...this.#company] };
  }

  /** Nothing when it is none of ours. */
  restore(kept: unknown): boolean {
    const parsed = parseValue(keptSchema, kept);
    if (!parsed.success) return false;
    this.#bad = parsed.data.bad;
    for (const [trait, bad, good] of parsed.data.traits) this.#traits.set(trait, { bad, good });
    for (const [peer, suspicion] of parsed.data.company) this.#company.set(peer, suspicion);
    return true;
  }

  /** `sureness`: 1 when the user said so, less when it was only seen in what he did; negative takes it back. */
  learn(file: Traits, what: 'bad' | 'good', sureness: number): void {
    if (what === 'bad') this.#bad = Math.max(0, this.#bad + sureness);
    for (const trait of Object.values(traitsOf(file)).flat()) {
      const count = this.#traits.get(trait) ?? { bad: 0, good: 0 };
      this.#traits.delete(trait);
      count[what] = Math.max(0, count[what] + sureness);
      if (count.bad + count.good > 0) this.#traits.set(trait, count);
    }
    while (this.#traits.size > MAX_TRAITS) this.#traits.delete(this.#traits.keys().next().value as string);
  }

  /**
   * Who shares what the other sources make suspect keeps bad company: polluters are many, and whoever else has one's fakes is mostly another.
   * Nothing that such a peer shares besides takes it back, which would be cheap. True when it counted.
   */
  met(file: Traits): boolean {
    if (this.#bad < MIN_BAD || this.chance(file) < SUSPECT) return false;
    const { peers } = traitsOf(file);
    const odds = peers.map((peer) => this.#odds(peer));
    const all = odds.reduce((sum, one) => sum + one, 0);
    const rest = this.#oddsOf({ ...file, peers: [], networks: [] });
    const suspects = peers.filter((_, at) => {
      const others = (all - (odds[at] ?? 0)) / (peers.length - 1 + UNKNOWN_PEERS);
      return chanceOf(rest + PEERS * others) >= SUSPECT;
    });
    for (const peer of suspects)
      setLast(this.#company, [peer, Math.min(MOST_COMPANY, (this.#company.get(peer) ?? 0) + COMPANY)], MAX_COMPANY);
    return suspects.length > 0;
  }

  /** A lesson was wrong: nobody knows which of what was concluded from all of them still holds. */
  forgetCompany(): void {
    this.#company.clear();
  }

  /** How sure what was learned makes that a file is bad, 0 to 1; 1/2 says nothing. */
  chance(file: Traits): number {
    return chanceOf(this.#oddsOf(file));
  }

  #oddsOf(file: Traits): number {
    const { peers, networks, size, words, ending } = traitsOf(file);
    return (
      BEFORE +
      PEERS * this.#mean(peers, UNKNOWN_PEERS) +
      NETWORKS * this.#mean(networks, UNKNOWN_PEERS) +
      SIZE * this.#mean(size) +
      WORDS * this.#mean(words) +
      ENDING * this.#mean(ending)
    );
  }

  *signs(file: Traits): Iterable<Sign> {
    if (this.#bad < MIN_BAD) return;
    const chance = this.chance(file);
    const weight = MOST * (2 * chance - 1);
    if (weight > 0) yield sign('learned', weight, { known: this.#badPeers(file), sources: file.peers.length });
  }

  #badPeers(file: Traits): number {
    return traitsOf(file).peers.filter((trait) => this.#odds(trait) > 0).length;
  }

  /** As if `unknown` more were there of which nothing is known. */
  #mean(traits: readonly string[], unknown = 0): number {
    return traits.reduce((sum, trait) => sum + this.#odds(trait), 0) / Math.max(1, traits.length + unknown);
  }

  #odds(trait: string): number {
    const { bad, good } = this.#traits.get(trait) ?? { bad: 0, good: 0 };
    const company = this.#company.get(trait) ?? 0;
    return Math.log((bad + company + DOUBT / 2) / (good + DOUBT / 2));
  }
}

const chanceOf = (odds: number): number => 1 / (1 + Math.exp(-odds));

function traitsOf({ name, size, peers, networks }: Traits) {
  const ending = endingOf(name);
  return {
    peers: peers.slice(0, MAX_PEERS).map((peer) => `peer ${peer}`),
    networks: networks.slice(0, MAX_PEERS).map((network) => `network ${network}`),
    size: [`size ${size}`],
    words: [...wordsOf(name)].slice(0, MAX_WORDS).map((word) => `word ${word.slice(0, MAX_WORD)}`),
    ending: ending === '' ? [] : [`ending ${ending}`],
  };
}
