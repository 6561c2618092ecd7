import { toAppError } from '../../contract/errors.ts';
import type { SearchId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { RepeatedWork } from '../overlay/repeated-work.ts';
import type { Clock, Logger, Random } from '../ports/index.ts';
import { familiarWord } from '../search/canary.ts';
import type { SearchNetwork } from '../search/search-network.ts';
import { pick, randomId } from '../shuffle.ts';
import type { Query } from '../wire/messages/query.ts';
import type { Vetting } from './vetting.ts';

/** One neighbour a round: where people search much, their searches are faster than this. */
const EVERY_MS = 60_000;
const ID_BYTES = 16;
const FEW = 10;

type VetAheadDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly network: Pick<SearchNetwork, 'askTargets'>;
  readonly vetting: Pick<Vetting, 'isKnown' | 'ask' | 'check'>;
};

/**
 * As long as this peer is a supernode, asks neighbours that are not known yet for something that many have: where hardly anybody searches,
 * each search would wait a second for the sources that they name.
 */
export class VetAhead {
  readonly #deps: VetAheadDeps;
  #work: RepeatedWork | undefined;

  constructor(deps: VetAheadDeps) {
    this.#deps = deps;
  }

  /** To be called with every role that this peer takes. */
  roleChanged(role: 'leaf' | 'supernode'): void {
    if (role === 'leaf') this.stop();
    else if (!this.#work) {
      this.#work = new RepeatedWork(this.#deps, {
        name: 'vetting',
        pauseMs: () => EVERY_MS,
        round: () => this.#round(),
      });
      this.#work.start();
    }
  }

  /** Idempotent. */
  stop(): void {
    void this.#work?.stop();
    this.#work = undefined;
  }

  async #round(): Promise<void> {
    const { random, network, vetting, logger, clock, settings } = this.#deps;
    const linked = network.askTargets().filter(({ session }) => session);
    const target = pick(
      random,
      linked.filter(({ entry }) => !vetting.isKnown(entry.nodeId)),
    );
    if (!target) return;
    const id = randomId(random, ID_BYTES) as SearchId;
    const query: Query = { type: 'query', id, words: familiarWord(random), limit: FEW };
    const late = new AbortController();
    const timer = clock.setTimer(settings()['search.wave-max-session'], () => late.abort());
    try {
      await vetting.check(target, await vetting.ask(target, query, late.signal));
    } catch (thrown) {
      logger.debug('a neighbour was not vetted', { node: target.entry.nodeId, why: toAppError(thrown).message });
    } finally {
      timer.cancel();
    }
  }
}
