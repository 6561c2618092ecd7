import type { NeedView } from '../../../contract/election.ts';
import type { Settings } from '../../../contract/settings.ts';
import type { Clock, Logger, Random, Timer } from '../../ports/index.ts';
import type { Child } from '../../supernode/children.ts';
import type { SupernodeService } from '../../supernode/supernode-service.ts';
import { inviteChance, isLeastLoaded, medianUse, stepDownChance, useOf } from './need.ts';
import type { Rest } from './rest.ts';

export type NeedWatchDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly rest: Rest;
  readonly queriesPerMinute: () => number;
  readonly stepDown: () => void;
};

/** What a supernode does every 5 minutes about the number of supernodes: invites a child when they are full, steps down when they are empty. */
export class NeedWatch {
  readonly #deps: NeedWatchDeps;
  readonly #service: SupernodeService;
  #timer: Timer | undefined;

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
    this.#timer = undefined;
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
    return stepDownChance(medianUse([own, ...others])) > 0 && others.length > 0;
  }

  #look(): void {
    const { random, settings, rest } = this.#deps;
    const others = this.#othersUse();
    const own = this.#ownUse();
    const use = medianUse([own, ...others]);
    const { children } = this.#service;
    const candidates = children.all().filter(({ role }) => role === 'leaf');
    const ofFit = (fit: 'yes' | 'early') => longestUp(candidates.filter(({ load }) => load.fit === fit));
    const isFull = !children.hasPlace('leaf');
    const best = ofFit('yes');
    if (best && random.float() < inviteChance(use)) this.#invite(best, 'they are needed');
    else if (isFull && !best) this.#invite(ofFit('early'), 'there is no place left');
    const mayStepDown = settings()['supernode.role'] === 'auto' && rest.isOver && others.length > 0;
    if (mayStepDown && isLeastLoaded(own, others, random.float()) && random.float() < stepDownChance(use)) {
      this.#deps.stepDown();
    }
  }

  #invite(child: Child | undefined, why: string): void {
    if (!child) return;
    this.#deps.logger.info('invites a child to be a supernode', { node: child.session.nodeId, why });
    child.session.send({ type: 'invite' });
  }

  #ownUse(): number {
    const { settings, queriesPerMinute } = this.#deps;
    const fullCapacity = settings()['supernode.children'];
    const load = { children: this.#service.children.count, fullCapacity, queriesPerMinute: queriesPerMinute() };
    return useOf(load, settings()['supernode.queries']);
  }

  #othersUse(): readonly number[] {
    const most = this.#deps.settings()['supernode.queries'];
    return this.#service.neighbours.all().map(({ entry, load }) => {
      const { fullCapacity = entry.capacity, queriesPerMinute = 0 } = load;
      return useOf({ children: entry.children, fullCapacity, queriesPerMinute }, most);
    });
  }
}

/** Who has been up the longest will be up the longest. */
function longestUp(children: readonly Child[]): Child | undefined {
  return [...children].sort((a, b) => (b.load.upSeconds ?? 0) - (a.load.upSeconds ?? 0))[0];
}
