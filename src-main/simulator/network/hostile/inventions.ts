import type { ContentHash, NodeId } from '../../../contract/ids.ts';
import type { Hit, Source } from '../../../contract/search.ts';
import type { Random } from '../../../engine/ports/index.ts';
import type { Query } from '../../../engine/wire/messages/query.ts';

/** Invented files in an answer: a shown page of them. */
const FILES = 20;
/** Sources named in one answer; with more than it has children a supernode would be caught by counting. */
const SOURCES = 8;
const EACH = 2;
const HASH_BYTES = 32;
const PORT = 1214;

export type Victim = { readonly nodeId: NodeId; readonly host: string };

/** Files that nobody has. All inventors tell the same, so that they agree with each other. */
export class Inventions {
  readonly #random: Random;
  readonly #victims: () => Victim | undefined;
  readonly #told = new Map<string, readonly Hit[]>();

  /** `victims` gives some peer that knows nothing of it; half of the sources are such, the others do not exist. */
  constructor(random: Random, victims: () => Victim | undefined) {
    this.#random = random;
    this.#victims = victims;
  }

  answer({ words, hash }: Pick<Query, 'words' | 'hash'>): readonly Hit[] {
    const key = hash ?? words ?? '';
    const told = this.#told.get(key) ?? this.#invent(words, hash);
    this.#told.set(key, told);
    return told;
  }

  #invent(words: string | undefined, hash: ContentHash | undefined): readonly Hit[] {
    const sources = Array.from({ length: SOURCES }, (_, at) => this.#source(at % 2 === 0));
    return Array.from({ length: hash === undefined ? FILES : 1 }, (_, at) => ({
      hash: hash ?? (this.#hex() as ContentHash),
      size: 2_000_000 + at,
      name: words ?? 'invented',
      type: 'audio' as const,
      extracted: {},
      sources: Array.from({ length: EACH }, (_, nth) => sources[(at * EACH + nth) % SOURCES] as Source),
    }));
  }

  #source(isVictim: boolean): Source {
    const victim = isVictim ? this.#victims() : undefined;
    const host = victim?.host ?? `${100 + this.#random.int(20)}.${this.#random.int(256)}.${this.#random.int(256)}.7`;
    return { nodeId: victim?.nodeId ?? (this.#hex() as NodeId), addresses: [{ host, port: PORT }], freeSlots: 4 };
  }

  #hex(): string {
    return Buffer.from(this.#random.bytes(HASH_BYTES)).toString('hex');
  }
}
