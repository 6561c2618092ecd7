import type { Descriptor } from '../../contract/descriptor.ts';
import type { ContentHash, NodeId } from '../../contract/ids.ts';
import { DEFAULT_SETTINGS, type Settings } from '../../contract/settings.ts';
import type { Logger } from '../../engine/ports/index.ts';
import { VirtualNetwork } from '../memory-network.ts';
import { SeededRandom } from '../seeded-random.ts';
import { VirtualClock } from '../virtual-clock.ts';
import { Crowd } from './crowd.ts';
import type { Sample, SearchFigures } from './figures.ts';
import type { Mask } from './hostile/mask.ts';
import { islandsOf } from './islands.ts';
import { type Place, Places } from './places.ts';
import { Population } from './population.ts';
import { SimPeer, type SimWorld } from './sim-peer.ts';
import { SimSearches } from './sim-searches.ts';
import { simVotes } from './sim-votes.ts';

export type SimOptions = {
  readonly peers: number;
  readonly seed: number;
  readonly settings?: Partial<Settings>;
  /** False: every message is read again by who gets it, as in a real network. */
  readonly handsOver?: boolean;
  /** The mask of a supernode that was there from the first, by its number; undefined for an honest one. Masked ones stay all the time. */
  readonly mask?: (made: number) => Mask | undefined;
  /** Whether peers vote, and hear votes. */
  readonly hasVotes?: boolean;
  /** What a new peer shares, in order of hash; by default what the population has. */
  readonly files?: () => readonly Descriptor[];
};

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Of all who leave. */
const SILENT_DEATHS = 0.2;
/** Share of their time that peers of this population are there: see Population. */
const PRESENT = 0.8;
/** The first peers all have these addresses from somebody. */
const BOOTSTRAP = 8;
/** Where there are no such, a peer that comes knows so many of those who are there. */
const FRIENDS = 3;
/** E of protocol section 7: how full supernodes are meant to be. */
const USABLE = 0.65;
const SUPERNODE_REASONS = ['alone', 'full-supernodes', 'invited', 'user-always', 'was-always'] as const;
export const SILENT: Logger = { debug: () => {}, info: () => {}, warn: () => {}, error: () => {} };

/** All peers of a simulation are given the same few addresses of one network: comparing it with itself says nothing. */
const UNCOMPARED = { 'overlay.worlds-every': 0 } as const;

/** A population of peers on a virtual network: they come and go, share and search, by the seed alone. */
export class SimNetwork {
  readonly clock = new VirtualClock({ maxTasks: Number.MAX_SAFE_INTEGER });
  readonly random: SeededRandom;
  /** Messages and bytes that were sent, pings and ends of connections left out; `ofSearch` of the messages are parts of searches. */
  readonly sent = { messages: 0, bytes: 0, ofSearch: 0 };
  /** Supernodes that stepped down because there were more than are needed. */
  roleChanges = 0;
  /** Those that had served only because they found no place, and joined another when they did. */
  merges = 0;
  /** Leaves that were invited and became supernodes. */
  promotions = 0;
  readonly #online = new Crowd();
  readonly population: Population;
  readonly #places: Places;
  readonly #world: SimWorld;
  readonly #network: VirtualNetwork;
  readonly #bootstrap: SimPeer[] = [];
  readonly searches = new SimSearches(this.clock);
  readonly #options: SimOptions;
  readonly #settled = new Set<SimPeer>();
  #isChurning = false;
  #supernodesAtFirst: readonly SimPeer[] = [];

  constructor(options: SimOptions) {
    this.#options = options;
    this.random = new SeededRandom(options.seed);
    this.population = new Population(this.random);
    this.#places = new Places(this.random);
    const network = new VirtualNetwork({
      clock: this.clock,
      random: this.random,
      link: (from, to) => this.#places.link(from, to),
      sent: (bytes, what = '') => this.#count(bytes, what),
      modelsPings: true,
      handsOver: options.handsOver ?? true,
    });
    this.#network = network;
    const bootstrap = this.#bootstrap;
    this.#world = {
      ...{
        clock: this.clock,
        random: this.random,
        logger: SILENT,
        network,
        settings: { ...UNCOMPARED, ...options.settings },
      },
      bootstrap: () => (bootstrap.length > 0 ? bootstrap : this.#friends()).map(({ target }) => target),
      emit: (peer, name, event) => this.#heard(peer, name, event as never),
    };
  }

  /** Supernodes that this many peers need: m = n·u/(d·E), in places for children. */
  get ideal(): number {
    const places = this.#options.settings?.['supernode.children'] ?? DEFAULT_SETTINGS['supernode.children'];
    return this.#options.peers / (places * USABLE);
  }

  /**
   * Brings up a network that has found its size: as many supernodes as are needed, then everybody else within `overMs`. `peers` is how
   * many are there at a time; more exist, and are away.
   */
  async grow(overMs: number): Promise<void> {
    const supernodes = Math.max(2, Math.round(this.ideal));
    const first: SimPeer[] = [];
    for (let made = 0; made < supernodes; made++) {
      const peer = this.#make(this.#places.drawOpen(), this.#options.mask?.(made));
      peer.set({ 'supernode.role': 'always' });
      if (made < BOOTSTRAP) this.#bootstrap.push(peer);
      first.push(peer);
      await this.#come(peer);
      await this.clock.advance(SECOND_MS);
    }
    this.#supernodesAtFirst = first;
    this.admit(Math.round(this.#options.peers / PRESENT) - supernodes, overMs, PRESENT);
    await this.clock.advance(overMs + MINUTE_MS);
  }

  /** Brings up the first peer of all. Who comes later is given addresses of some who are there then. */
  async found(place: Place = this.#places.drawOpen()): Promise<void> {
    await this.#come(this.#make(place));
  }

  /** So many come within `overMs`, at random; those who are away then (all but the share `present`) come later. */
  admit(count: number, overMs: number, present = 1, draw: () => Place = () => this.#places.draw()): void {
    for (let made = 0; made < count; made++) {
      const peer = this.#make(draw());
      const isAway = this.random.float() > present;
      const delayMs = isAway ? overMs + this.population.awayMs() : this.random.float() * overMs;
      this.clock.setTimer(delayMs, () => void this.#come(peer));
    }
  }

  /** A place that nobody can open a connection to. */
  drawShut(): Place {
    return { ...this.#places.draw(), isShut: true };
  }

  /** Another address in the /24 of a place, on the same line; `nth` of up to 100. */
  besides({ host, ...place }: Place, nth: number): Place {
    const last = (Number(host.slice(host.lastIndexOf('.') + 1)) + nth) % 254;
    return { ...place, host: `${host.slice(0, host.lastIndexOf('.'))}.${1 + last}` };
  }

  drawOpen(): Place {
    return this.#places.drawOpen();
  }

  /** Brings up a peer that shares these files and stays. */
  async settle(place: Place, files: readonly Descriptor[]): Promise<SimPeer> {
    const peer = this.#make(place, undefined, files);
    this.#settled.add(peer);
    await this.#come(peer);
    return peer;
  }

  /** From now on peers leave and come back, the first supernodes too, which are peers like all others now. */
  beginChurn(): void {
    this.#isChurning = true;
    for (const peer of this.#supernodesAtFirst) if (!peer.mask) peer.set({ 'supernode.role': 'auto' });
    for (const peer of this.#online)
      if (!peer.mask && !this.#settled.has(peer)) this.#leaveAfter(peer, this.population.remainingMs());
  }

  sample(): Sample {
    const counts = { online: 0, supernodes: 0, leaves: 0, orphans: 0 };
    for (const { peer } of this.#online) {
      if (!peer) continue;
      counts.online++;
      if (peer.role === 'supernode') counts.supernodes++;
      else counts.leaves++;
      if (peer.role === 'leaf' && !peer.hasParent) counts.orphans++;
    }
    return counts;
  }

  /** So many of the supernodes are gone at once; gives how many. */
  killSupernodes(share: number, how: 'noticed' | 'silently'): number {
    const supernodes = [...this.#online].filter(({ peer }) => peer?.role === 'supernode');
    const victims = supernodes.filter((_, at) => Math.floor((at + 1) * share) > Math.floor(at * share));
    for (const victim of victims) {
      this.#online.delete(victim);
      void victim.die(how);
    }
    return victims.length;
  }

  /** Nothing passes between the two sides of the world until `mend`; nobody is told. */
  tear(isHere: (host: string) => boolean): void {
    this.#network.split(isHere);
  }

  mend(): void {
    this.#network.unsplit();
  }

  /** Groups of supernodes that no link joins, the largest first. */
  islands(): readonly (readonly NodeId[])[] {
    const links = [...this.#online].flatMap(({ nodeId, peer }) =>
      peer?.standing().role === 'supernode' ? [[nodeId, peer.links()] as const] : [],
    );
    return islandsOf(new Map(links));
  }

  /** Somebody searches for a rare file that somebody else has now; undefined when nobody has one. */
  async searchRare(): Promise<SearchFigures | undefined> {
    const wanted = this.population.drawRare((hash) => this.#online.holders(hash).size > 0);
    return wanted && this.searchFor(wanted);
  }

  /** Somebody searches for what somebody else has; undefined when nobody has it, or everybody. */
  async searchFor({ hash, name }: Descriptor): Promise<SearchFigures | undefined> {
    const held = this.#online.holders(hash);
    const searcher = this.draw((peer) => !held.has(peer));
    if (held.size === 0 || !searcher) return undefined;
    const { supernodes } = this.sample();
    const bound = supernodes / Math.min(held.size, supernodes);
    const outcome = await this.searches.start(searcher, { words: name, limit: 1 });
    return { ...outcome, found: outcome.results > 0, bound };
  }

  /** One of those who are there, at random. */
  draw(isFine: (peer: SimPeer) => boolean = () => true): SimPeer | undefined {
    return this.#online.draw(this.random, isFine);
  }

  /** Those who are there. */
  online(): readonly SimPeer[] {
    return [...this.#online];
  }

  /** Those who are there and have it. */
  holders(hash: ContentHash): ReadonlySet<SimPeer> {
    return this.#online.holders(hash);
  }

  /** A file that nobody has. */
  newFile(name: string): Descriptor {
    return this.population.newFile(name);
  }

  /** A peer shares one more file. */
  share(peer: SimPeer, file: Descriptor): void {
    peer.share(file);
    if (peer.peer) this.#online.shares(peer, file);
  }

  /** How many supernodes are ones for each reason. */
  reasons(): Readonly<Record<string, number>> {
    const counts: Record<string, number> = Object.fromEntries(SUPERNODE_REASONS.map((why) => [why, 0]));
    for (const { peer } of this.#online) {
      const standing = peer?.standing();
      if (standing?.role === 'supernode') counts[standing.why] = (counts[standing.why] ?? 0) + 1;
    }
    return counts;
  }

  /** A peer does not share a file any more. */
  unshare(peer: SimPeer, file: Descriptor): void {
    peer.unshare(file);
    this.#online.unshares(peer, file);
  }

  /** Some who are there and can be reached. */
  #friends(): readonly SimPeer[] {
    const friends = Array.from({ length: FRIENDS }, () => this.draw(({ place }) => !place.isShut));
    return [...new Set(friends)].flatMap((friend) => friend ?? []);
  }

  #make(place: Place, mask?: Mask, given?: readonly Descriptor[]): SimPeer {
    const seed = this.random.bytes(32);
    const votes = this.#options.hasVotes ? simVotes(seed) : undefined;
    const nodeId = votes?.identity.nodeId ?? (Buffer.from(seed).toString('hex') as NodeId);
    const files = given ?? this.#options.files?.() ?? this.population.sharedFiles();
    const peer = new SimPeer(
      this.#world,
      { nodeId, place, files, mask, ...(votes && { votes }) },
      this.population.sessionMs(),
    );
    if (place.isShut) this.#world.network.shut(place.host);
    return peer;
  }

  async #come(peer: SimPeer): Promise<void> {
    await peer.start();
    this.#online.add(peer);
    if (this.#isChurning && !this.#settled.has(peer)) this.#leaveAfter(peer, this.population.sessionMs());
  }

  #leaveAfter(peer: SimPeer, delayMs: number): void {
    this.clock.setTimer(delayMs, () => {
      this.#online.delete(peer);
      if (this.random.float() < SILENT_DEATHS) void peer.die('silently');
      else void peer.leave();
      this.clock.setTimer(this.population.awayMs(), () => void this.#come(peer));
    });
  }

  #count(bytes: number, what: string): void {
    if (bytes === 0) return;
    this.sent.messages++;
    this.sent.bytes += bytes;
    if (isOfSearch(what)) this.sent.ofSearch++;
  }

  #heard(peer: SimPeer, name: string, event: Readonly<Record<string, unknown>>): void {
    if (name !== 'role') {
      this.searches.heard(name, event);
      return;
    }
    const why = peer.peer?.standing().why;
    if (why === 'invited') this.promotions++;
    if (why === 'stepped-down') this.roleChanges++;
    if (why === 'merged') this.merges++;
  }
}

/** Messages of searches: those of a session, and a query that is asked without one, and its answer. */
const SEARCH_STARTS = ['query', 'hits', 'wave', 'end', 'more', 'stop'].map((type) => `{"type":"${type}"`);
const isOfSearch = (what: string): boolean =>
  what === '/query' || SEARCH_STARTS.some((start) => what.startsWith(start));
