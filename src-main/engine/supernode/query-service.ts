import { narrowBlock } from '../../contract/address-block.ts';
import { type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { ContentHash, NodeId, SearchId } from '../../contract/ids.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, KnownRemote, Logger, MetadataIndex, Random } from '../ports/index.ts';
import { RateWindow } from '../rate-window.ts';
import { RateWindows } from '../rate-windows.ts';
import { packHits } from '../search/pack-hits.ts';
import { RoundTrips } from '../search/round-trips.ts';
import type { SearchNetwork, SearchPeer } from '../search/search-network.ts';
import { type WaveDone, WaveSearch, type WaveSearchDeps, type WaveSink } from '../search/wave-search.ts';
import type { End } from '../wire/messages/end.ts';
import type { HitsText } from '../wire/messages/hits.ts';
import type { More } from '../wire/messages/more.ts';
import type { Query } from '../wire/messages/query.ts';
import type { SessionMessage } from '../wire/session-message.ts';
import { AskBudget } from './ask-budget.ts';
import { fitHits } from './fit-hits.ts';
import { HotAnswers } from './hot-answers.ts';
import { type ClientSearch, KeptSearches } from './kept-searches.ts';
import { OwnAnswers } from './own-answers.ts';
import { checkBoth, type QueryVotes } from './query-votes.ts';

const SECOND_MS = 1000;
const MINUTE_MS = 60 * SECOND_MS;
/** Leaves and address blocks whose budgets are remembered. */
const MAX_BUDGETS = 10_000;
/** Supernodes that one answer names (protocol section 8). */
const NAMED = 8;
/**
 * Asks of others that wait for the index at once; more are refused. At 1 ms each the last one is answered when its asker still waits, and
 * searches of this peer's own children, which stand in the same line, wait no longer. With 256 under 1,000 asks a second they took 0.45 s.
 */
const MAX_ANSWERING = 64;
const NOTHING = { hits: [], more: false };

export type QueryServiceDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly network: SearchNetwork;
  readonly index: Pick<MetadataIndex, 'search' | 'lookup'>;
  readonly isStruck: (supernode: NodeId) => boolean;
  readonly isBlocked?: ((hash: ContentHash) => boolean) | undefined;
  /** Asks another supernode for a search of this one. */
  readonly ask: SearchNetwork['ask'];
  readonly check: WaveSearchDeps['check'];
  /** Undefined in a peer that knows of no votes. */
  readonly votes?: QueryVotes | undefined;
};

/** What a supernode does with queries: runs those of its children and searchers, and answers those of other supernodes (protocol section 8). */
export class QueryService {
  readonly #deps: QueryServiceDeps;
  readonly #own: OwnAnswers;
  readonly #asks: AskBudget;
  readonly #hot: HotAnswers;
  readonly #roundTrips = new RoundTrips();
  readonly #searches = new KeptSearches();
  readonly #queries = new RateWindows({ windowMs: MINUTE_MS, maxKeys: MAX_BUDGETS });
  readonly #blocks = new RateWindows({ windowMs: SECOND_MS, maxKeys: MAX_BUDGETS });
  readonly #openQueries = new RateWindow(SECOND_MS);
  #answering = 0;
  readonly #answered = new RateWindow(MINUTE_MS);
  #answeredTotal = 0;
  #neighbours: ReadonlySet<NodeId> = new Set();
  #neighboursUntilMs = Number.NEGATIVE_INFINITY;

  constructor(deps: QueryServiceDeps) {
    this.#deps = deps;
    this.#own = new OwnAnswers(deps);
    this.#asks = new AskBudget({ ...deps, self: deps.network.nodeId });
    this.#hot = new HotAnswers(deps);
  }

  /** Searches that others asked and this peer answered: in the last minute, and since the start. */
  counts(): { readonly perMinute: number; readonly total: number } {
    return { perMinute: this.#answered.count(this.#deps.clock.monotonicMs()), total: this.#answeredTotal };
  }

  /** A message of a child or searcher, or of this peer itself. What is no part of a search is ignored. */
  message(from: SearchPeer, message: SessionMessage): void {
    this.#searches.tidy(this.#deps.clock.monotonicMs());
    if (message.type === 'query') this.#query(from, message);
    else if (message.type === 'more') this.#more(from, message);
    else if (message.type === 'stop') this.#searches.get(from.nodeId, message.id)?.search.stop();
  }

  /** The session ended: nobody waits for its running searches. Ended ones stay, for when the client comes back. */
  gone(from: SearchPeer): void {
    for (const search of this.#searches.runningOf(from)) search.stop();
  }

  /** Matches in the own index, for another supernode; undefined when it asks too much or too many ask. */
  async answer(query: Query, from: KnownRemote): Promise<HitsText | undefined> {
    if (this.#answering >= MAX_ANSWERING || !(this.#isNeighbour(from.nodeId) || this.#admits(from))) return undefined;
    const { network, logger } = this.#deps;
    this.#answering++;
    try {
      const supernodes = [...network.nameable(NAMED, new Set([from.nodeId]))].slice(0, NAMED);
      const told = await this.#own.tell(query, supernodes);
      this.#countAnswered();
      return told;
    } catch (thrown) {
      const { code, message } = toAppError(thrown);
      if (code !== 'search.query-invalid') logger.warn('the index did not answer', { code, why: message });
      return code === 'search.query-invalid' ? fitHits({ type: 'hits', id: query.id }, NOTHING) : undefined;
    } finally {
      this.#answering--;
    }
  }

  /** Ends every search. Idempotent. */
  stop(): void {
    this.#searches.stop();
    this.#asks.stop();
  }

  #query(from: SearchPeer, query: Query): void {
    if (this.#searches.get(from.nodeId, query.id)?.search.isRunning) return;
    const isOver = this.#searches.running(from.nodeId) >= this.#deps.settings()['search.leaf-running'];
    const isOwn = from.nodeId === this.#deps.network.nodeId;
    if (isOwn || (!isOver && this.#takeQuery(from.nodeId))) this.#run(from, query);
    else refuse(from, query.id, 'search.over-budget');
  }

  #more(from: SearchPeer, { id, limit }: More): void {
    const entry = this.#searches.get(from.nodeId, id);
    if (entry?.search.isRunning) return;
    const isOwn = from.nodeId === this.#deps.network.nodeId;
    if (!entry) {
      refuse(from, id, 'search.unknown');
    } else if (!isOwn && !this.#takeQuery(from.nodeId)) {
      refuse(from, id, 'search.over-budget');
    } else {
      entry.peer = from;
      this.#searches.goesOn(entry);
      entry.search.more(limit);
    }
  }

  #run(peer: SearchPeer, query: Query): void {
    const client = peer.nodeId;
    const recording = this.#hot.find(query, client);
    const sink = this.#sinkOf(client, query.id);
    const search = new WaveSearch(query, recording ? sink : this.#hot.record(query, client, sink), {
      ...this.#deps,
      isStruck: (supernode) => this.#deps.isStruck(supernode) || this.#deps.network.isShunned(supernode),
      check: checkBoth(this.#deps),
      roundTrips: this.#roundTrips,
      own: (asked) => this.#own.find(asked),
      permit: (cost, signal) => this.#asks.take(client, cost, signal),
    });
    const entry: ClientSearch = { id: query.id, peer, search };
    if (this.#searches.add(entry)) {
      if (client !== this.#deps.network.nodeId) this.#countAnswered();
      search.start(recording);
    } else refuse(peer, query.id, 'search.over-budget');
  }

  #sinkOf(client: NodeId, id: SearchId): WaveSink {
    const send = (message: SessionMessage) => {
      const entry = this.#searches.get(client, id);
      if (entry && !entry.peer.send(message)) entry.search.stop();
    };
    let lastWave: WaveDone | undefined;
    return {
      hits: (from, wave, answer) => {
        for (const hits of packHits({ type: 'hits', id, from, wave }, answer)) send(hits);
      },
      wave: (report, isLast) => {
        if (isLast) lastWave = report;
        else send({ type: 'wave', id, ...mutable(report) });
      },
      end: (end) => {
        this.#ended(client, id, { ...end, ...(lastWave && { lastWave: mutable(lastWave) }) });
        lastWave = undefined;
      },
    };
  }

  #ended(client: NodeId, id: SearchId, end: Omit<End, 'type' | 'id'>): void {
    const entry = this.#searches.get(client, id);
    if (!entry) return;
    this.#searches.ended(entry, this.#deps.clock.monotonicMs() + this.#deps.settings()['search.keep']);
    // A client that is gone hears nothing; it may come back and go on.
    entry.peer.send({ type: 'end', id, ...end });
  }

  #countAnswered(): void {
    this.#answeredTotal++;
    this.#answered.tryTake(this.#deps.clock.monotonicMs(), 1, Number.POSITIVE_INFINITY);
  }

  #takeQuery(client: NodeId): boolean {
    const limit = this.#deps.settings()['search.leaf-queries'];
    return this.#queries.tryTake(client, { nowMs: this.#deps.clock.monotonicMs(), cost: 1, limit });
  }

  /** Whether a session stands, as of less than a second ago: asks may come by the thousand a second. */
  #isNeighbour(nodeId: NodeId): boolean {
    const nowMs = this.#deps.clock.monotonicMs();
    if (nowMs >= this.#neighboursUntilMs) {
      const linked = this.#deps.network.askTargets().filter(({ session }) => session);
      this.#neighbours = new Set(linked.map(({ entry }) => entry.nodeId));
      this.#neighboursUntilMs = nowMs + SECOND_MS;
    }
    return this.#neighbours.has(nodeId);
  }

  /** Budgets of those without a session: one address block, then all together. */
  #admits(from: KnownRemote): boolean {
    const { clock, settings } = this.#deps;
    const nowMs = clock.monotonicMs();
    const limit = settings()['search.block-queries'];
    if (!this.#blocks.tryTake(narrowBlock(from.address.host), { nowMs, cost: 1, limit })) return false;
    return this.#openQueries.tryTake(nowMs, 1, settings()['search.open-queries']);
  }
}

const mutable = (report: WaveDone) => ({ ...report, prefixes: [...report.prefixes] });

function refuse(peer: SearchPeer, id: SearchId, error: ErrorCode): void {
  peer.send({ type: 'end', id, reason: 'stopped', results: 0, error });
}
