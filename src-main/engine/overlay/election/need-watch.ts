import type { NeedView } from '../../../contract/election.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { Clock, Logger, Random, Timer } from '../../ports/index.ts';
import type { Child } from '../../supernode/children.ts';
import type { SupernodeService } from '../../supernode/supernode-service.ts';
import type { HostCache } from '../host-cache.ts';
import { inviteChance, isLeastLoaded, medianUse, stepDownChance, useOf } from './need.ts';
import type { Rest } from './rest.ts';

export type NeedWatchDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly rest: Rest;
  readonly cache: Pick<HostCache, 'all' | 'isShunned'>;
  readonly queriesPerMinute: () => number;
  readonly stepDown: () => void;
};

/** A full supernode invites somebody within this, and then nobody else for a while: whom it invited takes those who come next. */
const RELIEF_MS = 5000;
const RELIEF_REST_MS = 30_000;
/** What others said of their load is true for so long: each is asked every 10 minutes (supernode/acquaintance.ts). */
const MET_MS = 15 * 60_000;
/** So many leaves need a second supernode, whatever room the only one has: when it dies they would all be alone, and not know each other. */
const MANY_FOR_ONE = 5;

/** One that is left alone with many invites after this: the next death would leave all of them without a supernode. */
const ALONE_MS = 10_000;
/** Other supernodes; with more of them, somebody invites soon. */
const FEW = 4;

/** What a supernode does every 5 minutes about the number of supernodes: invites a child when they are full, steps down when they are empty. */
export class NeedWatch {
  readonly #deps: NeedWatchDeps;
  readonly #service: SupernodeService;
  #timer: Timer | undefined;
  /** The next invitation for want of a place, and the rest after it. */
  #relief: Timer | undefined;
  /** The next invitation because there is no other supernode. */
  #company: Timer | undefined;

  constructor(deps: NeedWatchDeps, service: SupernodeService) {
    this.#deps = deps;
    this.#service = service;
  }

  start(): void {
    const { clock, random, settings } = this.#deps;
    // Those that began together must not all look at the same moment, and all do the same.
    const delayMs = settings()['election.check'] * (0.5 + random.float());
    this.#timer?.cancel();
    this.#timer = clock.setTimer(delayMs, () => {
      this.start();
      this.#look();
    });
  }

  stop(): void {
    this.#timer?.cancel();
    this.#relief?.cancel();
    this.#company?.cancel();
    this.#timer = undefined;
    this.#relief = undefined;
    this.#company = undefined;
  }

  /** There was no place for a leaf. */
  refused(): void {
    const { clock, random } = this.#deps;
    if (this.#relief) return;
    // All that are full hear of the same crowd: not all of them should answer it.
    this.#relief = clock.setTimer(RELIEF_MS * random.float(), () => {
      this.#relieve();
      this.#relief = clock.setTimer(RELIEF_REST_MS, () => {
        this.#relief = undefined;
      });
    });
  }

  /** A child or another supernode came or went. A link that broke may be there again in a moment. */
  changed(): void {
    if (this.#company || !this.#isAloneWithMany) return;
    const { clock } = this.#deps;
    this.#company = clock.setTimer(ALONE_MS, () => {
      if (this.#isAloneWithMany) this.#invite(this.#best(), 'it is the only one');
      this.#company = clock.setTimer(RELIEF_REST_MS, () => {
        this.#company = undefined;
        this.changed();
      });
    });
  }

  view(): NeedView {
    const others = this.#othersUse();
    const own = this.#ownUse();
    return { median: medianUse([own, ...others]), own, known: others.length + 1 };
  }

  /** Whether this peer would still step down now: asked again before it does. */
  isUnneeded(): boolean {
    const others = this.#othersUse();
    const own = this.#ownUse();
    return stepDownChance(medianUse([own, ...others]), others.length + 1) > 0 && this.#leavesEnough;
  }

  /** Never the last one, nor the last but one where the last would be alone with many. */
  get #leavesEnough(): boolean {
    const others = this.#service.neighbours.all();
    // With this one as a leaf too.
    const leaves = others.reduce((sum, { entry }) => sum + entry.children, this.#service.children.count) + 1;
    return others.length > 1 || (others.length === 1 && leaves < MANY_FOR_ONE);
  }

  get #isAloneWithMany(): boolean {
    return this.#service.children.count >= MANY_FOR_ONE && this.#service.neighbours.count === 0;
  }

  #look(): void {
    const { random, settings, rest } = this.#deps;
    const others = this.#othersUse();
    const own = this.#ownUse();
    const use = medianUse([own, ...others]);
    const fit = this.#longestUp('yes');
    if (this.#isAloneWithMany) this.#invite(this.#best(), 'it is the only one');
    else if (fit && random.float() < inviteChance(use)) this.#invite(fit, 'they are needed');
    // Among so few chance takes too long: if one of two is gone, the other one is left with all.
    else if (!fit || others.length < FEW) this.#relieve();
    const mayStepDown = settings()['supernode.role'] === 'auto' && rest.isOver && this.#leavesEnough;
    if (
      mayStepDown &&
      isLeastLoaded(own, others, random.float()) &&
      random.float() < stepDownChance(use, others.length + 1)
    ) {
      this.#deps.stepDown();
    }
  }

  /** The best that there is, early or not: this one is full, and the others are too, as far as no single one of them can make believe. */
  #relieve(): void {
    const areFull = inviteChance(this.view().median) > 0;
    if (areFull && !this.#service.children.hasPlace('leaf')) this.#invite(this.#best(), 'there is no place left');
  }

  #best(): Child | undefined {
    return this.#longestUp('yes') ?? this.#longestUp('early');
  }

  /** Who has been up the longest will be up the longest. */
  #longestUp(fit: 'yes' | 'early'): Child | undefined {
    const fine = this.#service.children.all().filter(({ role, load }) => role === 'leaf' && load.fit === fit);
    return fine.sort((a, b) => (b.load.upSeconds ?? 0) - (a.load.upSeconds ?? 0))[0];
  }

  #invite(child: Child | undefined, why: string): void {
    if (!child) return;
    this.#deps.logger.info('invites a child to be a supernode', { node: child.session.nodeId, why });
    child.session.send({ type: 'invite', urgent: !this.#service.children.hasPlace('leaf') });
  }

  #ownUse(): number {
    const { settings, queriesPerMinute } = this.#deps;
    const fullCapacity = settings()['supernode.children'];
    const load = { children: this.#service.children.count, fullCapacity, queriesPerMinute: queriesPerMinute() };
    return useOf(load, settings()['supernode.queries']);
  }

  #othersUse(): readonly number[] {
    const most = this.#deps.settings()['supernode.queries'];
    const nowMs = this.#deps.clock.monotonicMs();
    const neighbours = this.#service.neighbours.all().map(({ entry, load, record }) => {
      const { fullCapacity = entry.capacity, queriesPerMinute = 0 } = load;
      const children = Math.max(entry.children, record.childrenSeen(nowMs));
      return useOf({ children, fullCapacity, queriesPerMinute }, most);
    });
    return [...neighbours, ...this.#metUse(nowMs)];
  }

  /**
   * Of others that were asked lately. Those who came early, and are full, are neighbours of each other: by themselves they would think that
   * all are. Places after the probation are not told to strangers, and taken to be as many as here.
   */
  #metUse(nowMs: number): readonly number[] {
    const { cache, settings } = this.#deps;
    const places = settings()['supernode.children'];
    return cache.all().flatMap(({ nodeId, reachedMs, failures, children = 0, capacity = 0 }) => {
      const isTold = reachedMs !== undefined && reachedMs > nowMs - MET_MS && failures === 0 && capacity > 0;
      if (!isTold || cache.isShunned(nodeId) || this.#service.neighbours.get(nodeId)) return [];
      const fullCapacity = Math.max(capacity, places);
      return useOf({ children, fullCapacity, queriesPerMinute: 0 }, settings()['supernode.queries']);
    });
  }
}
