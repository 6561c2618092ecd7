import type { NeedView } from '../../contract/election.ts';
import { toAppError } from '../../contract/errors.ts';
import type { RoleReason } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Random, Timer } from '../ports/index.ts';
import type { Neighbour } from '../supernode/neighbours.ts';
import type { Standing, SupernodeService } from '../supernode/supernode-service.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import type { Fitness } from './election/fitness.ts';
import { probationPlaces } from './election/need.ts';
import { NeedWatch } from './election/need-watch.ts';
import type { Rest } from './election/rest.ts';
import { type GreetDeps, type Greeted, openSession } from './handshake.ts';
import type { HostCache } from './host-cache.ts';
import { type KnownSupernode, toEntry } from './known-supernode.ts';
import type { LeafSide } from './leaf-side.ts';
import { type SelfView, toHello } from './self-view.ts';

export type RoleDeps = GreetDeps & {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly cache: HostCache;
  readonly self: SelfView;
  readonly leaf: LeafSide;
  readonly random: Random;
  readonly fitness: Fitness;
  readonly rest: Rest;
  readonly queriesPerMinute: () => number;
  readonly makeService: () => SupernodeService;
  readonly changed: () => void;
};

/** Why a peer is a supernode that the user did not make one: the first three would rather be leaves. */
type AloneReason = Extract<RoleReason, 'alone' | 'full-supernodes' | 'was-always'>;
type ServingReason = AloneReason | 'invited';
type LeafReason = Extract<RoleReason, 'merged' | 'stepped-down' | 'unreachable'>;

/** Supernodes asked for a place by one that must step down. */
const PLACES_ASKED = 5;

/**
 * Leaf or supernode. `always` is a supernode at once; `auto` becomes one when it is alone, and a leaf again when it meets another and
 * both are small (protocol section 7); `never` stays a leaf that looks for a parent.
 */
export class Role {
  readonly #deps: RoleDeps;
  #service: SupernodeService | undefined;
  #supernodeSinceMs = 0;
  #need: NeedWatch | undefined;
  /** Undefined: the user wants it. */
  #servingWhy: ServingReason | undefined;
  #isOnProbation = false;
  /** The parent is the supernode that this one gave its children to. */
  #leafWhy: LeafReason | undefined;
  #lookingSinceMs = 0;
  #timer: Timer | undefined;
  /** Changes of role run one after the other. */
  #changing: Promise<void> = Promise.resolve();
  #isMerging = false;
  /** Since all that answered were full. */
  #fullWait: Timer | 'over' | undefined;
  /** Told that no supernode takes this peer, which stays a leaf. */
  #isToldAlone = false;
  #running: AbortController | undefined;

  constructor(deps: RoleDeps) {
    this.#deps = deps;
  }

  /** The work of a supernode, while this peer is one. */
  get service(): SupernodeService | undefined {
    return this.#service;
  }

  /** A supernode only because it found no other. */
  get isAlone(): boolean {
    return this.#servingWhy !== undefined && this.#servingWhy !== 'invited';
  }

  get why(): RoleReason {
    if (this.#service) return this.#servingWhy ?? 'user-always';
    if (this.#deps.settings()['supernode.role'] === 'never') return 'user-never';
    if (!this.#deps.leaf.parent) return 'looking';
    return this.#leafWhy ?? 'found-supernode';
  }

  /** As a supernode; 0 for a leaf. */
  get uptimeSeconds(): number {
    if (!this.#service) return 0;
    return Math.floor((this.#deps.clock.monotonicMs() - this.#supernodeSinceMs) / 1000);
  }

  /** Leaves that it takes now; 0 for a leaf. One that was elected takes few at first, unless it was in need, or no known one has a place. */
  get capacity(): number {
    if (!this.#service) return 0;
    const { clock, cache, settings } = this.#deps;
    const full = settings()['supernode.children'];
    const { 'election.first-children': first, 'election.probation-step': stepMs } = settings();
    const places = probationPlaces(clock.monotonicMs() - this.#supernodeSinceMs, { first, stepMs, full });
    const hasPlace = ({ children = 0, capacity = 0, failures }: KnownSupernode) =>
      failures === 0 && children < capacity;
    const isFree = this.#servingWhy !== 'invited' || !this.#isOnProbation;
    return isFree || places >= full || !cache.all().some(hasPlace) ? full : places;
  }

  /** How much supernodes are needed, as this one sees it. */
  get need(): NeedView | undefined {
    return this.#need?.view();
  }

  start(): void {
    if (this.#running) return;
    this.#running = new AbortController();
    if (this.#deps.settings()['supernode.role'] === 'always') this.#enqueue(() => this.#becomeSupernode());
    else this.#beLeaf();
  }

  /** Hands over as a supernode, leaves the parents as a leaf. Idempotent. */
  async stop(): Promise<void> {
    this.#running?.abort();
    this.#running = undefined;
    this.#timer?.cancel();
    this.#endFullWait();
    await this.#changing;
    this.#need?.stop();
    await this.#service?.stop(this.#deps.cache.nameable().map(toEntry));
    this.#service = undefined;
    await this.#deps.leaf.stop('stopping');
  }

  /** The setting may have changed. */
  reconsider(): void {
    const wanted = this.#deps.settings()['supernode.role'];
    if (!this.#running) return;
    if (wanted === 'always' && this.#service) this.#servingWhy = undefined;
    if (wanted === 'always' && !this.#service) this.#enqueue(() => this.#becomeSupernode());
    if (wanted === 'never' && this.#service) this.#enqueue(() => this.#becomeLeaf());
    if (wanted === 'auto' && this.#service) this.#servingWhy ??= 'was-always';
    if (wanted === 'auto' && !this.#service) this.#watchAlone();
  }

  /** An attempt to find a parent ended without one. */
  notJoined(why: 'full' | 'nobody'): void {
    const waitedMs = this.#deps.clock.monotonicMs() - this.#lookingSinceMs;
    if (why === 'full') this.#foundOnlyFull();
    else if (waitedMs >= this.#deps.settings()['overlay.alone-after']) this.#beAlone('alone');
  }

  /** A parent was found or lost. */
  parentChanged(): void {
    this.#leafWhy = undefined;
    this.#endFullWait();
    if (this.#deps.leaf.parent) this.#isToldAlone = false;
    this.#watchAlone();
  }

  /** There was no place for a leaf here. */
  refused(): void {
    this.#need?.refused();
  }

  /** A child or another supernode came or went. */
  serviceChanged(): void {
    this.#need?.changed();
  }

  /** The parent asks this peer to serve: it does when it could, and wants to. */
  invited(urgent: boolean): void {
    const { fitness, settings, logger } = this.#deps;
    fitness.look();
    if (!this.#running || this.#service || settings()['supernode.role'] !== 'auto' || fitness.fit === 'no') {
      logger.info('declines to be a supernode', { fit: fitness.fit });
      return;
    }
    this.#enqueue(async () => {
      if (this.#service) return;
      this.#isOnProbation = !urgent;
      await this.#becomeSupernode('invited');
      this.#deps.rest.changed();
    });
  }

  /** Nobody reaches this peer any more: as a supernode it would be of use to nobody new. One that the user vouches for stays. */
  unreachable(): void {
    if (!this.#running || !this.#service || this.#deps.settings()['supernode.role'] !== 'auto') return;
    this.#enqueue(async () => void (await this.#giveUpTo(PLACES_ASKED, 'unreachable')));
  }

  /** Two supernodes met: if both are small, the lower of those that may becomes a leaf of the other. */
  met(other: SupernodeEntry, ours: Standing, theirs: Standing): void {
    const isSmall = ours.children + theirs.children < this.#deps.settings()['overlay.merge-children'];
    // It takes this peer and its children: else those would be left to look for places where none are.
    const hasRoom = other.capacity - other.children > ours.children;
    const isLower = !theirs.alone || isBelow(ours, theirs, this.#deps.self.nodeId < other.nodeId);
    if (!this.#running || !this.isAlone || !ours.alone || !isSmall || !hasRoom || !isLower || this.#isMerging) return;
    this.#isMerging = true;
    this.#enqueue(async () => {
      this.#isMerging = false;
      await this.#merge(other);
    });
  }

  /**
   * One more supernode is needed, but not as many as there are peers that find no place: each waits, few of them shortly, and looks
   * again; those that waited longer find the place that the first have made.
   */
  #foundOnlyFull(): void {
    const { clock, random, settings, leaf } = this.#deps;
    if (this.#fullWait === 'over') {
      this.#beAlone('full-supernodes');
      return;
    }
    if (this.#fullWait) return;
    this.#fullWait = clock.setTimer(settings()['overlay.full-wait'] * Math.cbrt(random.float()), () => {
      this.#fullWait = 'over';
      leaf.lookAgain();
    });
  }

  #endFullWait(): void {
    if (this.#fullWait !== 'over') this.#fullWait?.cancel();
    this.#fullWait = undefined;
  }

  #beLeaf(): void {
    this.#deps.leaf.start();
    this.#watchAlone();
  }

  /** From now, or from when the last parent went, it may take so long to find one. */
  #watchAlone(): void {
    const { leaf, clock, settings } = this.#deps;
    this.#timer?.cancel();
    this.#lookingSinceMs = clock.monotonicMs();
    if (!this.#running || this.#service || leaf.parent) return;
    this.#timer = clock.setTimer(settings()['overlay.alone-after'], () => {
      if (leaf.state === 'looking') this.#beAlone('alone');
    });
  }

  #beAlone(why: AloneReason): void {
    if (!this.#running) return;
    if (this.#deps.settings()['supernode.role'] !== 'auto') this.#tellAlone();
    else
      this.#enqueue(async () => {
        if (!this.#service && !this.#deps.leaf.parent) await this.#becomeSupernode(why);
      });
  }

  /** Once, until there has been a parent: who reads it may have named none, or a wrong one. */
  #tellAlone(): void {
    if (this.#isToldAlone || this.#deps.leaf.parent) return;
    this.#isToldAlone = true;
    this.#deps.logger.warn('no supernode takes this peer, so its searches find nothing: name one with --bootstrap');
  }

  /** `why` undefined: the user wants it. */
  async #becomeSupernode(why?: ServingReason): Promise<void> {
    if (this.#service) return;
    this.#timer?.cancel();
    this.#endFullWait();
    await this.#deps.leaf.stop('role');
    this.#servingWhy = why;
    this.#supernodeSinceMs = this.#deps.clock.monotonicMs();
    this.#service = this.#deps.makeService();
    this.#deps.logger.info('is a supernode', { why: SUPERNODE_WHY[why ?? 'user'] });
    this.#service.start();
    this.#need = new NeedWatch({ ...this.#deps, stepDown: () => this.#stepDown() }, this.#service);
    this.#need.start();
    this.#deps.changed();
  }

  async #becomeLeaf(): Promise<void> {
    await this.#endService([]);
    this.#beLeaf();
    this.#deps.changed();
  }

  /** Gives its children up only when the other one has taken it. */
  async #merge(other: SupernodeEntry): Promise<void> {
    const signal = this.#running?.signal;
    if (!signal || !this.#service || !this.isAlone) return;
    const greeted = await this.#askForPlace(other, signal);
    if (!greeted) return;
    await this.#followTo(other, greeted, 'merged');
  }

  /** More than are needed: in two steps, so that not all of them go at once, and never the last one. */
  #stepDown(): void {
    const { settings, random } = this.#deps;
    this.#need?.stop();
    const waitMs = settings()['election.step-down-wait'] * random.float();
    this.#timer = this.#deps.clock.setTimer(waitMs, () => this.#enqueue(() => this.#stepDownNow()));
  }

  /** Accepted elsewhere first; whoever is not needed any more by then leaves its children to the others. */
  async #stepDownNow(): Promise<void> {
    const need = this.#need;
    if (!need) return;
    const isUnneeded = this.#deps.settings()['supernode.role'] === 'auto' && need.isUnneeded();
    try {
      if (isUnneeded && (await this.#giveUpTo(1, 'stepped-down'))) this.#deps.rest.changed();
    } finally {
      // It stays one: it looks again later.
      if (this.#need === need) need.start();
    }
  }

  /** Hands over to the first of those with the most room that takes it; false when none does, and it stays a supernode. */
  async #giveUpTo(mostAsked: number, why: LeafReason): Promise<boolean> {
    const signal = this.#running?.signal;
    if (!signal || !this.#service) return false;
    for (const other of byRoom(this.#service.neighbours.all()).slice(0, mostAsked)) {
      const greeted = await this.#askForPlace(other, signal).catch(() => undefined);
      if (!greeted) continue;
      await this.#followTo(other, greeted, why);
      return true;
    }
    return false;
  }

  async #askForPlace({ nodeId, address }: SupernodeEntry, signal: AbortSignal): Promise<Greeted | undefined> {
    const greeted = await openSession(
      this.#deps,
      { nodeId, address },
      toHello(this.#deps.self, 'leaf', address.host),
      signal,
    );
    if (greeted.welcome.accepted) return greeted;
    greeted.session.close('role', 'no place');
    return undefined;
  }

  /** Hands the children over to `other` and becomes its child. */
  async #followTo(other: SupernodeEntry, greeted: Greeted, why: LeafReason): Promise<void> {
    await this.#endService([other]);
    this.#deps.logger.info('becomes a leaf', { why: LEAF_WHY[why], node: other.nodeId });
    this.#deps.leaf.start(greeted);
    this.#leafWhy = why;
    this.#deps.changed();
  }

  async #endService(successors: readonly SupernodeEntry[]): Promise<void> {
    const service = this.#service;
    const others = this.#deps.cache.nameable().filter(({ nodeId }) => nodeId !== successors[0]?.nodeId);
    this.#service = undefined;
    this.#servingWhy = undefined;
    this.#need?.stop();
    this.#need = undefined;
    this.#timer?.cancel();
    await service?.stop([...successors, ...others.map(toEntry)]);
  }

  #enqueue(change: () => Promise<void>): void {
    this.#changing = this.#changing
      .then(() => (this.#running ? change() : undefined))
      .catch((thrown: unknown) => {
        this.#deps.logger.warn('the role was not changed', { why: toAppError(thrown).message });
      });
  }
}

const LEAF_WHY: Readonly<Record<LeafReason, string>> = {
  merged: 'two small supernodes met',
  'stepped-down': 'there are more than are needed',
  unreachable: 'nobody reaches it any more',
};
const SUPERNODE_WHY: Readonly<Record<ServingReason | 'user', string>> = {
  user: 'the user wants it',
  alone: 'no other was found',
  'full-supernodes': 'all others are full',
  'was-always': 'the user wanted it',
  invited: 'its parent asked for it',
};

/** Those with places, the one with most of them first. */
function byRoom(neighbours: readonly Neighbour[]): readonly SupernodeEntry[] {
  const places = ({ capacity, children }: SupernodeEntry) => capacity - children;
  const entries = neighbours.map(({ entry }) => entry).filter((one) => places(one) > 0);
  return entries.sort((a, b) => places(b) - places(a));
}

/** The order in which supernodes step down: (children, uptime, NodeId), the lower first. Those met here were reached. */
function isBelow(ours: Standing, theirs: Standing, hasLowerId: boolean): boolean {
  if (ours.children !== theirs.children) return ours.children < theirs.children;
  if (ours.uptimeSeconds !== theirs.uptimeSeconds) return ours.uptimeSeconds < theirs.uptimeSeconds;
  return hasLowerId;
}
