import { isPrivateHost, narrowBlock } from '../../contract/address-block.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import type { Pollution } from '../../contract/pollution.ts';
import type { Hit, SearchResult, Source } from '../../contract/search.ts';
import type { SearchJudge } from '../trust/judge.ts';
import type { Evidence } from '../trust/signs/evidence.ts';
import { descriptorText, rank } from './ranking.ts';
import { type MostTold, ToldContents } from './told-contents.ts';

/** Per row: further sources, names and namers from the network are not kept. 200 is what a download uses at most. */
const MAX_SOURCES = 200;
const MAX_NAMES = 10;
const MAX_NAMERS = 20;
/** Addresses of one source, over all supernodes that name it (protocol section 4). */
const MAX_ADDRESSES = 4;

type NameClaim = {
  readonly name: string;
  readonly namers: Set<NodeId>;
  /** Of its sources. */
  readonly networks: Set<string>;
  sources: number;
};

export type RowDeps = {
  /** Folded words of the query. */
  readonly terms: readonly string[];
  readonly fold: (text: string) => string;
  readonly isStruck: (supernode: NodeId) => boolean;
  readonly judge: SearchJudge;
};

/** Files of one search that have the same name, and the networks of the one with most. */
export type Versions = { count: number; mostNetworks: number };
/** More of both say nothing new: rows need not be judged again for them. */
const MANY_VERSIONS = 16;
const MANY_NETWORKS = 8;
/** Of a score: less is not worth telling. */
const NEWS = 0.05;

/** All that supernodes said of one (hash, size). */
export class ResultRow {
  readonly hash: ContentHash;
  readonly size: number;
  readonly #deps: RowDeps;
  readonly #wave: number;
  readonly #sources = new Map<NodeId, Source>();
  readonly #names = new Map<string, NameClaim>();
  readonly #told: ToldContents;
  readonly #namers = new Set<NodeId>();
  readonly #networks = new Set<string>();
  readonly #versions: Versions;
  /** The score that was looked at last. */
  #shown: number | undefined;
  /** Grows with each answer that names it. */
  #changes = 0;
  /** How it was judged last, and by what. */
  #judged:
    | { readonly changes: number; readonly versions: Versions; readonly heard: string; readonly pollution: Pollution }
    | undefined;

  constructor(deps: RowDeps, { hash, size }: Hit, wave: number, versions: Versions) {
    this.hash = hash;
    this.size = size;
    this.#deps = deps;
    this.#wave = wave;
    this.#versions = versions;
    this.#told = new ToldContents((namers) => this.#honest(namers));
    versions.count++;
  }

  /** False while only struck supernodes name it, or it is hidden. */
  get counts(): boolean {
    return this.#honest(this.#namers) > 0 && !this.pollution.isHidden;
  }

  get pollution(): Pollution {
    const versions = {
      count: Math.min(this.#versions.count, MANY_VERSIONS),
      mostNetworks: Math.min(this.#versions.mostNetworks, MANY_NETWORKS),
    };
    const heard = this.#deps.judge.heard(this);
    const last = this.#judged;
    if (
      last?.changes === this.#changes &&
      last.heard === heard &&
      last.versions.count === versions.count &&
      last.versions.mostNetworks === versions.mostNetworks
    )
      return last.pollution;
    const pollution = this.#deps.judge.judge(this.#evidence(versions), this.#networks);
    this.#judged = { changes: this.#changes, versions, heard, pollution };
    return pollution;
  }

  /** True when other results have made it more or less suspect since it was last looked at. */
  get isJudgedAnew(): boolean {
    return this.#shown !== undefined && Math.abs(this.pollution.score - this.#shown) >= NEWS;
  }

  /** The search has ended with it. */
  end(): void {
    this.#deps.judge.found(this.#evidence({ count: 1, mostNetworks: 0 }), this.#networks);
  }

  /** True when a source or an address of one is new. */
  add(hit: Hit, namer: NodeId): boolean {
    this.#changes++;
    if (this.#namers.size < MAX_NAMERS) this.#namers.add(namer);
    const networks = new Set(hit.sources.map(networkOf));
    this.#told.add(hit, namer, networks);
    this.#addName(hit, namer, networks);
    let changed = false;
    for (const source of hit.sources) if (this.#addSource(source, namer)) changed = true;
    return changed;
  }

  /** Call after the first `add`. */
  view(): SearchResult {
    const [best, ...others] = this.#claims();
    if (!best) throw new RangeError('a row without hits');
    const { type, extracted } = this.#mostTold();
    const { terms, fold } = this.#deps;
    const folded = { name: fold(best.name), descriptor: fold(descriptorText(extracted)) };
    const sources = [...this.#sources.values()];
    const { pollution } = this;
    this.#shown = pollution.score;
    return {
      hash: this.hash,
      size: this.size,
      name: best.name,
      otherNames: others.map(({ name }) => name),
      type,
      extracted,
      sources,
      wave: this.#wave,
      namedBy: [...this.#namers],
      rank: rank({
        terms,
        ...folded,
        sources,
        networkOf,
        supernodes: this.#honest(this.#namers),
        pollution: pollution.score,
      }),
      pollution,
    };
  }

  /** The name that most supernodes agree on first. */
  #claims(): NameClaim[] {
    return [...this.#names.values()].sort(
      (a, b) => this.#honest(b.namers) - this.#honest(a.namers) || b.sources - a.sources,
    );
  }

  #evidence({ count, mostNetworks }: Versions): Evidence {
    const claims = this.#claims();
    return {
      hash: this.hash,
      size: this.size,
      names: claims.map(({ name, namers, networks }) => ({
        name,
        independent: Math.min(this.#honest(namers), networks.size),
      })),
      told: this.#mostTold(),
      peers: [...this.#sources.keys()],
      networks: this.#networks.size,
      terms: this.#deps.terms,
      versions: count,
      mostNetworks,
    };
  }

  #mostTold(): MostTold {
    const most = this.#told.most();
    if (!most) throw new RangeError('a row without hits');
    return most;
  }

  #addName({ name, sources }: Hit, namer: NodeId, networks: ReadonlySet<string>): void {
    // One name each: a repeated answer is no further vote, and nobody fills all places.
    for (const { namers } of this.#names.values()) if (namers.has(namer)) return;
    let claim = this.#names.get(name);
    if (!claim) {
      if (this.#names.size >= MAX_NAMES && !this.#dropWeakest()) return;
      claim = { name, namers: new Set(), networks: new Set(), sources: 0 };
      this.#names.set(name, claim);
    }
    if (claim.namers.size >= MAX_NAMERS) return;
    claim.namers.add(namer);
    claim.sources += sources.length;
    for (const network of networks) if (claim.networks.size < MAX_NAMERS) claim.networks.add(network);
  }

  /** Makes room for another name; false when several agree on each. */
  #dropWeakest(): boolean {
    const weakest = this.#claims().at(-1);
    if (!weakest || this.#honest(weakest.namers) > 1) return false;
    return this.#names.delete(weakest.name);
  }

  #addSource(source: Source, namer: NodeId): boolean {
    const known = this.#sources.get(source.nodeId);
    if (!known) {
      if (this.#sources.size >= MAX_SOURCES) return false;
      this.#sources.set(source.nodeId, source);
      const network = networkOf(source);
      this.#networks.add(network);
      this.#versions.mostNetworks = Math.max(this.#versions.mostNetworks, this.#networks.size);
      this.#deps.judge.named(network, { peer: source.nodeId, namer });
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

/** What one operator can fill with peers: a /24. In private ranges each peer is its own. */
function networkOf({ nodeId, addresses: [first] }: Source): string {
  return first && !isPrivateHost(first.host) ? narrowBlock(first.host) : nodeId;
}
