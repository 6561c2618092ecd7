import { toAppError } from '../../contract/errors.ts';
import type { NodeId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import { inParallel } from '../in-parallel.ts';
import { type AskDeps, askAnySupernodes } from '../overlay/ask-supernode.ts';
import type { KnownSupernode } from '../overlay/known-supernode.ts';
import { RepeatedWork } from '../overlay/repeated-work.ts';
import type { Logger, Random } from '../ports/index.ts';
import { pick, shuffle } from '../shuffle.ts';
import type { NeighbourSearch } from './neighbour-search.ts';
import type { Neighbours } from './neighbours.ts';

export type IslandProbeDeps = AskDeps & {
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly neighbours: Neighbours;
  readonly search: NeighbourSearch;
};

type Dialled = { readonly times: number; readonly atMs: number };

const MINUTE_MS = 60_000;
/** One that fails is dialled again after a minute, twice as long each time, but after at most this in the first hour. */
const LONGEST_PAUSE_MS = 4 * MINUTE_MS;
/** After that, so much of the time that it has been away: after a day every hour and a half. */
const PAUSE_SHARE = 1 / 15;
/** Dialled when one that failed answers again: whatever cut that one off may have cut off more. */
const MAX_RETRIED = 24;
/** So many that answer again at once did not come back by themselves: two halves of a network see each other again. */
const HEALED = 3;
/** Links made across then, though there are enough. */
const BRIDGES = 3;

/**
 * Looks outside: from time to time a supernode dials one that it knew and lost. In a network that was cut in two each half is whole and
 * misses nothing, so that nothing else would make them one again (protocol section 7).
 */
export class IslandProbe {
  readonly #deps: IslandProbeDeps;
  readonly #work: RepeatedWork;
  /** How often each was dialled here, and when last; only what still fails. */
  #dialled = new Map<NodeId, Dialled>();
  readonly #startedMs: number;

  constructor(deps: IslandProbeDeps) {
    this.#deps = deps;
    this.#work = new RepeatedWork(deps, {
      name: 'probing outside',
      pauseMs: () => deps.settings()['overlay.probe'],
      round: (signal) => this.#probe(signal),
    });
    this.#startedMs = deps.clock.monotonicMs();
  }

  start(): void {
    this.#work.start();
  }

  stop(): Promise<void> {
    return this.#work.stop();
  }

  async #probe(signal: AbortSignal): Promise<void> {
    const { random, settings, logger, search, neighbours } = this.#deps;
    const lost = this.#lost();
    this.#dialled = new Map(lost.flatMap(({ nodeId }) => this.#entryOf(nodeId)));
    const due = lost.filter((known) => this.#isDue(known));
    const tried = due.filter((known) => known.tried);
    const one = pick(random, tried.length > 0 ? tried : due);
    if (!one || !(await this.#answers(one, signal))) return;
    const back = [one];
    const others = shuffle(
      random,
      lost.filter((known) => known !== one),
    ).slice(0, MAX_RETRIED);
    await inParallel(others, settings()['overlay.dials'], async (known) => {
      if (!signal.aborted && (await this.#answers(known, signal))) back.push(known);
    });
    if (signal.aborted) return;
    if (back.length >= HEALED) logger.info('lost supernodes answer again', { count: back.length });
    if (neighbours.wanted > 0) search.lookAgain();
    else if (back.length >= HEALED) await this.#bridge(back, signal);
  }

  /** Known and not linked, and did not answer the last time. */
  #lost(): readonly KnownSupernode[] {
    const { cache, neighbours } = this.#deps;
    return cache.all().filter(({ nodeId, failures }) => failures > 0 && !neighbours.get(nodeId));
  }

  #entryOf(nodeId: NodeId): readonly [NodeId, Dialled][] {
    const dialled = this.#dialled.get(nodeId);
    return dialled ? [[nodeId, dialled]] : [];
  }

  #isDue({ nodeId, failures, failedMs, reachedMs = this.#startedMs }: KnownSupernode): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    const longestMs = Math.max(LONGEST_PAUSE_MS, PAUSE_SHARE * (nowMs - reachedMs));
    const { times, atMs } = this.#dialled.get(nodeId) ?? { times: 1, atMs: failedMs };
    // The cache does not count what fails while nobody at all can be reached.
    const pauseMs = Math.min(MINUTE_MS * 2 ** (Math.max(failures, times) - 1), longestMs);
    return nowMs - atMs >= pauseMs;
  }

  async #answers({ nodeId, address }: KnownSupernode, signal: AbortSignal): Promise<boolean> {
    const times = (this.#dialled.get(nodeId)?.times ?? 1) + 1;
    this.#dialled.set(nodeId, { times, atMs: this.#deps.clock.monotonicMs() });
    try {
      return (await askAnySupernodes(this.#deps, { nodeId, address }, signal)).entry !== undefined;
    } catch (thrown) {
      this.#deps.logger.debug('still lost', { node: nodeId, why: toAppError(thrown).message });
      return false;
    }
  }

  /** A few links to the other side, in place of others where there is no room. */
  async #bridge(back: readonly KnownSupernode[], signal: AbortSignal): Promise<void> {
    const { neighbours, search, cache, random } = this.#deps;
    let made = 0;
    for (const { nodeId } of back) {
      const known = cache.get(nodeId);
      if (made === BRIDGES || signal.aborted) return;
      if (!known || neighbours.get(nodeId)) continue;
      const before = neighbours.all();
      await search.link(known, signal);
      if (!neighbours.get(nodeId)) continue;
      made++;
      if (!neighbours.isOverfull) continue;
      const victim = pick(random, before);
      if (victim) neighbours.give(victim.session.nodeId, 'its place goes to one across');
    }
  }
}
