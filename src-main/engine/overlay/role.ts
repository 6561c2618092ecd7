import { toAppError } from '../../contract/errors.ts';
import type { RoleReason } from '../../contract/network.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Timer } from '../ports/index.ts';
import type { Standing, SupernodeService } from '../supernode/supernode-service.ts';
import type { SupernodeEntry } from '../wire/messages/supernode-entry.ts';
import { type GreetDeps, openSession } from './handshake.ts';
import type { HostCache } from './host-cache.ts';
import { toEntry } from './known-supernode.ts';
import type { LeafSide } from './leaf-side.ts';
import { type SelfView, toHello } from './self-view.ts';

export type RoleDeps = GreetDeps & {
  readonly clock: Clock;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly cache: HostCache;
  readonly self: SelfView;
  readonly leaf: LeafSide;
  readonly makeService: () => SupernodeService;
  readonly changed: () => void;
};

/** Why a peer that would rather be a leaf is a supernode. */
type AloneReason = Extract<RoleReason, 'alone' | 'full-supernodes' | 'was-always'>;

/**
 * Leaf or supernode. `always` is a supernode at once; `auto` becomes one when it is alone, and a leaf again when it meets another and
 * both are small (protocol section 7); `never` stays a leaf that looks for a parent.
 */
export class Role {
  readonly #deps: RoleDeps;
  #service: SupernodeService | undefined;
  #supernodeSinceMs = 0;
  #aloneWhy: AloneReason | undefined;
  /** The parent is the supernode that this one gave its children to. */
  #isMerged = false;
  #lookingSinceMs = 0;
  #timer: Timer | undefined;
  /** Changes of role run one after the other. */
  #changing: Promise<void> = Promise.resolve();
  #isMerging = false;
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
    return this.#aloneWhy !== undefined;
  }

  get why(): RoleReason {
    if (this.#service) return this.#aloneWhy ?? 'user-always';
    if (this.#deps.settings()['supernode.role'] === 'never') return 'user-never';
    if (!this.#deps.leaf.parent) return 'looking';
    return this.#isMerged ? 'merged' : 'found-supernode';
  }

  /** As a supernode; 0 for a leaf. */
  get uptimeSeconds(): number {
    if (!this.#service) return 0;
    return Math.floor((this.#deps.clock.monotonicMs() - this.#supernodeSinceMs) / 1000);
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
    await this.#changing;
    await this.#service?.stop(this.#deps.cache.nameable().map(toEntry));
    this.#service = undefined;
    await this.#deps.leaf.stop('stopping');
  }

  /** The setting may have changed. */
  reconsider(): void {
    const wanted = this.#deps.settings()['supernode.role'];
    if (!this.#running) return;
    if (wanted === 'always' && this.#service) this.#aloneWhy = undefined;
    if (wanted === 'always' && !this.#service) this.#enqueue(() => this.#becomeSupernode());
    if (wanted === 'never' && this.#service) this.#enqueue(() => this.#becomeLeaf());
    if (wanted === 'auto' && this.#service) this.#aloneWhy ??= 'was-always';
    if (wanted === 'auto' && !this.#service) this.#watchAlone();
  }

  /** An attempt to find a parent ended without one. */
  notJoined(why: 'full' | 'nobody'): void {
    const waitedMs = this.#deps.clock.monotonicMs() - this.#lookingSinceMs;
    if (why === 'full') this.#beAlone('full-supernodes');
    else if (waitedMs >= this.#deps.settings()['overlay.alone-after']) this.#beAlone('alone');
  }

  /** A parent was found or lost. */
  parentChanged(): void {
    this.#isMerged = false;
    if (this.#deps.leaf.parent) this.#isToldAlone = false;
    this.#watchAlone();
  }

  /** Two supernodes met: if both are small, the lower of those that may becomes a leaf of the other. */
  met(other: SupernodeEntry, ours: Standing, theirs: Standing): void {
    const isSmall = ours.children + theirs.children < this.#deps.settings()['overlay.merge-children'];
    const isLower = !theirs.alone || isBelow(ours, theirs, this.#deps.self.nodeId < other.nodeId);
    if (!this.#running || !this.isAlone || !ours.alone || !isSmall || !isLower || this.#isMerging) return;
    this.#isMerging = true;
    this.#enqueue(async () => {
      this.#isMerging = false;
      await this.#merge(other);
    });
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

  /** `aloneWhy` undefined: the user wants it. */
  async #becomeSupernode(aloneWhy?: AloneReason): Promise<void> {
    if (this.#service) return;
    this.#timer?.cancel();
    await this.#deps.leaf.stop('role');
    this.#aloneWhy = aloneWhy;
    this.#supernodeSinceMs = this.#deps.clock.monotonicMs();
    this.#service = this.#deps.makeService();
    this.#deps.logger.info('is a supernode', { why: SUPERNODE_WHY[aloneWhy ?? 'user'] });
    this.#service.start();
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
    const { nodeId, address } = other;
    const greeted = await openSession(this.#deps, { nodeId, address }, toHello(this.#deps.self, 'leaf'), signal);
    if (!greeted.welcome.accepted) return greeted.session.close('role', 'no place');
    await this.#endService([other]);
    this.#deps.logger.info('becomes a leaf', { why: 'two small supernodes met', node: nodeId });
    this.#deps.leaf.start(greeted);
    this.#isMerged = true;
    this.#deps.changed();
  }

  async #endService(successors: readonly SupernodeEntry[]): Promise<void> {
    const service = this.#service;
    const others = this.#deps.cache.nameable().filter(({ nodeId }) => nodeId !== successors[0]?.nodeId);
    this.#service = undefined;
    this.#aloneWhy = undefined;
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

const SUPERNODE_WHY: Readonly<Record<AloneReason | 'user', string>> = {
  user: 'the user wants it',
  alone: 'no other was found',
  'full-supernodes': 'all others are full',
  'was-always': 'the user wanted it',
};

/** The order in which supernodes step down: (children, uptime, NodeId), the lower first. Those met here were reached. */
function isBelow(ours: Standing, theirs: Standing, hasLowerId: boolean): boolean {
  if (ours.children !== theirs.children) return ours.children < theirs.children;
  if (ours.uptimeSeconds !== theirs.uptimeSeconds) return ours.uptimeSeconds < theirs.uptimeSeconds;
  return hasLowerId;
}
