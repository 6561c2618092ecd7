import { isPrivateHost, wideBlock } from '../../contract/address-block.ts';
import { type ErrorCode, toAppError } from '../../contract/errors.ts';
import type { NodeId, SearchId } from '../../contract/ids.ts';
import type { Hit, SearchEndReason, WaveReport } from '../../contract/search.ts';
import type { Settings } from '../../contract/settings.ts';
import type { Clock, Logger, Random, Timer } from '../ports/index.ts';
import { ShortWait } from '../short-wait.ts';
import { randomId } from '../shuffle.ts';
import type { Hits } from '../wire/messages/hits.ts';
import type { Query } from '../wire/messages/query.ts';
import type { ListedVote } from '../wire/votes.ts';
import { nodePrefix } from './node-prefix.ts';
import { keyOf } from './result-set.ts';
import type { AskKind, RoundTrips } from './round-trips.ts';
import type { AskTarget, SearchNetwork } from './search-network.ts';
import { type Namer, SearchTally } from './search-tally.ts';
import { VotesOfSearch } from './votes-of-search.ts';
import { HASH_WAVES, WavePlanner, type WaveSizes, WORD_WAVES, waveSize } from './wave-planner.ts';

/** Hits wanted of one supernode, the own index too: as many as an answer holds at most. The wave that has enough is shown whole. */
export const ASK_LIMIT = 200;
const ID_BYTES = 16;
/** A wave larger than the first is sent in so many parts, half of the usual wait apart, at most so long. */
const PARTS = 3;
const MOST_PACE_MS = 300;

export type WaveSearchDeps = {
  readonly clock: Clock;
  readonly random: Random;
  readonly logger: Logger;
  readonly settings: () => Settings;
  readonly network: Pick<SearchNetwork, 'nodeId' | 'askTargets'>;
  readonly isStruck: (supernode: NodeId) => boolean;
  /** Asks one supernode, as `SearchNetwork.ask`. */
  readonly ask: SearchNetwork['ask'];
  /** What of an answer may be passed on, when that has to be found out first. Within a second. */
  readonly check: (target: AskTarget, answer: Hits, query: Query) => Promise<Hits> | undefined;
  readonly roundTrips: RoundTrips;
  /** Matches in the own index. Fails with search.query-invalid. */
  readonly own: (query: Query) => Promise<FoundHits>;
  /** Resolves when `cost` asks may be sent; false when the budget is used up. */
  readonly permit: (cost: number, signal: AbortSignal) => Promise<boolean>;
};

/** `prefixes` names those asked in the wave. */
export type WaveDone = WaveReport & { readonly prefixes: readonly string[] };
export type WaveEnd = { readonly reason: SearchEndReason; readonly results: number; readonly error?: ErrorCode };

/** One step of a search as its sink saw it. */
export type WaveStep =
  | { readonly type: 'hits'; readonly from: NodeId; readonly wave: number; readonly answer: FoundHits }
  | { readonly type: 'wave'; readonly report: WaveDone };
/** A search that somebody else has just made: its waves are taken from here instead of asking again. */
export type Recording = { readonly steps: readonly WaveStep[]; readonly reason: SearchEndReason };
export type FoundHits = {
  readonly hits: readonly Hit[];
  readonly more: boolean;
  /** What is said of the file there, when that is wanted; of others with the host that was asked. */
  readonly votes?: readonly ListedVote[];
  readonly host?: string;
};

/** Who gets what is found, in the order it is found. Nothing comes after `end` until `more`. */
export interface WaveSink {
  hits(from: NodeId, wave: number, answer: FoundHits): void;
  /** Once for each wave, when it is over. `isLast`: `end` follows, and nothing else. */
  wave(report: WaveDone, isLast: boolean): void;
  end(end: WaveEnd): void;
}

type Ask = {
  readonly target: AskTarget;
  readonly kind: AskKind;
  readonly wave: number;
  readonly askedAtMs: number;
  /** The wave goes on without it from here. */
  readonly waitUntilMs: number;
  /** The search ends without it from here. */
  readonly giveUpAtMs: number;
  /** `checking`: it has answered, and its wave waits until its answer can be passed on. */
  state: 'open' | 'checking' | 'answered' | 'failed';
};
type Run = { readonly abort: AbortController; readonly deadline: Timer; asked: number; brought: number };

/** One search as its supernode runs it (protocol section 8): the own index, then waves of others until there are enough results. */
export class WaveSearch {
  readonly query: Query;
  readonly #deps: WaveSearchDeps;
  readonly #sink: WaveSink;
  readonly #sizes: WaveSizes;
  readonly #planner: WavePlanner;
  readonly #tally = new SearchTally();
  readonly #votes: VotesOfSearch;
  #open = new Set<Ask>();
  #wave = 0;
  #askOwn: boolean;
  #ownReported = false;
  #recording: Recording | undefined;
  /** Others are asked under this id: by one that the client chose, it could make two supernodes look as if they sent each other's asks back. */
  #askId: SearchId | undefined;
  #run: Run | undefined;
  readonly #pause: ShortWait;

  constructor(query: Query, sink: WaveSink, deps: WaveSearchDeps) {
    this.query = query;
    this.#sink = sink;
    this.#deps = deps;
    this.#pause = new ShortWait(deps.clock);
    this.#votes = new VotesOfSearch(query);
    this.#sizes = query.hash === undefined ? WORD_WAVES : HASH_WAVES;
    this.#planner = new WavePlanner(deps.network.nodeId, query.asked, deps.isStruck);
    this.#askOwn = !query.asked?.includes(nodePrefix(deps.network.nodeId));
  }

  get isRunning(): boolean {
    return this.#run !== undefined;
  }

  /** Distinct results remembered: what keeping this search costs. */
  get size(): number {
    return this.#tally.results;
  }

  /** `recording`: waves to take over; the own index is searched afresh in any case. */
  start(recording?: Recording): void {
    this.#recording = recording;
    this.#begin(this.query.limit, this.query.results ?? 0);
  }

  /** Goes on from where it ended, for `limit` further results. */
  more(limit: number): void {
    if (!this.isRunning) this.#begin(limit, 0);
  }

  /** Ends a running search; idempotent. */
  stop(): void {
    this.#end('stopped');
  }

  #begin(wanted: number, before: number): void {
    const { clock, settings } = this.#deps;
    const longestMs = settings()['search.timeout'];
    const timeoutMs = Math.min(this.query.timeoutMs ?? longestMs, longestMs);
    this.#tally.begin(wanted, before);
    const run = {
      abort: new AbortController(),
      deadline: clock.setTimer(timeoutMs, () => this.#end('timeout')),
      asked: 0,
      brought: 0,
    };
    this.#run = run;
    void this.#search(run).catch((thrown: unknown) => {
      if (this.#run !== run) return;
      const { code } = toAppError(thrown);
      if (code === 'internal')
        this.#deps.logger.error('a search broke', { search: this.query.id, why: String(thrown) });
      this.#end('stopped', code);
    });
  }

  async #search(run: Run): Promise<void> {
    if (this.#askOwn) await this.#searchOwn(run);
    while (this.#run === run) {
      if (this.#isEnough()) this.#end('limit');
      else if (this.#recording) this.#replay(this.#recording);
      else await this.#goOn(run);
    }
  }

  async #goOn(run: Run): Promise<void> {
    const size = this.#waveSize(run);
    const first = this.#nextPart(size, size);
    if (first.length > 0) await this.#searchWave(run, first, size);
    else if (!(await this.#waitForLate(run))) this.#end(this.#tally.hasEnough ? 'limit' : 'exhausted');
  }

  async #searchOwn(run: Run): Promise<void> {
    const self = this.#deps.network.nodeId;
    const answer = await this.#deps.own({ ...this.query, limit: ASK_LIMIT });
    if (this.#run !== run) return;
    // What the index left out may come with `more`: it starts at another row each time.
    this.#askOwn = answer.more;
    this.#take(self, { wave: 0, answer, namer: { own: true } });
    if (this.#ownReported || this.#run !== run) return;
    this.#ownReported = true;
    const prefixes = [nodePrefix(self)];
    this.#sink.wave({ wave: 0, asked: 1, answered: 1, results: this.#tally.results, prefixes }, this.#isEnough());
  }

  #replay({ steps, reason }: Recording): void {
    this.#recording = undefined;
    const last = steps.at(-1);
    for (const step of steps) {
      if (step.type === 'hits') {
        // Who counts for how much was decided when it was recorded.
        this.#take(step.from, { wave: step.wave, answer: step.answer, namer: { own: true } });
      } else {
        this.#wave = step.report.wave;
        this.#planner.skip(step.report.prefixes);
        this.#sink.wave({ ...step.report, results: this.#tally.results }, step === last);
      }
    }
    this.#end(reason);
  }

  #waveSize(run: Run): number {
    const room = this.#deps.settings()['search.max-supernodes'] - run.asked;
    const need = { wanted: this.#tally.missing, asked: run.asked, results: run.brought };
    return Math.min(room, waveSize(this.#sizes, need));
  }

  /** Whom a wave of `size` asks next, `left` at most. */
  #nextPart(size: number, left: number): readonly AskTarget[] {
    const part = Math.max(this.#sizes.first, Math.ceil(size / PARTS));
    return this.#planner.next(this.#deps.network.askTargets(), Math.min(part, left));
  }

  /** Large waves are sent in parts: what the first ones answer may be enough. */
  async #searchWave(run: Run, first: readonly AskTarget[], size: number): Promise<void> {
    const asks: Ask[] = [];
    let part = first;
    while (part.length > 0) {
      const granted = await this.#deps.permit(part.length, run.abort.signal);
      if (!granted && this.#run === run) this.#end('stopped', 'search.over-budget');
      if (this.#run !== run) return;
      if (asks.length === 0) this.#wave++;
      run.asked += part.length;
      const sent = part.map((target) => this.#ask(run, target));
      asks.push(...sent);
      if (asks.length >= size) break;
      const paceMs = Math.min(...sent.map(({ waitUntilMs, askedAtMs }) => (waitUntilMs - askedAtMs) / 2), MOST_PACE_MS);
      await this.#waitFor(run, asks, this.#deps.clock.monotonicMs() + paceMs);
      if (this.#run !== run) return;
      if (this.#isEnough()) break;
      part = this.#nextPart(size, size - asks.length);
    }
    await this.#waitFor(run, asks);
    if (this.#run !== run) return;
    const report = {
      wave: this.#wave,
      asked: asks.length,
      answered: asks.filter(({ state }) => state === 'answered').length,
      results: this.#tally.results,
      prefixes: asks.map(({ target }) => nodePrefix(target.entry.nodeId)),
    };
    this.#sink.wave(report, this.#isEnough());
  }

  #isEnough(): boolean {
    return this.#tally.missing === 0 || this.#tally.isFull;
  }

  /**
   * Until each has answered or failed, or has had its time; at most until `endMs`. Answers that are being checked are waited for in any
   * case: they may be enough.
   */
  async #waitFor(run: Run, asks: readonly Ask[], endMs = Number.POSITIVE_INFINITY): Promise<void> {
    for (;;) {
      const nowMs = this.#deps.clock.monotonicMs();
      const isChecking = asks.some(({ state }) => state === 'checking');
      const untilMs = asks.flatMap(({ state, waitUntilMs }) => (state === 'open' ? Math.min(waitUntilMs, endMs) : []));
      const later = untilMs.filter((ms) => ms > nowMs);
      if (this.#run !== run || (later.length === 0 && !isChecking)) return;
      await this.#pause.wait(later.length > 0 ? Math.min(...later) - nowMs : undefined);
    }
  }

  /** With nobody left to ask: until the next late answer, which may name others. False when none is to come. */
  async #waitForLate(run: Run): Promise<boolean> {
    const nowMs = this.#deps.clock.monotonicMs();
    const open = [...this.#open].filter(({ state, giveUpAtMs }) => state === 'checking' || giveUpAtMs > nowMs);
    if (open.length === 0 || this.#run !== run) return false;
    const untilMs = open.flatMap(({ state, giveUpAtMs }) => (state === 'open' ? giveUpAtMs : []));
    await this.#pause.wait(untilMs.length > 0 ? Math.min(...untilMs) - nowMs : undefined);
    return true;
  }

  #ask(run: Run, target: AskTarget): Ask {
    const { clock, settings, roundTrips } = this.#deps;
    const askedAtMs = clock.monotonicMs();
    const kind = target.session ? 'session' : 'dial';
    const maxMs = settings()[target.session ? 'search.wave-max-session' : 'search.wave-max-dial'];
    const ask: Ask = {
      target,
      kind,
      wave: this.#wave,
      askedAtMs,
      waitUntilMs: askedAtMs + roundTrips.waitMs(kind, maxMs),
      giveUpAtMs: askedAtMs + maxMs,
      state: 'open',
    };
    this.#open.add(ask);
    this.#deps.ask(target, this.#question(), run.abort.signal).then(
      (hits) => this.#answered(run, ask, hits),
      (thrown: unknown) => this.#failed(run, ask, thrown),
    );
    return ask;
  }

  /** What others are asked: nothing of who searches. */
  #question(): Query {
    const { words, hash, voteSize } = this.query;
    this.#askId ??= randomId(this.#deps.random, ID_BYTES) as SearchId;
    return {
      type: 'query',
      id: this.#askId,
      ...(words === undefined ? {} : { words }),
      ...(hash === undefined ? {} : { hash }),
      ...(voteSize === undefined ? {} : { voteSize }),
      limit: ASK_LIMIT,
    };
  }

  #answered(run: Run, ask: Ask, answer: Hits): void {
    if (this.#run !== run) return;
    const { clock, roundTrips, check } = this.#deps;
    roundTrips.add(ask.kind, clock.monotonicMs() - ask.askedAtMs);
    this.#planner.name(ask.target.entry.nodeId, answer.supernodes ?? []);
    const checked = check(ask.target, answer, this.query);
    if (!checked) {
      this.#passOn(run, ask, answer);
      return;
    }
    ask.state = 'checking';
    checked.then(
      (passed) => this.#passOn(run, ask, passed),
      (thrown: unknown) => this.#failed(run, ask, thrown),
    );
  }

  #passOn(run: Run, ask: Ask, answer: Hits): void {
    if (this.#run !== run) return;
    const { isStruck } = this.#deps;
    const { nodeId, address } = ask.target.entry;
    ask.state = 'answered';
    this.#open.delete(ask);
    const block = isPrivateHost(address.host) ? undefined : wideBlock(address.host);
    const namer = { own: false, nodeId, block, struck: isStruck(nodeId) } as const;
    run.brought += this.#take(nodeId, { wave: ask.wave, answer: { ...answer, host: address.host }, namer });
    this.#pause.cut();
  }

  #failed(run: Run, ask: Ask, thrown: unknown): void {
    ask.state = 'failed';
    this.#open.delete(ask);
    if (this.#run !== run) return;
    const { code, message } = toAppError(thrown);
    this.#deps.logger.debug('a supernode did not answer a query', {
      node: ask.target.entry.nodeId,
      code,
      why: message,
    });
    this.#pause.cut();
  }

  /** Counts and passes on an answer; gives how many results were new. */
  #take(from: NodeId, { wave, answer, namer }: Taken): number {
    // An answer to a query by hash names that hash, or it is none.
    const hits = answer.hits.filter((hit) => this.query.hash === undefined || hit.hash === this.query.hash);
    let fresh = 0;
    for (const hit of hits) for (const unit of this.#unitsOf(hit)) if (this.#tally.add(unit, namer)) fresh++;
    const votes = this.#votes.fresh(answer.votes ?? []);
    const told = votes.length === 0 ? {} : { votes, ...(answer.host !== undefined && { host: answer.host }) };
    if (hits.length + votes.length > 0) this.#sink.hits(from, wave, { hits, more: answer.more, ...told });
    return fresh;
  }

  /** A search by words wants contents, a search by hash wants sources. */
  #unitsOf(hit: Hit): readonly string[] {
    return this.query.hash === undefined ? [keyOf(hit)] : hit.sources.map(({ nodeId }) => `${hit.size} ${nodeId}`);
  }

  #end(reason: SearchEndReason, error?: ErrorCode): void {
    const run = this.#run;
    if (!run) return;
    this.#run = undefined;
    run.deadline.cancel();
    this.#open = new Set();
    run.abort.abort();
    this.#pause.cut();
    this.#tally.end();
    this.#sink.end({ reason, results: this.#tally.results, ...(error === undefined ? {} : { error }) });
  }
}

type Taken = {
  readonly wave: number;
  readonly answer: FoundHits;
  readonly namer: Namer;
};
