import { z } from 'zod';
import type { FileType } from '../../contract/descriptor.ts';
import type { NodeId } from '../../contract/ids.ts';
import { parseValue } from '../../contract/parse-value.ts';
import { CLEAN, type Pollution } from '../../contract/pollution.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Opinion, Verdict } from '../../contract/votes.ts';
import type { Logger } from '../ports/index.ts';
import type { SearchMemoryStore } from '../store/search-memory-store.ts';
import { contentSigns } from './signs/content-signs.ts';
import { crowdSigns } from './signs/crowd-signs.ts';
import { type Evidence, type FileName, sign, sumOf } from './signs/evidence.ts';
import { Learned } from './signs/learned.ts';
import { nameSigns } from './signs/name-signs.ts';
import { SearchMemory, traitsOf } from './signs/search-memory.ts';
import { sizeSigns } from './signs/size-signs.ts';
import { TakenFiles } from './signs/taken-files.ts';

export type JudgeDeps = {
  readonly settings: () => Settings;
  readonly self: NodeId;
  readonly logger: Logger;
  readonly store: Pick<SearchMemoryStore, 'load' | 'save'>;
  /** What others and the user say of a file, as far as it is known now. */
  readonly opinion: (file: FileName) => Pick<Opinion, 'score' | 'own'>;
  /** What a download has found it to be by its bytes. */
  readonly foundType: (file: FileName) => FileType | undefined;
};

/** Searches after which what they showed is written: a crash costs less than that. */
const SAVE_AFTER = 5;
/** How sure it is that a file is bad that was deleted soon, against one of which the user said so. */
const DELETED_SOON = 0.7;
const KEPT = 0.5;

const keptSchema = z.object({ memory: z.unknown(), learned: z.unknown(), taken: z.unknown() });

/** Judges the results of one search. */
export interface SearchJudge {
  /** A supernode named a source in this network (contract/address-block.ts, or a NodeId). */
  named(network: string, by: { readonly peer: NodeId; readonly namer: NodeId }): void;
  /** Another text when the same evidence would be judged otherwise than before. */
  heard(file: FileName): string;
  judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution;
  /** The search has ended with this result. */
  found(evidence: Evidence, networks: ReadonlySet<string>): void;
}

/** Reads signs of pollution from what searches bring, and learns from what the user makes of it (docs/adr/0031). */
export class Judge {
  readonly #deps: JudgeDeps;
  readonly #memory: SearchMemory;
  readonly #learned = new Learned();
  readonly #taken: TakenFiles;
  /** Grows with each lesson. */
  #lessons = 0;
  #unsaved = 0;
  #saving: Promise<void> = Promise.resolve();

  constructor(deps: JudgeDeps) {
    this.#deps = deps;
    this.#memory = new SearchMemory(deps.self);
    this.#taken = new TakenFiles(this.#learned);
  }

  /** Remembers what earlier runs learned. */
  async start(): Promise<void> {
    const { store, logger } = this.#deps;
    const text = await store.load();
    if (text === undefined) return;
    const { data } = parseValue(keptSchema, parse(text));
    const isRead = [
      this.#memory.restore(data?.memory),
      this.#learned.restore(data?.learned),
      this.#taken.restore(data?.taken),
    ];
    if (isRead.includes(false)) logger.warn('what searches had shown was not readable');
  }

  async stop(): Promise<void> {
    if (this.#unsaved > 0) this.#save();
    await this.#saving;
  }

  /** `terms`: folded words of the query in their order; empty for a query by hash. */
  begin(terms: readonly string[]): SearchJudge {
    const place = this.#memory.begin(terms);
    this.#changed();
    return {
      named: (network, by) => this.#memory.named(place, network, by),
      heard: (file) => {
        const { score, own } = this.#deps.opinion(file);
        return `${score} ${own} ${this.#deps.foundType(file)} ${this.#lessons}`;
      },
      judge: (evidence, networks) => this.#judge(evidence, networks),
      found: (evidence, networks) => this.#found(evidence, networks),
    };
  }

  /** The user fetches a file: who had it is remembered until it is known whether it is good. */
  taken(file: FileName): void {
    const traits = this.#memory.traits(file);
    if (traits) this.#taken.add(file, traits);
    this.#changed();
  }

  /** What the user says of a file; null: nothing any more. */
  said(file: FileName & { readonly name: string }, verdict: Verdict | null): void {
    const what = verdict === null ? undefined : verdict === 'good' ? 'good' : 'bad';
    this.#learn(file, what, 1);
  }

  /** What the user did with a file that he fetched: weaker than what he says. */
  did(file: FileName & { readonly name: string }, what: 'deleted-soon' | 'kept'): void {
    this.#learn(file, what === 'kept' ? 'good' : 'bad', what === 'kept' ? KEPT : DELETED_SOON);
  }

  #learn(file: FileName & { readonly name: string }, what: 'bad' | 'good' | undefined, sureness: number): void {
    const traits = this.#memory.traits(file) ?? { ...file, peers: [], networks: [] };
    this.#taken.learn(file, traits, what && { what, sureness });
    this.#lessons++;
    this.#changed();
  }

  #found(evidence: Evidence, networks: ReadonlySet<string>): void {
    const file = this.#memory.found(evidence, networks);
    // Once for each file: who meets one fake ten times knows no more of its sources.
    if (!file || file.isSuspect || this.#deps.opinion(evidence).own === 'good') return;
    file.isSuspect = this.#learned.met(file);
    if (file.isSuspect) this.#lessons++;
  }

  #judge(evidence: Evidence, networks: ReadonlySet<string>): Pollution {
    const { score: said, own } = this.#deps.opinion(evidence);
    const { 'trust.hide-above': hideAbove } = this.#deps.settings();
    if (own === 'good') return CLEAN;
    const [best] = evidence.names;
    const signs = [
      ...(own === null ? [] : [sign('own-verdict', 1, { verdict: own })]),
      ...(said < 0 ? [sign('votes', -said)] : []),
      ...contentSigns(evidence, this.#deps.foundType(evidence)),
      ...nameSigns(evidence),
      ...sizeSigns(evidence),
      ...crowdSigns(evidence),
      ...this.#memory.signs(evidence, networks),
      ...(best ? this.#learned.signs(traitsOf({ ...evidence, name: best.name, networks })) : []),
    ].sort((a, b) => b.weight - a.weight);
    const score = Math.round(sumOf(signs) * (1 - Math.max(0, said)) * 100) / 100;
    // What the user judged stays where he can take that back, below all others.
    return { score, signs, isHidden: own === null && score * 100 > hideAbove };
  }

  #changed(): void {
    if (++this.#unsaved >= SAVE_AFTER) this.#save();
  }

  #save(): void {
    this.#unsaved = 0;
    const { store, logger } = this.#deps;
    const kept = { memory: this.#memory.toKept(), learned: this.#learned.toKept(), taken: this.#taken.toKept() };
    const text = JSON.stringify(kept);
    this.#saving = this.#saving
      .then(() => store.save(text))
      .catch((error: unknown) => logger.warn('what searches have shown was not kept', { error }));
  }
}

function parse(text: string): unknown {
  try {
    return JSON.parse(text);
  } catch {
    // A text that is none of ours is said to be so by the caller.
    return undefined;
  }
}
