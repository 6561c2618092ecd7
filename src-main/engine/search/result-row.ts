import type { Extracted, FileType } from '../../contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Hit, SearchResult, Source } from '../../contract/search.ts';
import { descriptorText, rank } from './ranking.ts';

/** Per row: further sources, names and namers from the network are not kept. 200 is what a download uses at most. */
const MAX_SOURCES = 200;
const MAX_NAMES = 10;
const MAX_NAMERS = 20;
/** Addresses of one source, over all supernodes that name it (protocol section 4). */
const MAX_ADDRESSES = 4;

type NameClaim = {
  readonly name: string;
  readonly namers: Set<NodeId>;
  sources: number;
  readonly type: FileType;
  readonly extracted: Extracted;
};

export type RowDeps = {
  /** Folded words of the query. */
  readonly terms: readonly string[];
  readonly fold: (text: string) => string;
  readonly isStruck: (supernode: NodeId) => boolean;
};

/** All that supernodes said of one (hash, size). */
export class ResultRow {
  readonly hash: ContentHash;
  readonly size: number;
  readonly #deps: RowDeps;
  readonly #wave: number;
  readonly #sources = new Map<NodeId, Source>();
  readonly #names = new Map<string, NameClaim>();
  readonly #namers = new Set<NodeId>();

  constructor(deps: RowDeps, { hash, size }: Hit, wave: number) {
    this.hash = hash;
    this.size = size;
    this.#deps = deps;
    this.#wave = wave;
  }

  /** False while only struck supernodes name it. */
  get counts(): boolean {
    return this.#honest(this.#namers) > 0;
  }

  /** True when a source or an address of one is new. */
  add(hit: Hit, namer: NodeId): boolean {
    if (this.#namers.size < MAX_NAMERS) this.#namers.add(namer);
    this.#addName(hit, namer);
    let changed = false;
    for (const source of hit.sources) if (this.#addSource(source)) changed = true;
    return changed;
  }

  /** Call after the first `add`. */
  view(): SearchResult {
    const claims = [...this.#names.values()].sort(
      (a, b) => this.#honest(b.namers) - this.#honest(a.namers) || b.sources - a.sources,
    );
    const best = claims[0];
    if (!best) throw new RangeError('a row without hits');
    const { terms, fold } = this.#deps;
    const folded = { name: fold(best.name), descriptor: fold(descriptorText(best.extracted)) };
    const sources = [...this.#sources.values()];
    return {
      hash: this.hash,
      size: this.size,
      name: best.name,
      otherNames: claims.slice(1).map(({ name }) => name),
      type: best.type,
      extracted: best.extracted,
      sources,
      wave: this.#wave,
      namedBy: [...this.#namers],
      rank: rank({ terms, ...folded, sources, supernodes: this.#honest(this.#namers) }),
    };
  }

  #addName({ name, type, extracted, sources }: Hit, namer: NodeId): void {
    let claim = this.#names.get(name);
    if (!claim) {
      if (this.#names.size >= MAX_NAMES) return;
      claim = { name, namers: new Set(), sources: 0, type, extracted };
      this.#names.set(name, claim);
    }
    // Once for each supernode: a repeated answer is no further vote.
    if (claim.namers.has(namer) || claim.namers.size >= MAX_NAMERS) return;
    claim.namers.add(namer);
    claim.sources += sources.length;
  }

  #addSource(source: Source): boolean {
    const known = this.#sources.get(source.nodeId);
    if (!known) {
      if (this.#sources.size >= MAX_SOURCES) return false;
      this.#sources.set(source.nodeId, source);
      return true;
    }
    // The addresses known first stay first: a later supernode cannot push a good one out.
    const isKnown = ({ host, port }: Source['addresses'][number]) =>
      known.addresses.some((address) => address.host === host && address.port === port);
    const fresh = source.addresses.filter((address) => !isKnown(address));
    const addresses = [...known.addresses, ...fresh].slice(0, MAX_ADDRESSES);
    this.#sources.set(source.nodeId, { ...known, ...source, addresses });
    return addresses.length > known.addresses.length;
  }

  #honest(namers: ReadonlySet<NodeId>): number {
    let count = 0;
    for (const namer of namers) if (!this.#deps.isStruck(namer)) count++;
    return count;
  }
}
