import { toAppError } from '../../contract/errors.ts';
import { type AskDeps, askAbout, askAnySupernodes } from '../overlay/ask-supernode.ts';
import type { KnownSupernode } from '../overlay/known-supernode.ts';
import { RepeatedWork } from '../overlay/repeated-work.ts';
import type { Logger, Random } from '../ports/index.ts';
import { pick } from '../shuffle.ts';
import { SUPERNODE_LIST_ENTRIES } from '../wire/limits.ts';
import type { Neighbours } from './neighbours.ts';

export type AcquaintanceDeps = AskDeps & {
  readonly random: Random;
  readonly logger: Logger;
  readonly neighbours: Pick<Neighbours, 'all' | 'get'>;
};

/** One question about so often: a new supernode knows a hundred others after three minutes. */
const ROUND_MS = 3000;
/** Who answered so long ago is asked again: half of all supernodes are gone within the hour. */
const OLD_MS = 10 * 60_000;
/** A list is asked for at most this often. */
const LIST_MS = 60_000;

/**
 * Knows more supernodes than it has links with: only those that it reached itself may be named to newcomers (protocol section 4), and
 * whoever is named by nobody gets no children, however many are turned away elsewhere.
 */
export class Acquaintance {
  readonly #deps: AcquaintanceDeps;
  readonly #work: RepeatedWork;
  #listedMs = Number.NEGATIVE_INFINITY;

  constructor(deps: AcquaintanceDeps) {
    this.#deps = deps;
    this.#work = new RepeatedWork(deps, {
      name: 'getting to know supernodes',
      pauseMs: () => ROUND_MS,
      round: (signal) => this.#meet(signal),
    });
  }

  start(): void {
    this.#work.start();
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  async #meet(signal: AbortSignal): Promise<void> {
    const { clock, logger } = this.#deps;
    const next = this.#next();
    try {
      if (next) await askAbout(this.#deps, next, signal);
      else if (clock.monotonicMs() - this.#listedMs >= LIST_MS) await this.#askList(signal);
    } catch (thrown) {
      // Whoever failed is counted so in the cache, and not named any more.
      logger.debug('a supernode was not met', { node: next?.nodeId, why: toAppError(thrown).message });
    }
  }

  /**
   * One that others named, until as many are met as a list has room for; then, of those met, the one that was silent the longest, when
   * that is long. What has a link is known to be there.
   */
  #next(): KnownSupernode | undefined {
    const { cache, random, clock, neighbours } = this.#deps;
    const fine = cache.all().filter(({ nodeId, failures }) => failures === 0 && !cache.isShunned(nodeId));
    const strangers = fine.filter(({ reachedMs }) => reachedMs === undefined);
    if (fine.length - strangers.length < SUPERNODE_LIST_ENTRIES && strangers.length > 0) return pick(random, strangers);
    const beforeMs = clock.monotonicMs() - OLD_MS;
    const old = fine.filter(({ nodeId, reachedMs = beforeMs }) => reachedMs < beforeMs && !neighbours.get(nodeId));
    return old.sort((a, b) => (a.reachedMs ?? 0) - (b.reachedMs ?? 0))[0];
  }

  /** Who is new is known to somebody. */
  async #askList(signal: AbortSignal): Promise<void> {
    const { random, neighbours, clock } = this.#deps;
    const one = pick(random, neighbours.all());
    if (!one) return;
    this.#listedMs = clock.monotonicMs();
    await askAnySupernodes(this.#deps, { nodeId: one.session.nodeId, address: one.entry.address }, signal);
  }
}
