import { formatAddress, formatTarget, type KnownPeer, type PeerAddress } from '../../contract/address.ts';
import type { ErrorCode } from '../../contract/errors.ts';
import { isNodeId, type NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { SourceState, SourceUse, SourceView, SourceWay, WayStep } from '../../contract/transfer.ts';
import type { SourceId, WebUrl } from '../../contract/web-url.ts';
import type { ChunkMap } from '../content/chunk-map.ts';
import { CHUNK_BYTES, MAX_FILE_BYTES } from '../content/constants.ts';
import type { Clock } from '../ports/clock.ts';
import { RateMeter } from '../rate-meter.ts';
import type { Shut } from '../shut-out.ts';
import { WEB_RANGE_BYTES } from '../wire/limits.ts';
import { Faults } from './faults.ts';
import { type Judgement, MAX_NAMERS, Namers } from './namers.ts';
import type { PlannedSource } from './planner-types.ts';
import { type Giver, SourceAddresses } from './source-addresses.ts';

/** A file has one size, and a peer with two files of one hash is nothing that is seen but in tests: more are lies of who named it. */
const MAX_SIZES = 8;

/** What was learned of where a file is: with a peer or on a web server. */
export type FoundSource = FoundPeer | FoundWebSeed;
/** `namedBy` is the supernode that said so, to be blamed if it is not true. */
export type FoundPeer = {
  readonly nodeId: NodeId;
  readonly addresses: readonly PeerAddress[];
  /** Whether others can connect to it, and the supernode to call it through: hearsay. */
  readonly reachable?: boolean | undefined;
  readonly through?: KnownPeer | undefined;
  /** The user named it himself. */
  readonly isNamed?: boolean;
  readonly size?: number;
  readonly name?: string;
  readonly namedBy?: NodeId;
  /** It is still loading the file itself. */
  readonly isPartial?: boolean;
  /** It said so itself, by a request from that address; or another peer said so. Anybody may, as often as he likes. */
  readonly by?: 'itself' | 'exchange';
};
/** `isLocalAllowed`: the user lets it lie in a local network. */
type FoundWebSeed = {
  readonly url: WebUrl;
  readonly isLocalAllowed?: boolean;
  readonly size?: number;
  readonly name?: string;
};

type OwnState = Exclude<SourceState, 'banned' | 'blocked'>;
type SourceDeps = { readonly clock: Clock; readonly settings: () => Settings };

export const sourceIdOf = (found: FoundSource): SourceId => ('url' in found ? found.url : found.nodeId);

/** One that is a peer, and so has a key. */
export type PeerSource = Source & { readonly nodeId: NodeId };
/** One whose bytes are coming. */
export const isArriving = ({ state }: Source): boolean => state === 'active';
export const isPeer = (source: Source): source is PeerSource => source.nodeId !== undefined;

/** One peer or web seed that may have one file: never thrown away, only rested, or banned for a time. */
export class Source implements PlannedSource {
  readonly id: SourceId;
  /** Undefined for a web seed. */
  readonly nodeId: NodeId | undefined;
  /** Undefined for a peer. */
  readonly url: WebUrl | undefined;
  isLocalAllowed = false;
  /** A web server that knows no ranges: it sends the file from its beginning, and others are better for every part of it. */
  sendsWhole = false;
  /** Has not all chunks, as far as is known, or not for us now; which, `chunks` says once it is known. */
  isPartial = false;
  readonly meter: RateMeter;
  reachable: boolean | undefined;
  through: KnownPeer | undefined;
  /** How the ways to it ended that were tried, the latest last. */
  ways: readonly WayStep[] = [];
  way: SourceWay | null = null;
  /** Claimed of it by others, until it has said one itself. */
  readonly sizes = new Set<number>();
  /** Sizes that the file cannot have by what it answered. */
  readonly deniedSizes = new Set<number>();
  /** Of this file, at any time: what is claimed of one that never did may be an invention of who named it. */
  hasAnswered = false;
  /** At any time, to be kept over restarts. */
  readonly namedBy = new Set<NodeId>();
  /** What it did wrong with this file. */
  readonly faults: Faults;
  reason: ErrorCode | null = null;
  /** Why it is not spoken to at all; set by the pool. */
  shut: Shut | undefined;
  /** The user named it: a ban of all that it does is not waited for. */
  isNamed = false;
  /** Set by the pool, which knows the others. */
  use: SourceUse = 'auto';
  /** Verified bytes that it sent. */
  bytes = 0;
  queuePlace: number | null = null;
  /** When it will have a place for us, as it said: kept until it sends, or refuses in another way. */
  queueEndMs: number | undefined;
  /** Failures in a row, for the back-off. */
  failures = 0;
  retryAtMs = 0;
  /** When it last told which chunks may be had of it. */
  toldMs = Number.NEGATIVE_INFINITY;
  /** When it was last tried because it asked for something itself. */
  wokenMs = Number.NEGATIVE_INFINITY;
  /** Learned from other peers: how many there are is limited. */
  isExchanged = false;
  #chunks: ChunkMap | undefined;
  readonly #addresses = new SourceAddresses();
  readonly #namers = new Namers();
  #hasSaidSize = false;
  #state: OwnState = 'untried';
  readonly #clock: Clock;

  constructor(id: SourceId, deps: SourceDeps) {
    this.id = id;
    if (isNodeId(id)) this.nodeId = id;
    else this.url = id;
    this.#clock = deps.clock;
    this.faults = new Faults(deps);
    this.meter = new RateMeter(deps.clock);
  }

  /** Those to be tried first come first. */
  get addresses(): readonly PeerAddress[] {
    return this.#addresses.all;
  }

  /** A ban ends by itself. */
  get state(): SourceState {
    if (this.shut) return this.shut.code === 'peer.blocked' ? 'blocked' : 'banned';
    return this.faults.isBanned ? 'banned' : this.#state;
  }

  set state(state: OwnState) {
    this.#state = state;
  }

  get priority(): number {
    return this.sendsWhole || this.faults.isOnTrial ? -1 : 0;
  }

  get runMaxBytes(): number | undefined {
    if (this.faults.isOnTrial) return CHUNK_BYTES;
    return this.url === undefined ? undefined : WEB_RANGE_BYTES;
  }

  /** The chunks that may be had of it now: all of them when undefined. */
  get chunks(): ChunkMap | undefined {
    return this.#chunks;
  }

  /** It has said which chunks may be had of it. */
  tells(held: ChunkMap | undefined): void {
    this.toldMs = this.#clock.monotonicMs();
    this.isPartial = held !== undefined && !held.isFull;
    this.#chunks = this.isPartial ? held : undefined;
  }

  get rateBps(): number {
    return this.meter.rateBps();
  }

  /** Takes in what a further hit says. True when something was new. */
  learn(found: FoundSource): boolean {
    if ('url' in found) return this.#learnOfWeb(found);
    this.isNamed ||= found.isNamed ?? false;
    const isElsewhere = this.#addresses.learn(found.addresses, giverOf(found));
    const before = this.sizes.size + this.namedBy.size;
    const isOther = this.#learnWay(found);
    if (found.namedBy !== undefined) this.#namers.add(found.namedBy);
    this.claim(found.size === undefined ? [] : [found.size], found.namedBy === undefined ? [] : [found.namedBy]);
    return isOther || isElsewhere || this.sizes.size + this.namedBy.size > before;
  }

  /** Sizes that were said of it, and supernodes that named it: the first ones, for strangers say what they like. */
  claim(sizes: readonly number[], namedBy: readonly NodeId[]): void {
    for (const size of this.#hasSaidSize ? [] : sizes) {
      if (size <= MAX_FILE_BYTES && this.sizes.size < MAX_SIZES && !this.deniedSizes.has(size)) this.sizes.add(size);
    }
    for (const supernode of namedBy) if (this.namedBy.size < MAX_NAMERS) this.namedBy.add(supernode);
  }

  /** Its own word replaces what others said of it. */
  says(size: number): void {
    this.hasAnswered = true;
    this.#hasSaidSize = true;
    this.sizes.clear();
    this.sizes.add(size);
  }

  /** Its answer does not fit that size. */
  denies(size: number): void {
    this.sizes.delete(size);
    if (this.deniedSizes.size < MAX_SIZES) this.deniedSizes.add(size);
  }

  /** It has the file, as was said of it: who is to be told; undefined when all know. */
  proved(): Judgement | undefined {
    return this.#namers.judge('good');
  }

  /** It was named wrongly: who is to be told. That another key answers at an address is the fault of those alone who gave it. */
  disproved(code: ErrorCode): Judgement | undefined {
    return this.#namers.judge('false', code === 'peer.wrong-identity' ? this.#addresses.misleading() : undefined);
  }

  /** How a try to reach it ended; null: it worked. */
  tried(way: SourceWay, reason: ErrorCode | null): void {
    this.ways = [...this.ways.filter((step) => step.way !== way), { way, reason }];
    if (reason === null) this.way = way;
    else if (this.way === way) this.way = null;
  }

  /** How a dial of one of its addresses ended; null: it was there. */
  triedAt(address: PeerAddress, reason: ErrorCode | null): void {
    this.#addresses.tried(address, reason);
  }

  /** The latest word counts; who says nothing of it takes nothing back. */
  #learnWay({ reachable = this.reachable, through = this.through }: FoundPeer): boolean {
    const isOther = reachable !== this.reachable || keyOf(through) !== keyOf(this.through);
    this.reachable = reachable;
    this.through = through;
    return isOther;
  }

  /** What a list says of the size is not the server's word. What the user allows now need not rest for having been refused. */
  #learnOfWeb({ isLocalAllowed = false }: FoundWebSeed): boolean {
    const isNews = isLocalAllowed && !this.isLocalAllowed;
    this.isLocalAllowed ||= isLocalAllowed;
    if (isNews && this.reason === 'web.local-address') this.retryAtMs = 0;
    return isNews;
  }

  view(): SourceView {
    const [address] = this.addresses;
    const { isOnTrial, reason } = this.faults;
    const banLeftMs = this.#banLeftMs;
    return {
      node: this.id,
      address: this.url ?? (address ? formatAddress(address) : ''),
      state: this.state,
      reason: this.shut?.code ?? (banLeftMs > 0 ? reason : this.reason),
      // To the second: two clocks never run quite alike.
      bannedUntilMs: banLeftMs > 0 ? 1000 * Math.round((this.#clock.wallMs() + banLeftMs) / 1000) : null,
      onTrial: isOnTrial,
      rate: this.state === 'active' ? Math.round(this.rateBps) : 0,
      bytes: this.bytes,
      held: this.isPartial ? (this.chunks?.count ?? 0) : null,
      queue: this.queuePlace,
      use: this.use,
      way: this.way,
      ways: this.ways,
    };
  }

  /** What the user blocks is no ban. */
  get #banLeftMs(): number {
    if (!this.shut) return this.faults.banLeftMs;
    return this.shut.code === 'peer.banned' ? this.shut.untilMs - this.#clock.monotonicMs() : 0;
  }
}

const keyOf = (peer: KnownPeer | undefined): string | undefined => peer && formatTarget(peer);

function giverOf({ by, isNamed = false, namedBy }: FoundPeer): Giver {
  return by ?? (isNamed ? 'user' : (namedBy ?? 'unknown'));
}
